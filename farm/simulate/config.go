package simulate

import (
	"fmt"
	"time"
)

// A Config is a farm, and what it has to do.
type Config struct {
	Workers  int           `json:"workers"`
	Jobs     int           `json:"jobs"` // gradings at once on each worker
	Loads    []Load        `json:"loads"`
	Service  Service       `json:"-"`
	Overhead time.Duration `json:"overhead_ns"` // of a case, at the worker, beyond what Service says
	Part     int           `json:"part"`        // cases of a job at most; the rest of the submission is the next; 0: all
	Split    bool          `json:"split"`       // the parts of a submission are sent at once, and judged at the same time

	AckWait    time.Duration `json:"ack_wait_ns"` // after which a job is delivered anew that nothing was heard of
	Deliveries int           `json:"deliveries"`  // who gets it once more makes it a dead letter

	Loss   float64       `json:"losses_per_hour"` // of each worker
	Back   time.Duration `json:"back_ns"`         // after which a lost one is there again; below 0: never
	Poison float64       `json:"poison"`          // share of jobs that are the death of any worker that grades them

	Costs   Costs         `json:"message_costs_ns"`
	Latency time.Duration `json:"latency_ns"` // of a message on its way, one way
	Expiry  time.Duration `json:"expiry_ns"`  // after which a worker that got no job asks again; 0: never
	Report  time.Duration `json:"report_ns"`  // how often a worker says that it is there; 0: never

	Seed  uint64        `json:"seed"`
	Until time.Duration `json:"until_ns"` // when the simulation stops, if not all is done before; 0: after ten years
}

// A UsageError is something that cannot be simulated, with what to say instead.
type UsageError struct{ What, Hint string }

func (e *UsageError) Error() string { return e.What }

// mostSlots bounds memory: gradings at once, of all workers together.
const mostSlots = 10_000_000

// check finds what cannot be simulated.
func (c *Config) check() error {
	bad := func(hint, format string, args ...any) error {
		return &UsageError{What: fmt.Sprintf(format, args...), Hint: hint}
	}
	switch {
	case c.Workers < 1 || c.Jobs < 1 || c.Workers > mostSlots/c.Jobs:
		return bad(fmt.Sprintf("1 to %d together", mostSlots), "%d workers with %d jobs each", c.Workers, c.Jobs)
	case len(c.Loads) == 0:
		return bad("name one at least", "there is no load")
	case c.AckWait < time.Millisecond:
		return bad("a job that takes longer is said to be in progress every third of it: seconds", "ack-wait %v", c.AckWait)
	case c.Deliveries < 1:
		return bad("1 at least", "%d deliveries", c.Deliveries)
	case !(c.Loss >= 0 && c.Loss <= 3600):
		return bad("0 to 3600 an hour", "a worker dies %v times an hour", c.Loss)
	case !(c.Poison >= 0 && c.Poison <= 1):
		return bad("0 to 1", "a share of %v of jobs is poison", c.Poison)
	case c.Overhead < 0 || c.Latency < 0 || c.Expiry < 0 || c.Report < 0 || c.Until < 0 || c.Until > 10*longest || c.Part < 0:
		return bad("0 is none", "a time or a number is negative")
	}
	for k, cost := range c.Costs {
		if cost < 0 {
			return bad("0 is none", "a message %v costs the engine %v", Kind(k), cost)
		}
	}
	for i := range c.Loads {
		if err := c.Loads[i].check(); err != nil {
			return err
		}
		if _, ok := c.Service.(Measured); c.Loads[i].Kind == Replay && !ok {
			return bad("name a file of results", "what is to be replayed was not measured")
		}
	}
	if m, ok := c.Service.(Measured); ok && len(m) == 0 {
		return bad("a file of results that has one", "nothing was measured")
	}
	return nil
}

// longest is how long a load may last: times stay far from where they would overflow.
const longest = 366 * 24 * time.Hour

func (l *Load) check() error {
	bad := func(hint, format string, args ...any) error {
		return &UsageError{What: fmt.Sprintf("load %q: ", l.Name) + fmt.Sprintf(format, args...), Hint: hint}
	}
	timed := l.Kind == Steady || l.Kind == Contest
	switch {
	case l.Kind != Batch && l.Kind != Replay && !timed:
		return bad("steady, contest, batch or replay", "there is no kind %q", l.Kind)
	case !(l.Rate >= 0 && l.Rate <= 1e6):
		return bad("0 to a million a second", "rate %v a second", l.Rate)
	case l.Priority >= priorities:
		return bad("high, normal or low", "priority %d", l.Priority)
	case l.N < 0 || l.N > 100_000_000 || l.N == 0 && l.Kind == Batch:
		return bad("1 to 100 millions", "%d submissions", l.N)
	case l.At < 0 || l.At > longest || l.Window < AsFarm:
		return bad("0 at least, a year at most", "at %v, window %d", l.At, l.Window)
	case timed && (l.For <= 0 || l.For > longest):
		return bad("above 0, a year at most", "for %v", l.For)
	case l.Kind == Contest && (l.Last <= 0 || l.Last > l.For):
		return bad("above 0, at most as long as all of it", "last %v of %v", l.Last, l.For)
	}
	return nil
}
