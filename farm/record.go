package farm

import (
	"context"
	"fmt"
	"sync"

	"judge/judge"
	"judge/judge/problem"
)

// A record is the part of VERDICTS that belongs to one submission: what is known there is not
// judged, and what is judged is written there, while the next case is judged. It ends the job after so many cases.
type record struct {
	worker *Worker
	ctx    context.Context
	job    job

	writes sync.WaitGroup
	onWay  chan struct{} // of as many verdicts as may be

	mu     sync.Mutex
	err    error           // the first of writing
	known  bool            // there may be verdicts that this record did not write
	there  map[string]bool // cases that have a verdict, or will have when settled
	left   int             // cases until the job ends
	open   int             // cases of the submission that have none
	behind bool            // another worker was faster with one
}

// verdictsAhead is how many verdicts of a submission are on their way to the disk while the next case is judged. Waiting
// for each would take longer than a short program.
const verdictsAhead = 8

// errPart ends a job that has had its share.
var errPart = fmt.Errorf("the rest is another job: %w", judge.ErrHalted)

func (w *Worker) newRecord(ctx context.Context, j job, cases int, known bool) *record {
	return &record{worker: w, ctx: ctx, job: j, known: known, there: map[string]bool{}, left: w.farm.settings.Part, open: cases,
		onWay: make(chan struct{}, verdictsAhead)}
}

func (r *record) key(kind, name string) string {
	return verdictKey(r.job.Batch, r.job.Item, kind, name)
}

// Known is the verdict on a case. What cannot be read is judged again: what was there first stands.
func (r *record) Known(name string) (judge.CaseResult, bool) {
	r.mu.Lock()
	ask := r.known
	r.mu.Unlock()
	if !ask {
		return judge.CaseResult{}, false
	}
	var v verdict
	found, err := r.worker.farm.read(r.ctx, r.key(keyCase, name), &v)
	if err == nil && !found && r.job.Known {
		found, err = r.worker.farm.read(r.ctx, r.key(keyKnown, name), &v)
	}
	if err != nil || !found || v.Case.Verdict == problem.JE {
		return judge.CaseResult{}, false
	}
	r.note(name, false)
	return v.Case, true
}

// note counts a case that has its verdict. It says whether that was the last of the job's share.
func (r *record) note(name string, judged bool) (enough bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.there[name] {
		r.there[name] = true
		r.open--
		if judged {
			r.left--
		}
	}
	return r.left <= 0 && r.open > 0
}

// Judged has a verdict written down. The error may be of an earlier one.
func (r *record) Judged(c judge.CaseResult) error {
	r.onWay <- struct{}{}
	if err := r.failed(); err != nil { // nothing is made of this one
		<-r.onWay
		return err
	}
	r.writes.Go(func() {
		defer func() { <-r.onWay }()
		if err := r.write(c); err != nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.err == nil {
				r.err = err
			}
		}
	})
	if r.note(c.Name, true) {
		return errPart
	}
	return r.failed()
}

// failed is the first error of writing so far.
func (r *record) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// settle waits until all verdicts are on the disk. The error is that one could not be written; nothing may rest on any then.
func (r *record) settle() error {
	r.writes.Wait()
	return r.failed()
}

// write writes down a verdict, unless another worker was faster: then that stands, and if it is
// another one, this one is written down beside it.
func (r *record) write(c judge.CaseResult) error {
	w := r.worker
	mine := verdict{Worker: w.id, Case: c, mark: w.mark()}
	before, err := w.farm.claim(r.ctx, r.key(keyCase, c.Name), mine)
	if err != nil || before == nil {
		return err
	}
	r.mu.Lock()
	r.behind, r.known = true, true
	r.mu.Unlock()
	var first verdict
	if err := readValue(r.key(keyCase, c.Name), before, &first); err != nil || !differ(first.Case, c) {
		return err
	}
	if first.Case.Verdict == problem.JE { // which is none: no result can be made of it, and the case would be judged again without end
		return fmt.Errorf("the verdict on the case %s that stands, of the worker %s, is judge's own error", c.Name, first.Worker)
	}
	w.warn("%s, case %s: %s came to %s, which stands, this worker to %s", r.job.id(), c.Name, first.Worker, first.Case.Verdict, c.Verdict)
	_, err = w.farm.claim(r.ctx, r.key(keyDiffers, c.Name), mine)
	return err
}

// overtaken says whether another worker was faster with a case.
func (r *record) overtaken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.behind
}

// has says whether a case has a verdict.
func (r *record) has(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.there[name]
}
