package farm

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// impatient are settings by which who is silent is soon believed dead.
func impatient() Settings {
	s := quick()
	s.AckWait = 300 * time.Millisecond
	return s
}

// lateWorker takes a job, and is believed dead: its acknowledgement comes when another one has the job.
func lateWorker(t *testing.T, f *Farm, b *fakeBench, s *sending) (*Worker, *delivery) {
	t.Helper()
	cache, err := OpenCache(f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWorker(f, WorkerOptions{Bench: b, Cache: cache, Dir: t.TempDir(), Warn: func(text string) { t.Log("late worker:", text) }})
	t.Cleanup(w.dockets.closeAll)
	w.note(context.Background(), s.court.batch)
	var d *delivery
	until(t, "there is a job", func() bool {
		for _, p := range w.pulls {
			if got := w.fetch(context.Background(), p, func() (jetstream.MessageBatch, error) { return p.consumer.FetchNoWait(1) }); len(got) > 0 {
				d = got[0]
				return true
			}
		}
		return false
	})
	d.stop() // the server hears nothing of it any more
	return w, d
}

// The result of a worker that was believed dead stands if it comes first, and its late
// acknowledgement is accepted; the other one finds the verdicts.
func TestLateResult(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 3, 1)
	want := local(t, pkg, files)
	st := impatient()
	fa, _ := h.farm(st)
	fb, _ := h.farm(st)
	f, _ := h.farm(st)
	s := send(t, f, CourtOptions{}, pkg, files)
	a := newBench(1)
	w, d := lateWorker(t, fa, a, s)
	b := newBench(1)
	began, goOn := make(chan struct{}), make(chan struct{})
	b.before = onlyOn("01", func(context.Context, string, string) error {
		close(began)
		<-goOn
		return nil
	})
	wb, _ := begin(t, fb, b)
	<-began
	w.handle(context.Background(), d, func() {})
	same(t, <-s.results, want)
	close(goOn) // while the batch is not closed: then the second worker would drop its job
	until(t, "the second worker is done", func() bool { return wb.judged.Load() == 1 })
	if err := s.court.Close(context.Background()); err != nil || s.err != nil {
		t.Error(err, s.err)
	}
	empty(t, f)
	if n := len(a.list()); n != 3 { // it began when there was nothing to know
		t.Errorf("the late worker judged %d cases", n)
	}
	if n := len(b.list()); n != 2 { // the third is known when it has seen that another one was faster
		t.Errorf("the second worker judged %d cases", n)
	}
	p, err := f.Progress(context.Background(), s.court.ID())
	if err != nil || p.Results != 1 || p.Cases != 3 || p.Differ != 0 {
		t.Errorf("progress %+v, %v", p, err)
	}
}

// Hands are free for the next job when the result is there: before the server has heard that the job is done.
func TestFreeBeforeAck(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 1, 1)
	f, _ := h.farm(quick())
	s := send(t, f, CourtOptions{}, pkg, files)
	fw, _ := h.farm(quick())
	w, d := lateWorker(t, fw, newBench(1), s)
	free := 0
	w.handle(context.Background(), d, func() {
		free++
		if info, err := queueOf(t, f).Info(context.Background()); err != nil || info.State.Msgs != 1 {
			t.Errorf("when hands are free %d jobs are not done, %v", info.State.Msgs, err)
		}
		if n, err := f.Results(context.Background(), s.court.ID()); err != nil || n != 1 {
			t.Errorf("there are %d results, %v", n, err)
		}
	})
	if free != 1 {
		t.Errorf("hands are free %d times", free)
	}
	s.wait(t)
	empty(t, f)
}

// A worker that comes when all is done judges nothing.
func TestLateJob(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 3, 1)
	st := impatient()
	f, _ := h.farm(st)
	s := send(t, f, CourtOptions{}, pkg, files)
	fa, _ := h.farm(st)
	a := newBench(1)
	w, d := lateWorker(t, fa, a, s)
	fb, _ := h.farm(st)
	begin(t, fb, newBench(1))
	s.wait(t)
	w.handle(context.Background(), d, func() {})
	if got := a.list(); len(got) > 0 {
		t.Errorf("it judged %v", got)
	}
	empty(t, f)
}

// Of two workers that come to another verdict the first wins; that they differ is written down,
// and the result says it.
func TestNondeterministic(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 3, 1)
	st := impatient()
	f, _ := h.farm(st)
	s := send(t, f, CourtOptions{}, pkg, files)
	fa, _ := h.farm(st)
	a := newBench(1)
	a.lie = "01"
	w, d := lateWorker(t, fa, a, s)
	b := newBench(1)
	fb, _ := h.farm(st)
	second, goOn := make(chan struct{}), make(chan struct{})
	b.after = func(_, name string) {
		if strings.HasSuffix(name, "01") {
			close(second)
			<-goOn
		}
	}
	// The late worker has looked what is known, and is at the second case, when the other one is faster.
	a.before = onlyOn("01", func(context.Context, string, string) error {
		begin(t, fb, b)
		<-second
		return nil
	})
	w.handle(context.Background(), d, func() {})
	got := s.wait(t) // of the late worker, while the other one waits: what that found stands
	close(goOn)
	if p, err := f.Progress(context.Background(), s.court.ID()); err != nil || p.Differ != 1 {
		t.Errorf("progress %+v, %v", p, err)
	}
	if !strings.Contains(got[0], `"nondeterministic":true`) || !strings.Contains(got[0], `"verdict":"AC","score":null,"best_score"`) {
		t.Errorf("the result is %s", got[0])
	}
}
