package judge

import (
	"sync"
	"testing"
	"time"
)

// Who is told of things is called once at a time, of whatever kind they are.
func TestOneCallAtATime(t *testing.T) {
	var busy sync.Mutex
	calls := 0
	call := func() {
		if !busy.TryLock() {
			t.Error("two calls at once")
			return
		}
		calls++
		time.Sleep(time.Millisecond) // that another could come
		busy.Unlock()
	}
	e := &Engine{opts: Options{Warn: func(string) { call() }, Progress: func(Event) { call() }}}
	var all sync.WaitGroup
	const times = 10
	for range times {
		all.Go(func() { e.warn("a word") })
		all.Go(func() { e.tell(Event{}) })
	}
	all.Wait()
	if calls != 2*times {
		t.Errorf("%d calls, want %d", calls, 2*times)
	}
}
