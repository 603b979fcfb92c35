package farm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// idleBooks are how many problems a worker keeps ready that nobody grades by just now.
const idleBooks = 8

// dockets are the problems that a worker has ready: those in use, and some that were.
type dockets struct {
	worker *Worker
	mu     sync.Mutex
	books  map[string]*book
	uses   int
}

// A book is one problem, by some terms.
type book struct {
	key     string
	users   int
	used    int // when: the larger, the later
	ready   chan struct{}
	err     error
	dir     string
	problem *problem.Problem
	docket  Docket
	limit   sync.Mutex
	agreed  bool // on the time limit
}

// take makes a problem ready, or finds it ready; put gives it back.
func (d *dockets) take(ctx context.Context, b Batch, j job) (*book, error) {
	terms, err := b.Terms.key()
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s %s %s %q", userOf(b.ID), terms, j.Package, j.Problem)
	for {
		bk, fresh := d.find(key)
		if fresh {
			if bk.err = d.open(ctx, bk, b.Terms, j); bk.err != nil {
				d.mu.Lock()
				delete(d.books, key) // whoever comes next tries again
				d.mu.Unlock()
			}
			close(bk.ready)
		}
		<-bk.ready
		switch {
		case bk.err == nil:
			return bk, nil
		case !fresh && errors.Is(bk.err, context.Canceled) && ctx.Err() == nil:
			continue // another batch wanted it, and was cancelled
		}
		return nil, bk.err
	}
}

// find is a book, with one user more. fresh says that it is new: the caller makes it ready.
func (d *dockets) find(key string) (bk *book, fresh bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	bk = d.books[key]
	if fresh = bk == nil; fresh {
		bk = &book{key: key, ready: make(chan struct{})}
		d.books[key] = bk
	}
	d.uses++
	bk.users, bk.used = bk.users+1, d.uses
	return bk, fresh
}

// open fetches a package, and builds what is to be built.
func (d *dockets) open(ctx context.Context, bk *book, terms Terms, j job) error {
	w := d.worker
	var list entryList
	if err := w.farm.getJSON(ctx, userOf(j.Batch), j.Package, &list); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(w.Dir, "package-")
	if err != nil {
		return fmt.Errorf("make a folder for the package %s: %w", j.Problem, err)
	}
	bk.dir = dir
	if err = w.Cache.unpack(ctx, userOf(j.Batch), list, dir); err == nil {
		bk.problem, err = problem.Load(dir)
	}
	if err == nil {
		bk.problem.Name = j.Problem // not the folder's
		if got := judge.PackageDigest(bk.problem); got != j.Digest {
			err = fmt.Errorf("the digest of what arrived is %q, of what was sent %q", got, j.Digest)
		}
	}
	if err == nil {
		bk.docket, err = w.Bench.Prepare(ctx, terms, bk.problem)
	}
	if err != nil {
		_ = os.RemoveAll(dir) // what stays goes with the worker's folder
		return fmt.Errorf("problem %s: %w", j.Problem, err)
	}
	return nil
}

func (d *dockets) put(bk *book) {
	d.mu.Lock()
	defer d.mu.Unlock()
	bk.users--
	for {
		var oldest *book
		idle := 0
		for _, o := range d.books {
			if o.users > 0 {
				continue
			}
			idle++
			if oldest == nil || o.used < oldest.used {
				oldest = o
			}
		}
		if idle <= idleBooks {
			return
		}
		oldest.close()
		delete(d.books, oldest.key)
	}
}

func (bk *book) close() {
	bk.docket.Close()
	_ = os.RemoveAll(bk.dir) // what stays goes with the worker's folder
}

// closeAll is the end: nobody uses any.
func (d *dockets) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, bk := range d.books {
		bk.close()
		delete(d.books, key)
	}
}

// agreeOnLimit sees that all workers judge by one time limit, where the package leaves it to be
// measured: who measured it first says it to all.
func (w *Worker) agreeOnLimit(ctx context.Context, b Batch, j job, bk *book) error {
	if bk.problem.Limits.Time > 0 || bk.problem.Type.SubmitAnswer {
		return nil
	}
	bk.limit.Lock()
	defer bk.limit.Unlock()
	if bk.agreed {
		return nil
	}
	key := limitKey(userOf(b.ID), cmp.Or(b.Limits, b.Class), j.Digest)
	var limit time.Duration
	found, err := w.farm.read(ctx, key, &limit)
	if err == nil && !found {
		limit, err = bk.docket.TimeLimit(ctx)
		if err != nil || limit == 0 {
			return nil // the result will say that there is none
		}
		var before []byte
		before, err = w.farm.claim(ctx, key, limit)
		if err == nil && before != nil {
			err = readValue(key, before, &limit)
		}
	}
	if err != nil {
		return err
	}
	bk.docket.AdoptTimeLimit(limit)
	bk.agreed = true
	return nil
}

// receive fetches a submission; the function removes it.
func (w *Worker) receive(ctx context.Context, j job) (judge.Submission, func(), error) {
	var p parcel
	if err := w.farm.getJSON(ctx, userOf(j.Batch), j.Submission, &p); err != nil {
		return judge.Submission{}, nil, err
	}
	dir, err := os.MkdirTemp(w.Dir, "submission-")
	if err != nil {
		return judge.Submission{}, nil, fmt.Errorf("make a folder for the submission %s: %w", p.Name, err)
	}
	clean := func() { _ = os.RemoveAll(dir) } // what stays goes with the worker's folder
	var s judge.Submission
	if err = w.Cache.unpack(ctx, userOf(j.Batch), p.Files, dir); err == nil {
		s, err = p.submission(dir)
	}
	if err != nil {
		clean()
		return s, nil, fmt.Errorf("submission %s: %w", p.Name, err)
	}
	return s, clean, nil
}
