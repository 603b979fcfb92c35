package farm

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// A worker whose connection is cut before a verdict is written leaves the job to another one.
func TestDiesBeforeVerdict(t *testing.T) { dies(t, false) }

// After it is written, the other one judges only the rest.
func TestDiesAfterVerdict(t *testing.T) { dies(t, true) }

func dies(t *testing.T, after bool) {
	h := newHost(t)
	pkg, files := contest(t, 3, 1)
	want := local(t, pkg, files)
	fa, nc := h.farm(quick())
	a := newBench(1)
	cut := make(chan struct{})
	stuck := make(chan struct{})
	var first sync.Once
	die := func(name string) {
		if strings.HasSuffix(name, "01") {
			first.Do(func() { nc.Close(); close(cut) })
			<-stuck
		}
	}
	if after {
		a.after = func(_, name string) { die(name) }
	} else {
		a.before = func(_ context.Context, _, name string) error { die(name); return context.Canceled }
		a.before = onlyOn("01", a.before)
	}
	_, stopA := begin(t, fa, a)
	f, _ := h.farm(quick())
	s := send(t, f, CourtOptions{}, pkg, files)
	<-cut
	fb, _ := h.farm(quick())
	b := newBench(1)
	begin(t, fb, b)
	same(t, s.wait(t), want)
	close(stuck)
	stopA()
	once(t, a.list(), b.list())
	if n := len(b.list()); after && n != 1 || !after && n != 2 {
		t.Errorf("the second worker judged %d cases", n)
	}
	empty(t, f)
}

// onlyOn calls a function for one case alone.
func onlyOn(suffix string, do func(context.Context, string, string) error) func(context.Context, string, string) error {
	return func(ctx context.Context, submission, name string) error {
		if strings.HasSuffix(name, suffix) {
			return do(ctx, submission, name)
		}
		return nil
	}
}

// The server may go and come back, with what it had.
func TestServerRestarts(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 4, 12)
	want := local(t, pkg, files)
	f, _ := h.farm(quick())
	fb, _ := h.farm(quick())
	b := newBench(2)
	half, goOn := make(chan struct{}), make(chan struct{})
	var reached sync.Once
	b.before = func(_ context.Context, _, _ string) error {
		if len(b.list()) >= 15 {
			reached.Do(func() { close(half) })
			<-goOn
		}
		return nil
	}
	begin(t, fb, b)
	s := send(t, f, CourtOptions{}, pkg, files)
	select {
	case <-half:
	case list := <-s.results:
		t.Fatalf("it ended: %v, %v", s.err, list)
	}
	h.stop()
	close(goOn)
	time.Sleep(300 * time.Millisecond)
	h.start()
	same(t, s.wait(t), want)
	empty(t, f)
	// A job that the server was away for may have been given out again: its cases may have been judged twice.
	p, err := f.Progress(context.Background(), s.court.ID())
	if err != nil || p.Results != 12 || p.Cases != 9*4+3*2 || p.Differ != 0 {
		t.Errorf("progress %+v, %v", p, err)
	}
}

// A job that is in the queue twice changes nothing.
func TestDuplicate(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 3, 2)
	want := local(t, pkg, files)
	f, _ := h.farm(quick())
	s := send(t, f, CourtOptions{}, pkg, files)
	until(t, "both jobs are there", func() bool {
		info, err := queueOf(t, f).Info(context.Background())
		return err == nil && info.State.Msgs == 2
	})
	for seq := range 2 {
		m, err := queueOf(t, f).GetMsg(context.Background(), uint64(seq+1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.js.Publish(context.Background(), m.Subject, m.Data); err != nil {
			t.Fatal(err)
		}
	}
	begin(t, f, newBench(1))
	begin(t, f, newBench(1))
	same(t, s.wait(t), want)
	empty(t, f)
	p, err := f.Progress(context.Background(), s.court.ID())
	if err != nil || p.Results != 2 || p.Cases != 6 || p.Differ != 0 {
		t.Errorf("progress %+v, %v", p, err)
	}
}

// A job that fails three times is JE with its last error, and holds nobody up.
func TestGivenUp(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 2, 2)
	f, _ := h.farm(quick())
	b := newBench(1)
	n := 0
	b.before = func(_ context.Context, submission, _ string) error {
		if strings.HasSuffix(submission, "00.c") {
			n++
			return fmt.Errorf("the disk is full, time %d", n)
		}
		return nil
	}
	begin(t, f, b)
	got := send(t, f, CourtOptions{}, pkg, files).wait(t)
	if !strings.Contains(got[0], `"verdict":"JE"`) || !strings.Contains(got[0], "the disk is full, time 3") || !strings.Contains(got[0], "00.c") {
		t.Errorf("given up as %s", got[0])
	}
	if !strings.Contains(got[1], `"verdict":"AC"`) {
		t.Errorf("the other one is %s", got[1])
	}
	dead, err := f.js.Stream(context.Background(), streamDead)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the job is among the dead", func() bool {
		info, err := dead.Info(context.Background())
		return err == nil && info.State.Msgs == 1
	})
	empty(t, f)
}

// A worker that is halted hands on what it has not judged.
func TestHandedOn(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 3, 1)
	want := local(t, pkg, files)
	f, _ := h.farm(quick())
	a := newBench(1)
	began, goOn := make(chan struct{}), make(chan struct{})
	var first sync.Once
	a.before = func(context.Context, string, string) error {
		first.Do(func() { close(began) })
		<-goOn
		return nil
	}
	_, stop := begin(t, f, a)
	s := send(t, f, CourtOptions{}, pkg, files)
	<-began
	go func() {
		<-a.halted
		close(goOn)
	}()
	stop()
	if n := len(a.list()); n != 1 {
		t.Errorf("after the halt %d cases are judged", n)
	}
	b := newBench(1)
	begin(t, f, b)
	same(t, s.wait(t), want)
	once(t, a.list(), b.list())
	if p, err := f.Progress(context.Background(), s.court.ID()); err != nil || p.Faults != 0 {
		t.Errorf("progress %+v, %v", p, err)
	}
}

// A worker whose consumer was taken away at the server, while it waits there, makes it anew.
func TestConsumerDeleted(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 1, 2)
	f, _ := h.farm(quick())
	w, _ := begin(t, f, newBench(1))
	court, docket := prepared(t, f, pkg)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for item, file := range files {
		if _, err := docket.Resume(ctx, item, submission(t, file), nil); err != nil {
			t.Fatalf("submission %d: %v", item, err)
		}
		name := string(Normal) + "-" + court.batch.Class + "-" + queueOf(t, f).CachedInfo().Config.Metadata[secretName]
		until(t, "the worker waits", func() bool {
			c, err := queueOf(t, f).Consumer(ctx, name)
			if err != nil {
				return false
			}
			info, err := c.Info(ctx)
			return err == nil && info.NumWaiting == 1
		})
		if err := queueOf(t, f).DeleteConsumer(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.judged.Load(); n != 2 {
		t.Errorf("it judged %d", n)
	}
	if err := court.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
