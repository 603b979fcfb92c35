package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// A Load is submissions that come in one manner, with one priority: a
// batch, or a contest.
type Load struct {
	Name     string        `json:"name"`
	Kind     LoadKind      `json:"kind"`
	Priority Priority      `json:"priority"`
	Rate     float64       `json:"rate_per_second"`       // of Steady; of Contest, before its end
	N        int           `json:"submissions,omitempty"` // of Batch; of Contest, in its last minutes; of Replay, 0
	For      time.Duration `json:"for_ns,omitempty"`      // how long Steady and Contest last
	Last     time.Duration `json:"last_ns,omitempty"`     // those last minutes of Contest
	At       time.Duration `json:"at_ns"`                 // when it begins
	Window   int           `json:"window,omitempty"`      // submissions on their way at once, the rest waits at the submitter; 0: no bound; AsFarm
}

// AsFarm is a window as farm's submitter has one: of four times as many submissions as workers judge at once.
const AsFarm = -1

// windowFor is that window; its bounds are farm's.
func windowFor(hands int) int { return max(128, min(4*hands, 20_000)) }

// A LoadKind is the manner in which submissions come.
type LoadKind string

// Steady and the first part of Contest are Poisson processes.
const (
	Steady  LoadKind = "steady"  // at Rate
	Contest LoadKind = "contest" // at Rate, then N at any time of the last minutes, each independently
	Batch   LoadKind = "batch"   // N at once
	Replay  LoadKind = "replay"  // the measured submissions, each once, in order, at once
)

// arrivals gives the times of a load's submissions, in order, until it says false.
func (l *Load) arrivals(r *rand.Rand, measured int) func() (time.Duration, bool) {
	switch l.Kind {
	case Batch:
		return atOnce(l.At, l.N)
	case Replay:
		return atOnce(l.At, measured)
	case Contest:
		burst := l.At + l.For - l.Last
		return inTurn(poisson(r, l.Rate, l.At, burst), uniform(r, l.N, burst, l.At+l.For))
	default:
		return poisson(r, l.Rate, l.At, l.At+l.For)
	}
}

func atOnce(at time.Duration, n int) func() (time.Duration, bool) {
	return func() (time.Duration, bool) {
		n--
		return at, n >= 0
	}
}

// poisson has independent, exponential times between two arrivals.
func poisson(r *rand.Rand, rate float64, from, to time.Duration) func() (time.Duration, bool) {
	return func() (time.Duration, bool) {
		if rate <= 0 {
			return 0, false
		}
		gap := r.ExpFloat64() / rate
		if gap >= (to - from).Seconds() { // also what would overflow
			from = to
			return 0, false
		}
		from += seconds(gap)
		return from, true
	}
}

// uniform has n independent times from one to another, in order: of k that are left the
// first is where the k-th root of a uniform number says.
func uniform(r *rand.Rand, n int, from, to time.Duration) func() (time.Duration, bool) {
	return func() (time.Duration, bool) {
		if n == 0 {
			return 0, false
		}
		from += time.Duration(float64(to-from) * (1 - math.Pow(1-r.Float64(), 1/float64(n))))
		n--
		return from, true
	}
}

// inTurn goes on with the next where one has ended.
func inTurn(parts ...func() (time.Duration, bool)) func() (time.Duration, bool) {
	return func() (time.Duration, bool) {
		for len(parts) > 0 {
			if at, ok := parts[0](); ok {
				return at, true
			}
			parts = parts[1:]
		}
		return 0, false
	}
}
