package farm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
	"judge/judge/problem"
)

// A Gathering is told what VERDICTS has of a batch, and what comes into it: each case and result
// once, a result after its cases. Calls come one at a time.
type Gathering struct {
	Case   func(item int, worker string, c judge.CaseResult) // may be nil
	Result func(item int, worker string, r *judge.Result)
	Warn   func(string) // may be nil
}

// gathered is what is known of a submission that has no result yet.
type gathered struct {
	cases   map[string]judge.CaseResult // by keyName
	differs map[string]bool
	marks   map[string]mark
}

// A gatherer makes results of verdicts.
type gatherer struct {
	Gathering
	farm  *Farm
	batch string
	items map[int]*gathered
	over  map[int]bool
}

// Gather tells of a batch until its function says that it is enough, which is asked after each
// result and when all that was there is told, or until ctx is done.
func (f *Farm) Gather(ctx context.Context, id string, g Gathering, enough func() bool) error {
	t := &gatherer{Gathering: g, farm: f, batch: id, items: map[int]*gathered{}, over: map[int]bool{}}
	for {
		done, err := t.follow(ctx, enough)
		switch {
		case done:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return err
		}
		// The server was away: begin again; what was told is not told again.
		time.Sleep(50 * time.Millisecond)
	}
}

func (t *gatherer) follow(ctx context.Context, enough func() bool) (bool, error) {
	// The watch lives as long as what it brings: not persist's own context.
	watching, stop := context.WithCancel(ctx)
	defer stop()
	var updates jetstream.KeyWatcher
	lies, err := t.farm.ofBatch(ctx, t.batch)
	if err != nil {
		return false, err
	}
	err = t.farm.persist(ctx, "watch for verdicts of "+t.batch, func(context.Context) (err error) {
		updates, err = lies.verdicts.Watch(watching, t.batch+".>", jetstream.IgnoreDeletes())
		return err
	})
	if err != nil {
		return false, err
	}
	defer func() { _ = updates.Stop() }()
	changes, forget := t.farm.changes()
	defer forget()
	for {
		select {
		case now := <-changes:
			if now == nats.CLOSED {
				return false, errClosed
			}
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case e, open := <-updates.Updates():
			if !open {
				return false, nil
			}
			told := e == nil
			if e != nil {
				if told, err = t.take(e); err != nil {
					return false, err
				}
			}
			if told && enough() {
				return true, nil
			}
		}
	}
}

// take takes in a key; it says whether it told of a result.
func (t *gatherer) take(e jetstream.KeyValueEntry) (bool, error) {
	item, kind, name, ok := readKey(e.Key())
	if !ok || t.over[item] {
		return false, nil
	}
	g := t.items[item]
	if g == nil {
		g = &gathered{cases: map[string]judge.CaseResult{}, differs: map[string]bool{}, marks: map[string]mark{}}
		t.items[item] = g
	}
	switch kind {
	case keyCase, keyKnown:
		var v verdict
		if err := readValue(e.Key(), e.Value(), &v); err != nil {
			return false, err
		}
		if _, known := g.cases[name]; !known {
			g.cases[name], g.marks[name] = v.Case, v.mark
			if t.Case != nil {
				t.Case(item, v.Worker, v.Case)
			}
		}
	case keyDiffers:
		g.differs[name] = true
	case keyFault:
		var f fault
		if err := json.Unmarshal(e.Value(), &f); err == nil && t.Warn != nil {
			t.Warn(fmt.Sprintf("submission %d, worker %s: %s", item, f.Worker, f.Error))
		}
	case keyResult:
		var f finding
		if err := readValue(e.Key(), e.Value(), &f); err != nil {
			return false, err
		}
		r, err := g.result(f)
		if err != nil {
			return false, fmt.Errorf("%s: %w", e.Key(), err)
		}
		t.Result(item, f.Worker, r)
		delete(t.items, item)
		t.over[item] = true
		return true, nil
	}
	return false, nil
}

// result puts a result together again. What two workers differed on, before the result was
// there, is nondeterministic. A verdict that is none is an error: no count would have it.
func (g *gathered) result(f finding) (*judge.Result, error) {
	r := f.Result
	if !slices.Contains(problem.Verdicts(), r.Verdict) {
		return nil, fmt.Errorf("the worker %s wrote the verdict %q, which is none", f.Worker, r.Verdict)
	}
	r.Cases = make([]judge.CaseResult, 0, len(f.Cases))
	for _, one := range f.Cases {
		name := keyName(one.Name)
		c, there := g.cases[name]
		switch {
		case one.Own != nil:
			c = *one.Own
		case !there:
			return nil, fmt.Errorf("the result has a case %s, of which there is no verdict", one.Name)
		}
		if r.Score == nil { // as on one machine: the cases of a problem without scores have none
			c.Score = nil
		}
		g.marks[name].markOn(r.Provenance)
		c.Nondeterministic = c.Nondeterministic || g.differs[name]
		r.Cases = append(r.Cases, c)
	}
	return &r, nil
}
