package spread

import (
	"math"
	"slices"
	"time"
)

// Figures sum up times of the same program.
type Figures struct {
	Runs   int           `json:"runs"`
	Least  time.Duration `json:"least_ns"`
	Median time.Duration `json:"median_ns"`
	P95    time.Duration `json:"p95_ns"` // not more than one in twenty took longer
	Most   time.Duration `json:"most_ns"`
	Spread float64       `json:"spread_percent"` // from Least to P95, of Median
}

// figuresOf sums up times; there must be one at least.
func figuresOf(times []time.Duration) Figures {
	s := slices.Sorted(slices.Values(times))
	n := len(s)
	f := Figures{Runs: n, Least: s[0], Median: (s[(n-1)/2] + s[n/2]) / 2, P95: s[rank(n, 0.95)], Most: s[n-1]}
	f.Spread = percent(f.P95-f.Least, f.Median)
	return f
}

// rank is the place of a quantile among n sorted values, by the nearest rank.
func rank(n int, q float64) int { return max(0, int(math.Ceil(q*float64(n)))-1) }

func percent(part, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// noiseOf is by how many percent two times of a program may differ though nothing about
// it does: what nearly all runs take with all cores busy, against the fastest alone. Of
// several programs the largest. It is rounded up.
func noiseOf(rows []Row) float64 {
	least, slow := map[string]time.Duration{}, map[string]time.Duration{}
	for _, r := range rows {
		if have, known := least[r.Program]; !known || r.Least < have {
			least[r.Program] = r.Least
		}
		slow[r.Program] = max(slow[r.Program], r.P95)
	}
	noise := 0.0
	for program, l := range least {
		noise = max(noise, percent(slow[program]-l, l))
	}
	return math.Ceil(noise)
}

// slowdown is by how many percent longer a program takes with all cores busy than
// alone, by the medians; false if that was not measured.
func slowdown(rows []Row, program string) (float64, bool) {
	var alone, busy time.Duration
	for _, r := range rows {
		switch {
		case r.Program != program:
		case r.Busy == 1:
			alone = r.Median
		default:
			busy = r.Median
		}
	}
	return percent(busy-alone, alone), alone > 0 && busy > 0
}
