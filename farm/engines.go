package farm

import (
	"context"
	"errors"
	"sync"

	"judge/judge"
	"judge/judge/problem"
	"judge/sandbox"
)

// Engines is judge itself as a [Bench]: an engine for each kind of terms that batches ask for.
// Terms come from afar, so they choose among what this machine offers, and name nothing on its
// disk: languages are this worker's own, and a batch with others is of another class.
type Engines struct {
	options judge.Options

	mu     sync.Mutex
	byTerm map[string]*judge.Engine
	halted bool
}

// NewEngines are engines with these options, of which terms replace those that they have.
func NewEngines(o judge.Options) *Engines {
	if o.Jobs <= 0 {
		o.Jobs = sandbox.PhysicalCores()
	}
	return &Engines{options: o, byTerm: map[string]*judge.Engine{}}
}

// Jobs is one more submission than programs run at once: while the files of one are
// fetched, the others are judged.
func (e *Engines) Jobs() int { return e.options.Jobs + 1 }

// Facts are those of the engine for the terms, without making it.
func (e *Engines) Facts(t Terms) ([]judge.Fact, error) {
	o, err := e.on(t)
	if err != nil {
		return nil, err
	}
	return judge.BasisOf(o)
}

// on are the options of the engine for the terms.
func (e *Engines) on(t Terms) (judge.Options, error) {
	o := e.options
	if err := t.check(); err != nil {
		return o, err
	}
	t.apply(&o)
	return o, nil
}

// Prepare makes a problem ready.
func (e *Engines) Prepare(ctx context.Context, t Terms, p *problem.Problem) (Docket, error) {
	engine, err := e.engine(t)
	if err != nil {
		return nil, err
	}
	d, err := engine.Prepare(ctx, p)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (e *Engines) engine(t Terms) (*judge.Engine, error) {
	key, err := t.key()
	if err != nil {
		return nil, err
	}
	o, err := e.on(t)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if engine := e.byTerm[key]; engine != nil {
		return engine, nil
	}
	engine, err := judge.New(o)
	if err != nil {
		return nil, err
	}
	if e.halted {
		engine.Halt()
	}
	e.byTerm[key] = engine
	return engine, nil
}

// Halt lets no program begin any more.
func (e *Engines) Halt() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.halted = true
	for _, engine := range e.byTerm {
		engine.Halt()
	}
}

// Close removes all that the engines made.
func (e *Engines) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for _, engine := range e.byTerm {
		errs = append(errs, engine.Close())
	}
	return errors.Join(errs...)
}
