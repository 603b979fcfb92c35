package farm

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"judge/judge"
)

// Two workers come to what one machine does; no case is judged twice, and each has one verdict.
func TestTwoWorkers(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 5, 24)
	want := local(t, pkg, files)
	a, b := newBench(2), newBench(2)
	// Neither goes on before the other one has begun, too: then it is no matter of time that both do some.
	var both sync.WaitGroup
	for _, bench := range []*fakeBench{a, b} {
		both.Add(1)
		var first sync.Once
		bench.before = func(context.Context, string, string) error {
			first.Do(both.Done)
			both.Wait()
			return nil
		}
	}
	fa, _ := h.farm(quick())
	fb, _ := h.farm(quick())
	begin(t, fa, a)
	begin(t, fb, b)
	f, _ := h.farm(quick())
	s := send(t, f, CourtOptions{}, pkg, files)
	same(t, s.wait(t), want)
	once(t, a.list(), b.list())
	if len(a.list()) == 0 || len(b.list()) == 0 {
		t.Errorf("one did it all: %d, %d", len(a.list()), len(b.list()))
	}
	empty(t, f)
	p, err := f.Progress(context.Background(), s.court.ID())
	if err != nil || p.Results != 24 || p.Cases != 18*5+6*2 || p.Differ != 0 || p.Faults != 0 || p.Queued != 0 {
		t.Errorf("progress %+v, %v", p, err)
	}
	if got, err := f.Batch(context.Background(), s.court.ID()); err != nil || got.State != Done {
		t.Errorf("the batch is %s, %v", got.State, err)
	}
}

// A job that has had its share goes on as another; nothing is judged twice, nor after a failure.
func TestParts(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 7, 8)
	want := local(t, pkg, files)
	s := quick()
	s.Part = 2
	f, _ := h.farm(s)
	b := newBench(2)
	begin(t, f, b)
	same(t, send(t, f, CourtOptions{}, pkg, files).wait(t), want)
	once(t, b.list())
	if n := len(b.list()); n != 6*7+2*2 {
		t.Errorf("%d cases were judged", n)
	}
	empty(t, f)
	info, err := queueOf(t, f).Info(context.Background())
	if err != nil || info.State.LastSeq < 6*4+2 {
		t.Errorf("%d jobs were sent: %v", info.State.LastSeq, err)
	}
}

// What has no place in the queue is judged to its end where it is.
func TestPartsFull(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 5, 3)
	want := local(t, pkg, files)
	s := quick()
	s.Part, s.QueueJobs = 1, 1
	f, _ := h.farm(s)
	b := newBench(1)
	begin(t, f, b)
	same(t, send(t, f, CourtOptions{}, pkg, files).wait(t), want)
	once(t, b.list())
	empty(t, f)
}

// A batch that wants a label is judged by workers that have it alone.
func TestLabelled(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 1, 4)
	want := local(t, pkg, files)
	f, _ := h.farm(quick())
	plain, labelled := newBench(1), newBench(1)
	begin(t, f, plain)
	s := send(t, f, CourtOptions{Labels: []string{"fast"}}, pkg, files)
	until(t, "the jobs wait", func() bool {
		p, err := f.Progress(context.Background(), s.court.ID())
		return err == nil && p.Queued == 4
	})
	begin(t, f, labelled, "fast", "other")
	same(t, s.wait(t), want)
	if len(plain.list()) > 0 {
		t.Errorf("a worker without the label judged %v", plain.list())
	}
}

// A full queue is told of, and waited for.
func TestFull(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 1, 6)
	want := local(t, pkg, files)
	s := quick()
	s.QueueJobs = 2
	f, _ := h.farm(s)
	told := make(chan string, 1)
	sent := send(t, f, CourtOptions{Warn: func(text string) {
		select {
		case told <- text:
		default:
		}
	}}, pkg, files)
	if text := <-told; !strings.Contains(text, "the queue is full: 2 jobs") {
		t.Errorf("it says %q", text)
	}
	var full *FullError
	if err := f.send(context.Background(), sent.court.batch, job{Batch: sent.court.ID(), Item: 99}); !errors.As(err, &full) || full.Jobs != 2 {
		t.Errorf("send: %v", err)
	}
	begin(t, f, newBench(1))
	same(t, sent.wait(t), want)
}

