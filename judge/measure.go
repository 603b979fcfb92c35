package judge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"judge/judge/problem"
	"judge/sandbox"
)

// A case is judged by one run, on a machine on which others are judged at the same
// time. Where its verdict rests on the clock, and the clock cannot be trusted that far,
// the submission is run on it again, alone on the machine: no run of any grader of this
// host goes on meanwhile ([sandbox.Admission]). What that costs falls on those cases alone.
//
// Of several measurements the one with the least processor time counts: whatever else
// goes on on a machine adds to the time of a program, and takes nothing away from it. So
// a case that was within its limit once stays so, and is not measured until it fails.
// No run is spent on warming up: the first run of a program, with cold caches, is one
// that may be too slow, and near the limit it never decides by itself.

// remeasurements is how often a case is measured again at most.
const remeasurements = 3

// remeasurementsInAll is how often that is done for one submission, so that none can
// keep others waiting for long by being near its limit on every case.
const remeasurementsInAll = 30

// near says how near to a limit a time has to be for its verdict to rest on the clock:
// a tenth, on either side.
const near = 10

// beyond is what a run may use before it is ended: far enough above the limit that
// what is ended there is not near.
func beyond(limit time.Duration) time.Duration { return limit + limit/near }

// clocks are the limits on times that a case is judged by; 0 is none.
type clocks struct{ cpu, wall time.Duration }

// An attempt is a case, judged by one run.
type attempt struct {
	result CaseResult
	alone  bool
	output string // digest of all that it wrote; "" if it did not end by itself
}

// A Measurement is what came of one run of a case.
type Measurement struct {
	Alone    bool            `json:"alone"` // on the machine
	Counts   bool            `json:"counts"`
	Verdict  problem.Verdict `json:"verdict"`
	CPUTime  time.Duration   `json:"cpu_time_ns"`
	WallTime time.Duration   `json:"wall_time_ns"`

	Confidence Confidence `json:"confidence"`
	Reasons    []string   `json:"reasons,omitempty"` // against it
}

// judgeCase judges a case, by as many runs as it takes. Whatever goes wrong on judge's
// side is the case's JE. The error is that ctx is done, or that nothing is started any
// more.
func (t *trial) judgeCase(ctx context.Context, c *problem.Case) (CaseResult, error) {
	limits := clocks{cpu: t.limit, wall: t.base.Limits.WallTime}
	first, err := t.attempt(ctx, c, false, limits)
	if err != nil {
		return CaseResult{}, err
	}
	tries := []attempt{first}
	for again(tries, limits, t.engine.admission.Quiet()) {
		if t.again.Add(1) > remeasurementsInAll {
			tries[0].result.Reasons = append(tries[0].result.Reasons, fmt.Sprintf("was not measured again: %d other measurements of the submission were", remeasurementsInAll))
			break
		}
		next, err := t.attempt(ctx, c, true, limits)
		if err != nil {
			return CaseResult{}, err
		}
		if next.result.Verdict == problem.JE { // what there is counts
			break
		}
		t.engine.admission.Heard(next.result.Confidence == Low)
		tries = append(tries, next)
	}
	return settle(tries), nil
}

// attempt judges a case by one run.
func (t *trial) attempt(ctx context.Context, c *problem.Case, alone bool, limits clocks) (attempt, error) {
	q := t.request()
	q.Alone = alone
	release, err := t.engine.admit(ctx, q)
	if errors.Is(err, errMachine) {
		return attempt{result: failedCase(c, err)}, nil
	}
	if err != nil {
		return attempt{}, err
	}
	release = sync.OnceFunc(release)
	defer release()
	dir, err := t.engine.desk()
	if err != nil {
		return attempt{result: failedCase(c, err)}, nil
	}
	a := attempt{alone: alone}
	a.result, err = t.caseIn(ctx, c, dir)
	if r := a.result.Report; err == nil && r != nil {
		a.result.Confidence, a.result.Reasons = ConfidenceIn(r)
		if a.result.output != "" && r.ExitCode != nil && (alone || again([]attempt{a}, limits, true)) {
			a.output, err = sumOf(a.result.output)
		}
	}
	release() // to clear up takes no room of the next one
	if err = errors.Join(err, t.engine.leave(dir)); err != nil && ctx.Err() == nil {
		return attempt{result: failedCase(c, err)}, nil
	}
	return a, ctx.Err()
}

