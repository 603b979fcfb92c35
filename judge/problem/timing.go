package problem

import (
	"fmt"
	"math"
	"time"
)

// Bounds are the running times of a package's submissions that bound its time limit.
// Zero is none of the kind.
type Bounds struct {
	Slowest time.Duration // of those that must be fast enough
	Fastest time.Duration // of those that must be too slow
}

// Add takes in what one submission needed, by the case's name; cases that were not run
// are missing. It is for submissions whose expectation bounds the limit; others leave b
// as it is. The time of a submission that was stopped is at most what it would need; where it
// was stopped for having done nothing, or too little, that may be anything: open names
// those cases.
func (b *Bounds) Add(e *Expectation, times map[string]time.Duration, open map[string]bool) {
	if e == nil {
		return
	}
	for _, q := range e.Require {
		if !q.Lower && !q.Upper {
			continue
		}
		var slowest time.Duration
		known := true
		for name, d := range times {
			if q.Scope == "" || matchGlob(q.Scope, name) {
				slowest = max(slowest, d)
				known = known && !open[name]
			}
		}
		if slowest == 0 {
			continue
		}
		if q.Lower {
			b.Slowest = max(b.Slowest, slowest)
		}
		if q.Upper && known && (b.Fastest == 0 || slowest < b.Fastest) {
			b.Fastest = slowest
		}
	}
}

// TimeLimit is the time limit: the one given, or the one that follows from the bounds.
// Why is a sentence if a limit that is given does not keep a bound, or the one
// computed leaves a submission in doubt. The error is that no limit fits.
func (l Limits) TimeLimit(b Bounds) (limit time.Duration, why string, err error) {
	limit = l.Time
	if limit == 0 {
		if b.Slowest == 0 {
			return 0, "", fmt.Errorf("no time limit is given, and no accepted submission has run to compute one from")
		}
		res := float64(l.Timing.Resolution)
		steps := math.Ceil(float64(b.Slowest)*l.Timing.Lower/res - 1e-9)
		limit = time.Duration(max(1, steps) * res)
	}
	low := time.Duration(float64(b.Slowest) * l.Timing.Lower)
	high := time.Duration(float64(limit) * l.Timing.Upper)
	switch {
	case l.Time != 0 && low > limit:
		why = fmt.Sprintf("the time limit %v is below %v × %g, the slowest submission that must be fast enough", limit, b.Slowest, l.Timing.Lower)
	case b.Fastest != 0 && high > b.Fastest:
		why = fmt.Sprintf("the time limit %v × %g is above %v, the fastest submission that must be too slow", limit, l.Timing.Upper, b.Fastest)
		if l.Time == 0 && l.Timing.Strict {
			return 0, "", fmt.Errorf("no time limit fits: %s", why)
		}
	}
	return limit, why, nil
}
