package judge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"judge/judge/problem"
)

// A Note is about the package itself, found by running something.
type Note struct {
	Text  string
	Wrong bool // the package is not as it must be; otherwise its author should look
}

// Notes are what was found about the package so far.
func (d *Docket) Notes() []Note {
	d.notesMu.Lock()
	defer d.notesMu.Unlock()
	return append([]Note(nil), d.notes...)
}

func (d *Docket) note(wrong bool, format string, args ...any) {
	d.notesMu.Lock()
	defer d.notesMu.Unlock()
	d.notes = append(d.notes, Note{Text: fmt.Sprintf(format, args...), Wrong: wrong})
}

// VerifyAll judges every submission of the package and compares with what is expected
// of it; those of which nothing is expected are judged as well. What is wrong with
// the package's time limit or its inputs is in the notes. The error is that ctx is
// done.
func (d *Docket) VerifyAll(ctx context.Context) error {
	limit, err := d.TimeLimit(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return d.GradeAll(ctx, d.Submissions()) // each of them says what is wrong
	}
	if err := errors.Join(d.checkInputs(ctx), d.checkOutputs(ctx)); err != nil {
		return err
	}
	var mu sync.Mutex
	var bounds problem.Bounds
	err = d.each(ctx, d.Submissions(), func(s Submission) error {
		r, err := d.verify(ctx, s, limit)
		if err != nil {
			return err
		}
		mu.Lock()
		bounds.Add(s.Expect, r.times(), r.open())
		mu.Unlock()
		d.prove(s, r)
		d.engine.tell(Event{Submission: s.Name, Result: r})
		return nil
	})
	if err != nil || d.problem.Type.SubmitAnswer || d.fault != "" {
		return err
	}
	switch _, why, err := d.problem.Limits.TimeLimit(bounds); {
	case err != nil:
		d.note(true, "%v", err)
	case why != "":
		d.note(false, "%s", why)
	}
	return nil
}

// Submissions are those of the package.
func (d *Docket) Submissions() []Submission {
	var list []Submission
	for _, s := range d.problem.Submissions {
		list = append(list, OfPackage(s))
	}
	return list
}

// verify judges one submission. Again, with all cases, if what must happen could
// happen after the first failure; and again with more time, if it is too slow and the
// format lets those count that are fast enough with the safety margin.
func (d *Docket) verify(ctx context.Context, s Submission, limit time.Duration) (*Result, error) {
	margin := d.problem.Limits.Timing.Upper
	by := terms{limit: limit, kill: beyond(limit), all: d.engine.opts.AllCases, tell: d.engine.tell}
	if margin > 1 && boundsLimit(s.Expect, func(q problem.Requirement) bool { return q.Upper }) {
		by.kill = max(by.kill, time.Duration(float64(limit)*margin)) // to see by how much it is too slow
	}
	r, err := d.grade(ctx, s, by)
	if err != nil || s.Expect == nil || *r.Agrees {
		return r, err
	}
	if a := s.Expect.Agrees(d.outcomeOf(r, by.all)); a.Open && !by.all {
		by.all = true
		if r, err = d.grade(ctx, s, by); err != nil || *r.Agrees {
			return r, err
		}
	}
	if margin <= 1 || d.problem.Limits.Timing.Strict || !tooSlow(r) {
		return r, nil
	}
	by.limit = time.Duration(float64(limit) * margin)
	by.kill, by.tell = beyond(by.limit), func(Event) {}
	more, err := d.grade(ctx, s, by)
	if err != nil {
		return nil, err
	}
	if s.Expect.AgreesWithin(d.outcomeOf(r, by.all), d.outcomeOf(more, by.all)).Extra {
		yes := true
		r.Agrees, r.Disagree = &yes, ""
		d.note(false, "%s is as expected only with %v, the time limit × %g", s.Name, by.limit, margin)
	}
	return r, nil
}

func tooSlow(r *Result) bool {
	for _, c := range r.Cases {
		if c.Verdict == problem.TLE {
			return true
		}
	}
	return false
}