func failedCase(c *problem.Case, err error) CaseResult {
	return CaseResult{Name: c.Name, Verdict: problem.JE, Reason: err.Error()}
}

// again decides whether a case is to be measured once more, alone. Where it is not quiet
// then either, only those are that are near their limit: by them a verdict may hang.
func again(tries []attempt, limits clocks, quiet bool) bool {
	first := tries[0].result
	if first.Report == nil || !restsOnClock(first) || len(tries) > remeasurements {
		return false
	}
	if len(tries) == 1 {
		return isNear(first.Report, limits) || quiet && first.Confidence == Low && mayMatter(first, limits)
	}
	for _, a := range tries {
		if a.result.Verdict != problem.TLE {
			return false // it was within the limit: nothing can take that away
		}
	}
	// All too slow. What was so by far, alone, or waited there for what did not come, is not so by chance.
	last := tries[len(tries)-1].result.Report
	return isNear(last, limits) && last.Status != sandbox.StatusWallTime
}

// restsOnClock says whether a verdict would be another one if the run had been slower,
// or faster. A wrong answer in time stays wrong; and who is ended as idle waited for
// nothing that the machine could have given.
func restsOnClock(c CaseResult) bool {
	switch c.Verdict {
	case problem.TLE:
		return c.Report.Status != sandbox.StatusIdleTime
	case problem.AC, problem.PAC:
		return true
	}
	return false
}

// isNear says whether a time is near to its limit.
func isNear(r *sandbox.Report, limits clocks) bool {
	around := func(used, limit time.Duration) bool {
		return limit > 0 && used >= limit-limit/near && used < beyond(limit)
	}
	return around(time.Duration(r.CPUTime), limits.cpu) || around(time.Duration(r.WallTime), limits.wall)
}

// mayMatter says whether a measurement that cannot be trusted is to be done again: if it
// made the verdict, if the verdict is not far from another one, or if a limit is to be
// made of it.
func mayMatter(c CaseResult, limits clocks) bool {
	return c.Verdict == problem.TLE || time.Duration(c.Report.CPUTime) > limits.cpu/2
}

// settle makes one result of all attempts. The first one that was within the limits says
// what became of the case; of those that agree with it the fastest counts.
func settle(tries []attempt) CaseResult {
	at := 0
	for i, a := range tries {
		if a.result.Verdict != problem.TLE {
			at = i
			break
		}
	}
	best := at
	for i, a := range tries {
		if a.agrees(tries[at]) && a.result.faster(tries[best].result) {
			best = i
		}
	}
	r := tries[best].result
	r.Measurements = len(tries)
	if len(tries) == 1 {
		return r
	}
	for i, a := range tries {
		m := Measurement{Alone: a.alone, Counts: i == best, Verdict: a.result.Verdict, Confidence: a.result.Confidence, Reasons: a.result.Reasons}
		if a.result.Report != nil {
			m.CPUTime, m.WallTime = time.Duration(a.result.Report.CPUTime), time.Duration(a.result.Report.WallTime)
		}
		r.Measured = append(r.Measured, m)
		r.Nondeterministic = r.Nondeterministic || a.contradicts(tries[at])
	}
	return r
}

func (c CaseResult) faster(d CaseResult) bool {
	return c.Report != nil && d.Report != nil && c.Report.CPUTime < d.Report.CPUTime
}

// agrees says whether two attempts came to the same.
func (a attempt) agrees(b attempt) bool {
	return a.result.Verdict == b.result.Verdict && a.output == b.output && scoreOrZero(a.result.Score) == scoreOrZero(b.result.Score)
}

// contradicts says whether two attempts differ in more than their times. What was ended
// by the clock has nothing to say.
func (a attempt) contradicts(b attempt) bool {
	if a.result.Verdict == problem.TLE || b.result.Verdict == problem.TLE {
		return a.output != "" && b.output != "" && a.output != b.output // it ended by itself, too late
	}
	return !a.agrees(b)
}
