package lease

import (
	"slices"
	"sync"
)

// turns is the order of those of one process that wait for the same. Its zero value has none.
type turns struct {
	mu   sync.Mutex
	list []chan struct{}
}

// none says that nobody waits.
func (t *turns) none() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.list) == 0
}

// join comes last. The channel is closed when all before it have left.
func (t *turns) join() chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	turn := make(chan struct{})
	if t.list = append(t.list, turn); len(t.list) == 1 {
		close(turn)
	}
	return turn
}

// leave gives a turn up, whether it has come or not.
func (t *turns) leave(turn chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.list, turn)
	t.list = slices.Delete(t.list, at, at+1)
	if at == 0 && len(t.list) > 0 {
		close(t.list[0])
	}
}
