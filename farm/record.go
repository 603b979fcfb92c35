package farm

import (
	"context"
	"fmt"
	"sync"

	"judge/judge"
	"judge/judge/problem"
)

// A record is the part of VERDICTS that belongs to one submission: what is known there is not
// judged, and what is judged is written there. It ends the job after so many cases.
type record struct {
	worker *Worker
	ctx    context.Context
	job    job

	mu     sync.Mutex
	known  bool            // there may be verdicts that this record did not write
	there  map[string]bool // cases that have a verdict
	left   int             // cases until the job ends
	open   int             // cases of the submission that have none
	behind bool            // another worker was faster with one
}

// errPart ends a job that has had its share.
var errPart = fmt.Errorf("the rest is another job: %w", judge.ErrHalted)

func (w *Worker) newRecord(ctx context.Context, j job, cases int, known bool) *record {
	return &record{worker: w, ctx: ctx, job: j, known: known, there: map[string]bool{}, left: w.farm.settings.Part, open: cases}
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

// Judged writes down a verdict, unless another worker was faster: then that stands, and if it is
// another one, this one is written down beside it.
func (r *record) Judged(c judge.CaseResult) error {
	w := r.worker
	mine := verdict{Worker: w.id, Case: c}
	before, err := w.farm.claim(r.ctx, r.key(keyCase, c.Name), mine)
	if err != nil {
		return err
	}
	if before != nil {
		r.mu.Lock()
		r.behind, r.known = true, true
		r.mu.Unlock()
		var first verdict
		if err := readValue(r.key(keyCase, c.Name), before, &first); err != nil {
			return err
		}
		if differ(first.Case, c) {
			w.warn("%s, case %s: %s came to %s, which stands, this worker to %s", r.job.id(), c.Name, first.Worker, first.Case.Verdict, c.Verdict)
			if _, err := w.farm.claim(r.ctx, r.key(keyDiffers, c.Name), mine); err != nil {
				return err
			}
		}
	}
	if r.note(c.Name, true) {
		return errPart
	}
	return nil
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