// A cancelled batch leaves the queue at once, and what runs of it ends.
func TestCancel(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 2, 10)
	f, _ := h.farm(quick())
	b := newBench(1)
	began, ended := make(chan struct{}), make(chan struct{})
	var first, last sync.Once
	b.before = func(ctx context.Context, _, _ string) error {
		first.Do(func() { close(began) })
		<-ctx.Done()
		last.Do(func() { close(ended) })
		return context.Cause(ctx)
	}
	w, _ := begin(t, f, b)
	s := send(t, f, CourtOptions{}, pkg, files)
	<-began
	if done, err := f.Cancel(context.Background(), s.court.ID()); err != nil || !done {
		t.Fatalf("cancel: %v, %v", done, err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("what runs goes on")
	}
	s.court.Halt()
	<-s.results
	if !errors.Is(s.err, judge.ErrHalted) {
		t.Errorf("the batch ends with %v", s.err)
	}
	until(t, "the worker is idle", func() bool { return w.running.Load() == 0 })
	queueOf(t, f).Purge(context.Background()) // what the submitter sent meanwhile
	if p, err := f.Progress(context.Background(), s.court.ID()); err != nil || p.Results != 0 || p.Cases != 0 || p.Faults != 0 {
		t.Errorf("progress %+v, %v", p, err)
	}
	if done, err := f.Cancel(context.Background(), s.court.ID()); err != nil || done {
		t.Errorf("cancelled twice: %v, %v", done, err)
	}
}

// Cancelling takes jobs out of the queue though no worker is there, and leaves other batches'.
func TestCancelQueued(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 1, 3)
	f, _ := h.farm(quick())
	a, b := send(t, f, CourtOptions{}, pkg, files), send(t, f, CourtOptions{}, pkg, files)
	queued := func() uint64 {
		info, err := queueOf(t, f).Info(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return info.State.Msgs
	}
	until(t, "all wait", func() bool { return queued() == 6 })
	if _, err := f.Cancel(context.Background(), a.court.ID()); err != nil {
		t.Fatal(err)
	}
	if n := queued(); n != 3 {
		t.Errorf("%d jobs are left", n)
	}
	for _, s := range []*sending{a, b} {
		s.court.Halt()
		<-s.results
	}
	if err := b.court.Close(context.Background()); err != nil || queued() != 0 {
		t.Errorf("when the other submitter leaves: %d jobs, %v", queued(), err)
	}
}

// A worker that would come to other results takes no job; one that would not does.
func TestClasses(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 1, 2)
	want := local(t, pkg, files)
	f, _ := h.farm(quick())
	other := newBench(1)
	other.facts = []judge.Fact{{What: "judge's version", Value: "2"}}
	begin(t, f, other)
	s := send(t, f, CourtOptions{}, pkg, files)
	until(t, "the jobs wait", func() bool {
		p, err := f.Progress(context.Background(), s.court.ID())
		return err == nil && p.Queued == 2
	})
	begin(t, f, newBench(1))
	same(t, s.wait(t), want)
	if got := other.list(); len(got) > 0 {
		t.Errorf("the other one judged %v", got)
	}
}

// What has a higher priority is judged first, also if it came later.
func TestPriority(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 1, 4)
	f, _ := h.farm(quick())
	low := send(t, f, CourtOptions{Priority: Low}, pkg, files)
	until(t, "the low ones wait", func() bool {
		info, err := queueOf(t, f).Info(context.Background())
		return err == nil && info.State.Msgs == 4
	})
	high := send(t, f, CourtOptions{Priority: High}, pkg, files[3:])
	until(t, "the high one waits", func() bool {
		info, err := queueOf(t, f).Info(context.Background())
		return err == nil && info.State.Msgs == 5
	})
	b := newBench(1)
	begin(t, f, b)
	high.wait(t)
	low.wait(t)
	got := b.list()
	if len(got) != 5 || !strings.Contains(got[0]+got[1], "03.c") { // the worker may have learned of the low batch first
		t.Errorf("judged %v", got)
	}
}
