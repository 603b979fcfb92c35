package farm

import (
	"context"
	"sync"
	"syscall"
	"testing"
)

// Of three servers one may be killed, and one may be silent for longer than is waited for it, while a batch is graded:
// every case has one verdict, the queue ends empty, and results are those of one machine.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	pkg, files := contest(t, 4, 12)
	want := local(t, pkg, files)
	f := c.farm()

	s, goOn := halfWay(t, c, f, pkg, files)
	killed := c.leader(f, streamJobs+"_"+userOf(s.court.ID()))
	c.nodes[killed].signal(syscall.SIGKILL)
	c.nodes[killed].gone(syscall.SIGKILL)
	goOn()
	c.whole(f, s, want)
	changedAtOnce(t, f, s.court.ID()) // a server of several says of a conflict what one alone does not

	c.nodes[killed] = act(t, c.specs[killed])
	c.nodes[killed].hear()
	s, goOn = halfWay(t, c, f, pkg, files)
	stopped := c.leader(f, "KV_"+bucketVerdicts+"_"+userOf(s.court.ID()))
	c.nodes[stopped].signal(syscall.SIGSTOP)
	goOn()
	c.whole(f, s, want)
	c.nodes[stopped].signal(syscall.SIGCONT)
	empty(t, f)
}

// halfWay has two workers judge a batch until it is about half done; the function lets them go on.
func halfWay(t *testing.T, c *cluster, f *Farm, pkg string, files []string) (s *sending, goOn func()) {
	return halfWayOf(t, c, f, pkg, files, func(string) {})
}

// halfWayOf is halfWay, with what the workers say.
func halfWayOf(t *testing.T, c *cluster, f *Farm, pkg string, files []string, say func(string)) (s *sending, goOn func()) {
	half, gate := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	n := 0
	var stops []func()
	for range 2 {
		b := newBench(1)
		b.before = func(context.Context, string, string) error {
			mu.Lock()
			n++
			at := n
			mu.Unlock()
			if at == 20 {
				close(half)
			}
			if at >= 20 {
				<-gate
			}
			return nil
		}
		wf := c.farm()
		t.Cleanup(wf.space.to(say))
		_, stop := begin(t, wf, b)
		stops = append(stops, stop)
	}
	s = send(t, f, CourtOptions{}, pkg, files)
	select {
	case <-half:
	case <-s.results:
		t.Fatalf("it ended: %v", s.err)
	}
	s.after = stops
	return s, func() { close(gate) }
}

// whole holds a batch of 12 submissions of 4 cases against what it must be.
func (c *cluster) whole(f *Farm, s *sending, want []string) {
	c.t.Helper()
	same(c.t, s.wait(c.t), want)
	for _, stop := range s.after {
		stop()
	}
	empty(c.t, f)
	p, err := f.Progress(context.Background(), s.court.ID())
	if err != nil || p.Results != 12 || p.Cases != 9*4+3*2 || p.Differ != 0 || p.Queued != 0 {
		c.t.Errorf("progress %+v, %v", p, err)
	}
}
