package farm

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"

	"golang.org/x/sync/errgroup"

	"judge/judge"
)

// Audits are the audits of a detached batch whose results are all there, by item. The first who asks has them done, and writes
// them down for the next, unless some could not be had: which submissions it is was not decided before.
func (f *Farm) Audits(ctx context.Context, b Batch, list []Listed, say func(string)) (map[int]*judge.Audit, error) {
	if b.Audit <= 0 || len(list) == 0 {
		return nil, nil
	}
	audits := map[int]*judge.Audit{}
	if b.Audited != "" {
		return audits, f.getJSON(ctx, userOf(b.ID), b.Audited, &audits)
	}
	if err := f.own(userOf(b.ID), "audit a batch"); err != nil {
		return nil, err
	}
	sample, err := sampleOf(list, b.Audit)
	if err != nil {
		return nil, err
	}
	say(fmt.Sprintf("audit: %d of %d submissions are judged again by other workers", len(sample), len(list)))
	whole, err := f.auditAll(ctx, b, sample, audits)
	if err != nil || !whole {
		return audits, err
	}
	digest, err := f.putJSON(ctx, userOf(b.ID), audits)
	if err == nil {
		_, err = f.alter(ctx, b.ID, func(Batch) bool { return true }, func(b *Batch) { b.Audited = digest })
	}
	return audits, err
}

// sampleOf chooses so many percent of a list, one submission at least, as nobody can foresee.
func sampleOf(list []Listed, percent float64) (map[int]Listed, error) {
	var seed [32]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, fmt.Errorf("choose what is audited: %w", err)
	}
	n := min(len(list), max(1, int(math.Ceil(percent/100*float64(len(list))))))
	sample := map[int]Listed{}
	for _, i := range mathrand.New(mathrand.NewChaCha8(seed)).Perm(len(list))[:n] {
		sample[list[i].Item] = list[i]
	}
	return sample, nil
}

// auditAll has a sample judged again. It says whether all of it was.
func (f *Farm) auditAll(ctx context.Context, b Batch, sample map[int]Listed, audits map[int]*judge.Audit) (whole bool, err error) {
	results, workers := map[int]*judge.Result{}, map[int][]string{}
	g := Gathering{
		Case: func(item int, worker string, _ judge.CaseResult) {
			if _, of := sample[item]; of && worker != "" {
				workers[item] = append(workers[item], worker)
			}
		},
		Result: func(item int, worker string, r *judge.Result) {
			if _, of := sample[item]; of {
				results[item], workers[item] = r, append(workers[item], worker)
			}
		},
	}
	if err := f.Gather(ctx, b.ID, g, func() bool { return len(results) == len(sample) }); err != nil {
		return false, err
	}
	a := newAuditor(f, b)
	defer func() { err = errors.Join(err, a.close(context.WithoutCancel(ctx))) }()
	type one struct {
		item  int
		audit *judge.Audit
	}
	done := make(chan one, len(sample))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(window)
	for item, l := range sample {
		group.Go(func() error {
			j := job{Item: item, Problem: l.Problem, Package: l.Package, Digest: l.Digest, Submission: l.Submission}
			audit, err := a.check(ctx, j, results[item], workers[item])
			done <- one{item, audit}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return false, err
	}
	close(done)
	whole = true
	for d := range done {
		if d.audit != nil {
			audits[d.item] = d.audit
			whole = whole && d.audit.Missing == ""
		}
	}
	return whole, nil
}

// seedless is a number that nobody can foresee, below a bound.
func seedless(below uint64) (uint64, error) {
	var b [8]byte
	_, err := rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) % below, err
}

// audited has a result of a court's judged again, if it is of the sample.
func (c *Court) audited(ctx context.Context, j job, r *judge.Result, workers []string) (*judge.Result, error) {
	const parts = 1_000_000
	n, err := seedless(parts)
	if err != nil || float64(n) >= c.batch.Audit/100*parts {
		return r, err
	}
	r.Audit, err = c.auditor.check(ctx, j, r, workers)
	return r, err
}
