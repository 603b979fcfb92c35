package farm

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Codes of answers that there is no space for a message now. Source: JSAccountResourcesExceededErr,
// JSInsufficientResourcesErr and JSStorageResourcesExceededErr, server/errors.json of nats-server.
const (
	accountFull jetstream.ErrorCode = 10002
	serverFull  jetstream.ErrorCode = 10023
	storageFull jetstream.ErrorCode = 10047
)

// isFull says whether the server has no space. Somebody may make some: it is no reason to give up, however long it
// takes, for who waits with a verdict has it, and who waits with a job can be stopped.
func isFull(err error) bool { return isCode(err, accountFull, serverFull, storageFull) }

// sayFull is how often it is said that the server is full.
const sayFull = time.Minute

// A fullness tells people that the server has no space, once in a while.
type fullness struct {
	mu   sync.Mutex
	tell []*func(string)
	said time.Time
}

// to has a function told, too, until the function that it gives is called.
func (s *fullness) to(tell func(string)) (forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell = append(s.tell, &tell)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tell = slices.DeleteFunc(slices.Clone(s.tell), func(t *func(string)) bool { return t == &tell })
	}
}

// TellFull has a function told, once in a while, that the server has no space and is waited for, until the function
// that it gives is called. Courts and workers tell theirs by themselves.
func (f *Farm) TellFull(tell func(string)) (forget func()) { return f.space.to(tell) }

func (s *fullness) say(err error) {
	s.mu.Lock()
	if time.Since(s.said) < sayFull {
		s.mu.Unlock()
		return
	}
	s.said = time.Now()
	tell := s.tell
	s.mu.Unlock()
	for _, t := range tell {
		(*t)("the server's disk is full, or has as much as --max-store lets it; waiting until there is space: " + err.Error())
	}
}

// wait is a pause while the server is full. False says that ctx is done.
func (s *fullness) wait(ctx context.Context, err error) bool {
	s.say(err)
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Second):
		return true
	}
}
