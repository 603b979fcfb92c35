package judge

import (
	"context"
	"errors"
	"sync"

	"judge/judge/problem"
)

// GradeAll judges submissions, as many side by side as there are jobs. Results come
// through [Options.Progress], in the order in which they are there. The error is that
// ctx is done.
func (d *Docket) GradeAll(ctx context.Context, list []Submission) error {
	if _, err := d.TimeLimit(ctx); ctx.Err() != nil {
		return err
	}
	return d.each(ctx, list, func(s Submission) error {
		_, err := d.Grade(ctx, s)
		return err
	})
}

// each does something for each submission, as many side by side as there are jobs.
func (d *Docket) each(ctx context.Context, list []Submission, do func(Submission) error) error {
	var active sync.WaitGroup
	width := make(chan struct{}, cap(d.engine.seats))
	errs := make([]error, len(list))
	for i, s := range list {
		width <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		active.Go(func() {
			defer func() { <-width }()
			errs[i] = do(s)
		})
	}
	active.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(errs...)
}

// compare holds a result against what is expected.
func (d *Docket) compare(s Submission, r *Result, all bool) problem.Agreement {
	if s.Expect == nil {
		return problem.Agreement{OK: true}
	}
	a := s.Expect.Agrees(d.outcomeOf(r, all))
	r.Expected, r.Agrees, r.Disagree = s.Expect.Final, &a.OK, a.Why
	if a.OK {
		r.Disagree = ""
	}
	return a
}

// outcomeOf is a result as an expectation looks at it.
func (d *Docket) outcomeOf(r *Result, all bool) problem.Outcome {
	o := problem.Outcome{Final: r.Verdict, Score: r.Score, Groups: map[string]problem.GroupOutcome{}, Complete: all || len(r.Cases) == len(d.problem.Cases)}
	for _, g := range r.Groups {
		o.Groups[g.Name] = problem.GroupOutcome{Verdict: g.Verdict, Score: g.Score}
	}
	for _, c := range r.Cases {
		one := problem.CaseOutcome{Name: c.Name, Verdict: c.Verdict}
		if c.Checker != nil {
			one.Message = c.Checker.Message
		}
		o.Cases = append(o.Cases, one)
	}
	return o
}
