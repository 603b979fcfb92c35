package judge

import (
	"errors"
	"sync"

	"judge/sandbox"
)

// A pump runs what fills and drains some FIFOs.
type pump struct {
	fifos  []*sandbox.FIFO
	active sync.WaitGroup
	mu     sync.Mutex
	errs   []error
}

func (p *pump) add(f *sandbox.FIFO, do func() error) {
	p.fifos = append(p.fifos, f)
	p.start(do)
}

func (p *pump) start(do func() error) {
	p.active.Go(func() {
		err := do()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.errs = append(p.errs, err)
	})
}

// release releases all FIFOs; their programs have ended.
func (p *pump) release() error {
	var errs []error
	for _, f := range p.fifos {
		errs = append(errs, f.Release())
	}
	return errors.Join(errs...)
}

// wait waits for all, whose programs must have ended, and says what went wrong.
func (p *pump) wait() error {
	p.active.Wait()
	return errors.Join(p.errs...)
}
