package farm

import (
	"sync/atomic"
	"testing"
	"time"
)

// What cannot be had is asked for again, as often as is said, however many fail.
func TestAimAgain(t *testing.T) {
	h := newHost(t)
	s := quick()
	s.Retry = 100 * time.Millisecond
	f, _ := h.farm(s)
	var warned atomic.Int64
	w := NewWorker(f, WorkerOptions{Bench: newBench(1), Cache: newCache(t, f, 0), Dir: t.TempDir(), Warn: func(string) { warned.Add(1) }})
	w.live["x"] = &live{batch: Batch{ID: newID("nobody", time.Now()), Class: "c"}, ours: true}
	began := time.Now()
	w.aim(t.Context())
	until(t, "it is asked for five times", func() bool { return warned.Load() >= 5*int64(len(Priorities())) })
	if n, most := warned.Load(), int64(len(Priorities()))*int64(1+time.Since(began)/s.Retry); n > most {
		t.Errorf("in %v it was asked for %d times, not %d", time.Since(began), n, most)
	}
}
