package judge

import (
	"fmt"
	"math"
	"time"

	"judge/sandbox"
)

// Confidence says how far the times of a run can be trusted: what else went on on the
// machine may have added to them.
type Confidence string

const (
	High   Confidence = "high"   // nothing that was counted disturbed it
	Medium Confidence = "medium" // they may be too large by a few percent
	Low    Confidence = "low"    // they may be too large by a tenth or more
)

// worse is the lower of two.
func (c Confidence) worse(d Confidence) Confidence {
	rank := map[Confidence]int{High: 0, Medium: 1, Low: 2}
	if rank[d] > rank[c] {
		return d
	}
	return c
}

// A disturbance is one kind of what may add to the times of a run.
type disturbance struct {
	what        string        // for people, with the time for %v
	during      time.Duration // in which it went on
	of          time.Duration // of so long
	medium, low float64       // as a share, from which on it matters
	least       time.Duration // less than that is the counter's own fuzz
}

// confidence is that in a run with one disturbance.
func (d disturbance) confidence() Confidence {
	switch share := float64(d.during) / float64(max(d.of, 1)); {
	case d.during < d.least || share < d.medium:
		return High
	case share < d.low:
		return Medium
	}
	return Low
}

// ticks is what counters that go by ticks of 10 ms may be wrong by, at both ends of a
// window, and a little more.
const ticks = 30 * time.Millisecond

// faultCost is a generous guess at the processor time that a page costs which is read
// from a disk: the request, the interrupt, a file system's and perhaps a decompressor's
// work.
const faultCost = 100 * time.Microsecond

// migrationCost is a generous guess at the processor time that it takes to fill the caches
// of another core, perhaps on another socket, anew.
const migrationCost = time.Millisecond

// ConfidenceIn decides by what was counted during a run how far its times can be
// trusted, with the reasons against it. What nobody counted is no reason.
func ConfidenceIn(r *sandbox.Report) (Confidence, []string) {
	var list []disturbance
	add := func(on *int64, d disturbance) {
		if on != nil {
			d.during = time.Duration(*on)
			list = append(list, d)
		}
	}
	cpu, wall := time.Duration(r.CPUTime), time.Duration(r.WallTime)
	single := r.PidsPeak != nil && *r.PidsPeak == 1 // else its own tasks wait for one another
	if single {
		add(r.CPUPressure, disturbance{what: "waited %v for its core, of %v", of: wall, medium: 0.02, low: 0.1, least: time.Millisecond})
	}
	result, reasons := High, []string(nil)
	doubt := func(c Confidence, format string, args ...any) {
		if c != High {
			result, reasons = result.worse(c), append(reasons, fmt.Sprintf(format, args...))
		}
	}
	if n := r.Noise; n != nil {
		if n.Window != nil {
			window := time.Duration(*n.Window)
			add(n.Others, disturbance{what: "its core ran something else for %v of %v", of: window, medium: 0.1, low: 0.25, least: ticks})
			add(n.Sibling, disturbance{what: "the other thread of its core was busy for %v of %v", of: window, medium: 0.1, low: 0.5, least: ticks})
			add(n.Steal, disturbance{what: "the hypervisor took its core away for %v of %v", of: window, medium: 0.01, low: 0.05, least: ticks / 3})
			add(n.Throttled, disturbance{what: "a quota stopped judge and its runs for %v of %v", of: window, medium: 0.01, low: 0.1, least: time.Millisecond})
			// Also of tasks that have nothing to do with its core: a hint, and no more.
			add(n.Pressure, disturbance{what: "tasks of this host waited for a core for %v of %v", of: window, medium: 0.5, low: 2, least: ticks})
		}
		if n.MajorFaults != nil {
			cost := time.Duration(*n.MajorFaults) * faultCost
			doubt(disturbance{during: cost, of: cpu, medium: 0.02, low: 0.1, least: time.Millisecond}.confidence(),
				"waited %d times for something to be read from a disk", *n.MajorFaults)
		}
		if single && n.Switches != nil && *n.Switches >= 20 {
			const cost = 100 * time.Microsecond // of cold caches, afterwards
			doubt(disturbance{during: time.Duration(*n.Switches) * cost, of: cpu, medium: 0.01, low: 0.1}.confidence(),
				"lost its core %d times to others", *n.Switches)
		}
		switch moved := n.Migrations; {
		case n.Core != nil:
		case moved == nil:
			doubt(Medium, "was not held on one core, and may have moved")
		default:
			cost := time.Duration(*moved) * migrationCost
			doubt(disturbance{during: cost, of: cpu, medium: 0.01, low: math.Inf(1)}.confidence(), // for it is what there was at most
				"was not held on one core, and may have moved %d times", *moved)
		}
	}
	for _, d := range list {
		doubt(d.confidence(), d.what, d.during.Round(10*time.Microsecond), d.of.Round(10*time.Microsecond))
	}
	return result, reasons
}
