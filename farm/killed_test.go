package farm

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// A worker that is killed just before it writes a verdict, or just after, leaves the rest to another one: no more, and no less.
func TestWorkerKilled(t *testing.T) {
	for when, rest := range map[string]int{"before": 2, "after": 1} {
		t.Run(when, func(t *testing.T) {
			h, s, want := oneLost(t, when, syscall.SIGKILL)
			f, _ := h.farm(impatient())
			b := newBench(1)
			begin(t, f, b)
			same(t, s.wait(t), want)
			if got := b.list(); len(got) != rest || rest == 1 && !strings.HasSuffix(got[0], "02") {
				t.Errorf("the second worker judged %v", got)
			}
			three(t, f, s)
		})
	}
}

// A worker that stands still for longer than is waited for it finds, when it goes on, that another one has judged its job:
// its late verdict is held against the one that is there, and its late acknowledgement does no harm.
func TestWorkerStopped(t *testing.T) {
	h, s, want := oneLost(t, "before", syscall.SIGSTOP)
	f, _ := h.farm(impatient())
	b := newBench(1)
	begin(t, f, b)
	same(t, s.wait(t), want)
	if got := b.list(); len(got) != 2 {
		t.Errorf("the second worker judged %v", got)
	}
	lost := h.lost
	lost.signal(syscall.SIGCONT)
	three(t, f, s)
	// It lives, and takes the next job.
	until(t, "both workers are listed", func() bool {
		list, err := f.Workers(context.Background())
		return err == nil && len(list) == 2
	})
}

// oneLost has a process take the only job of a batch, of three cases, and be gone at the second.
func oneLost(t *testing.T, when string, by syscall.Signal) (*host, *sending, []string) {
	h := newHost(t)
	pkg, files := contest(t, 3, 1)
	want := local(t, pkg, files)
	f, _ := h.farm(impatient())
	h.lost = act(t, "worker", fmt.Sprintf("nats://127.0.0.1:%d", h.port), when, fmt.Sprint(int(by)), t.TempDir())
	s := send(t, f, CourtOptions{}, pkg, files)
	if line := h.lost.hear(); line != "there" {
		t.Fatalf("it says %q", line)
	}
	if by == syscall.SIGKILL {
		h.lost.gone(by)
	}
	p, err := f.Progress(context.Background(), s.court.ID())
	if n := map[string]int{"before": 1, "after": 2}[when]; err != nil || p.Cases != n {
		t.Errorf("when it is gone: %+v, %v", p, err)
	}
	return h, s, want
}

// three says that a batch of three cases is whole, with a verdict for each.
func three(t *testing.T, f *Farm, s *sending) {
	t.Helper()
	empty(t, f)
	p, err := f.Progress(context.Background(), s.court.ID())
	if err != nil || p.Results != 1 || p.Cases != 3 || p.Differ != 0 || p.Faults != 0 {
		t.Errorf("progress %+v, %v", p, err)
	}
}
