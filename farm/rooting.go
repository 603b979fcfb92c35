package farm

import (
	"context"
	"errors"
	"slices"
	"time"

	"judge/judge"
	"judge/store"
)

// A rooting is what a worker knows of the root file systems of a batch. It takes no jobs of that before they
// are there: none comes to nothing because a disk is full.
type rooting struct {
	tried chan struct{}         // closed after the first attempt
	err   error                 // of the last one; Worker.mu
	roots map[string]judge.Root // Worker.mu
}

// promised are the terms of a batch with root file systems that are here, or will be fetched.
func (w *Worker) promised(b Batch) (Terms, error) {
	t := b.Terms
	if w.Roots == nil || len(b.Roots) == 0 {
		return t, nil
	}
	t.roots = map[string]judge.Root{}
	for _, root := range b.Roots {
		if _, err := w.Roots.check(root); err != nil {
			return t, err
		}
		t.roots[root.Name] = judge.Root{Digest: root.Digest}
	}
	return t, nil
}

// named are those of some root file systems that facts rest on: nothing else is fetched for a batch.
func named(roots []Root, facts []judge.Fact) []Root {
	var list []Root
	for _, r := range roots {
		if slices.Contains(facts, judge.Fact{What: factRootfs + r.Name, Value: r.Digest}) {
			list = append(list, r)
		}
	}
	return list
}

// root sees that what a batch rests on is here, and holds it until the batch is over: jobs are taken
// meanwhile. Where it cannot be had it is tried again, for a disk may have room later.
func (w *Worker) root(ctx context.Context, l *live) {
	for first := true; ; first = false {
		held, roots, err := w.takeRoots(l)
		w.mu.Lock()
		l.rooting.err, l.rooting.roots, l.ours = err, roots, err == nil
		w.mu.Unlock()
		if first {
			close(l.rooting.tried)
		}
		if err == nil {
			w.aim(ctx)
			<-l.ctx.Done()
			_ = release(held)
			return
		}
		if l.ctx.Err() == nil {
			w.warn("batch %s is not for this machine now: %v", w.batchOf(l).ID, err)
		}
		select {
		case <-l.ctx.Done():
			return
		case <-time.After(60 * w.farm.settings.Retry):
		}
	}
}

// takeRoots holds all that a batch rests on, or nothing.
func (w *Worker) takeRoots(l *live) (held []*store.Held, roots map[string]judge.Root, err error) {
	roots = map[string]judge.Root{}
	for _, root := range l.wanted {
		h, err := w.Roots.take(l.ctx, userOf(w.batchOf(l).ID), root)
		if err != nil {
			return nil, nil, errors.Join(err, release(held))
		}
		held = append(held, h)
		roots[root.Name] = judge.Root{Digest: root.Digest, Dir: h.Dir}
	}
	return held, roots, nil
}

func release(held []*store.Held) error {
	var errs []error
	for _, h := range held {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}

// rooted is a batch with the root file systems that it rests on: a job may be here before they are.
func (w *Worker) rooted(ctx context.Context, l *live) (Batch, error) {
	if len(l.wanted) > 0 {
		select {
		case <-l.rooting.tried:
		case <-ctx.Done():
			return Batch{}, context.Cause(ctx)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	b := l.batch
	b.Terms.roots = l.rooting.roots
	return b, l.rooting.err
}
