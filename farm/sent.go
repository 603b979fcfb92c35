package farm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"judge/judge"
	"judge/judge/problem"
)

// A sentPackage is a problem whose package was sent.
type sentPackage struct {
	court        *Court
	problem      *problem.Problem
	tree, digest string
}

// Digest is judge's own of the package.
func (d *sentPackage) Digest() string { return d.digest }

// Notes are none: what is found out about a package stays with the workers.
func (d *sentPackage) Notes() []judge.Note { return nil }

// Close does nothing: what was sent stays, for the next batch.
func (d *sentPackage) Close() {}

// Resume sends a submission, and waits for its result, unless the batch is detached.
func (d *sentPackage) Resume(ctx context.Context, item int, s judge.Submission, record judge.Record) (*judge.Result, error) {
	c := d.court
	ctx, stop := c.heed(ctx)
	defer stop()
	p, err := newParcel(s)
	if err != nil {
		return nil, fmt.Errorf("send the submission %s: %w", s.Name, err)
	}
	j := job{Batch: c.batch.ID, Item: item, Problem: d.problem.Name, Package: d.tree, Digest: d.digest}
	j.Submission, err = c.farm.sendSubmission(ctx, userOf(c.batch.ID), p, s.Files)
	var unreadable *fs.PathError
	if errors.As(err, &unreadable) { // it was there when the list was looked through
		return &judge.Result{Version: judge.Version, Problem: d.problem.Name, Submission: s.Name, Language: s.Language, Verdict: problem.JE, Reason: err.Error(),
			Groups: []judge.GroupResult{}, Cases: []judge.CaseResult{}}, nil
	}
	if err == nil && record != nil {
		j.Known, err = d.tell(ctx, j, record)
	}
	if err != nil {
		return nil, err
	}
	if c.options.Detached {
		if j.Alone, err = c.large(ctx); err != nil {
			return nil, err
		}
		if err := c.enqueue(ctx, j); err != nil {
			return nil, err
		}
		c.mu.Lock()
		c.listed = append(c.listed, Listed{Item: item, Problem: d.problem.Name, Name: s.Name, Scoring: d.problem.Type.Scoring, Package: d.tree, Digest: d.digest, Submission: j.Submission})
		c.mu.Unlock()
		return &judge.Result{Problem: d.problem.Name, Submission: s.Name}, nil
	}
	return c.await(ctx, j, record)
}

// tell writes down the cases that the record knows. It says whether there are any.
func (d *sentPackage) tell(ctx context.Context, j job, record judge.Record) (bool, error) {
	any := false
	for _, known := range d.problem.Cases {
		if r, there := record.Known(known.Name); there {
			any = true
			if _, err := d.court.farm.claim(ctx, verdictKey(j.Batch, j.Item, keyKnown, known.Name), verdict{Case: r}); err != nil {
				return false, err
			}
		}
	}
	return any, nil
}
