package judge

import (
	"context"
	"fmt"
	"time"

	"judge/judge/problem"
	"judge/sandbox"
)

// measureKill ends a submission of the package that is run to find the time limit.
const measureKill = 60 * time.Second

// TimeLimit is the problem's: the package's own, or the one that follows from the
// processor times of those of its submissions that must be fast enough. Those are run
// once, when it is first asked for. The error is that there is none, by a fault of the
// package's or of judge, or that ctx is done.
func (d *Docket) TimeLimit(ctx context.Context) (time.Duration, error) {
	d.measuring.Lock()
	defer d.measuring.Unlock()
	if d.found > 0 || d.fault != "" || d.problem.Type.SubmitAnswer {
		return d.found, nil
	}
	if d.noLimit != nil {
		return 0, d.noLimit
	}
	var bounds problem.Bounds
	for _, s := range d.problem.Submissions {
		if !boundsLimit(s.Expect, func(q problem.Requirement) bool { return q.Lower }) {
			continue
		}
		r, err := d.grade(ctx, OfPackage(s), terms{kill: measureKill, all: true, tell: func(Event) {}})
		if err != nil {
			return 0, err
		}
		if r.Verdict == problem.CE || r.Verdict == problem.JE {
			d.note(false, "%s, which the time limit is computed from, is %s: %s", s.Name, r.Verdict, r.Reason)
		}
		bounds.Add(s.Expect, r.times(), r.open())
	}
	limit, _, err := d.problem.Limits.TimeLimit(bounds)
	if err != nil {
		d.noLimit = fmt.Errorf("the problem's time limit: %w", err)
		return 0, d.noLimit
	}
	d.found = limit
	return limit, nil
}

// AdoptTimeLimit is for who grades one batch by several dockets of a problem, on several machines: the
// limit that another one found is the problem's, too. It has no effect where one is known.
func (d *Docket) AdoptTimeLimit(limit time.Duration) {
	d.measuring.Lock()
	defer d.measuring.Unlock()
	if d.found == 0 {
		d.found = limit
	}
}

// boundsLimit says whether a submission is one of those that bound the time limit.
func boundsLimit(e *problem.Expectation, how func(problem.Requirement) bool) bool {
	if e == nil {
		return false
	}
	for _, q := range e.Require {
		if how(q) {
			return true
		}
	}
	return false
}

// times are the processor times of a result's cases.
func (r *Result) times() map[string]time.Duration {
	times := map[string]time.Duration{}
	for _, c := range r.Cases {
		if c.Report != nil {
			times[c.Name] = time.Duration(c.Report.CPUTime)
		}
	}
	return times
}

// open are the cases whose runs were ended by another clock than that of processor time: what
// they would have used is not known.
func (r *Result) open() map[string]bool {
	open := map[string]bool{}
	for _, c := range r.Cases {
		open[c.Name] = c.Report != nil && (c.Report.Status == sandbox.StatusWallTime || c.Report.Status == sandbox.StatusIdleTime)
	}
	return open
}
