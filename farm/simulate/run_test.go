package simulate

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func batchOf(name string, n, window int) Load {
	return Load{Name: name, Kind: Batch, Priority: Normal, N: n, Window: window}
}

func fixed(cases int, each time.Duration) Distribution {
	return Distribution{Cases: cases, Case: Fixed(each)}
}

func TestMakespan(t *testing.T) {
	s := time.Second
	measured := Measured{{Cases: []time.Duration{3 * s}}, {Compile: s, Cases: []time.Duration{s, s}}, {Cases: []time.Duration{2 * s}}, {Cases: []time.Duration{4 * s}}}
	replay := []Load{{Name: "r", Kind: Replay}}
	for _, test := range []struct {
		name   string
		change func(*Config)
		want   time.Duration
	}{
		{"one worker takes all in turn", func(c *Config) { c.Workers = 1 }, 12 * s},
		// 3, then 2 on one; 3, then 4 on the other.
		{"two take the next when they are free", func(*Config) {}, 7 * s},
		{"one worker with two jobs is as two workers", func(c *Config) { c.Workers, c.Jobs = 1, 2 }, 7 * s},
		{"more workers do not divide a submission", func(c *Config) { c.Workers = 9 }, 4 * s},
		{"overhead is of each case", func(c *Config) { c.Workers, c.Overhead = 1, s }, 17 * s},
		// 3, 4 on one; 1 and 1, 2, and the rest of the second, for which it has been compiled there, on the other.
		{"the rest of a submission is another job", func(c *Config) { c.Part = 1 }, 7 * s},
		{"a submission that is split is compiled by each", func(c *Config) { c.Workers, c.Part, c.Split = 5, 1, true }, 4 * s},
		{"a window of one is as one worker", func(c *Config) { c.Loads = []Load{{Name: "r", Kind: Replay, Window: 1}} }, 12 * s},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := farmOf(2, measured, replay...)
			test.change(&c)
			r := run1(t, c)
			if r.Span != test.want || r.Counts.Done != 4 {
				t.Errorf("makespan %v, want %v; %v", r.Span, test.want, r.Counts)
			}
		})
	}
}

// The messages of one submission of five cases in parts of two, and how long they take.
func TestMessages(t *testing.T) {
	c := farmOf(1, fixed(5, time.Second), batchOf("b", 1, 0))
	c.Part = 2
	c.Latency = time.Millisecond
	r := run1(t, c)
	want := map[Kind]int64{
		Publish: 3,
		Pull:    3*2 + 1,               // none of high priority, one of normal; and one that nobody waits for
		Read:    1 + (1 + 4) + (1 + 5), // whether there is a result, and the verdicts of all cases so far
		Create:  5 + 1,
		Ack:     3,
	}
	for kind, n := range want {
		if got := r.Engine.Messages[kind].Count; got != n {
			t.Errorf("%v: %d messages, want %d", kind, got, n)
		}
	}
	if r.Jobs.Made != 3 || r.Jobs.Done != 3 {
		t.Errorf("%+v", r.Jobs)
	}
}

func TestLongGradingIsKeptAlive(t *testing.T) {
	c := farmOf(1, fixed(1, 95*time.Second), batchOf("b", 1, 0))
	c.AckWait = 30 * time.Second
	r := run1(t, c)
	if n := r.Engine.Messages[Progress].Count; n != 9 || r.Jobs.Redelivered != 0 {
		t.Errorf("%d words of progress, want 9; %+v", n, r.Jobs)
	}
}

// Two batches share the workers by their windows, however many each has.
func TestShares(t *testing.T) {
	c := farmOf(8, fixed(1, time.Second), batchOf("small", 800, 16), batchOf("large", 2400, 48))
	r := run1(t, c)
	for _, l := range r.Loads { // 16:48 as 800:2400, so both end together
		if l.Last < 390*time.Second || l.Last > 400*time.Second {
			t.Errorf("%s ends after %v, want about 400s", l.Name, l.Last)
		}
	}
	c.Loads[1] = batchOf("large", 2400, 16) // one to one: small is done after 1600 of both
	if got := run1(t, c).Loads[0].Last; got < 190*time.Second || got > 210*time.Second {
		t.Errorf("small ends after %v, want about 200s", got)
	}
}

func TestHighOvertakesLow(t *testing.T) {
	low, high := batchOf("low", 1000, 0), batchOf("high", 10, 0)
	low.Priority, high.Priority, high.At = Low, High, 10*time.Second+time.Millisecond
	r := run1(t, farmOf(1, fixed(1, time.Second), low, high))
	if got := r.Loads[1].Last; got != 21*time.Second {
		t.Errorf("the last of high priority at %v, want 21s: after the one that ran", got)
	}
	if got := r.Loads[0].Last; got != 1010*time.Second {
		t.Errorf("the last of low priority at %v, want 1010s", got)
	}
}

// What kills each worker that takes it is a dead letter after three, and holds nobody up.
func TestPoison(t *testing.T) {
	c := farmOf(1, fixed(1, 2*time.Second), batchOf("b", 1, 0))
	c.Poison, c.AckWait, c.Back = 1, 30*time.Second, 5*time.Second
	r := run1(t, c)
	if r.Counts.Dead != 1 || r.Counts.Done != 0 || r.Jobs.Dead != 1 || r.Jobs.Redelivered != 3 || r.Lost != 3 {
		t.Errorf("%+v, %+v, %d workers lost", r.Counts, r.Jobs, r.Lost)
	}
	if r.Span != 90*time.Second { // each time the engine waits for AckWait; who has it the fourth time gives it up
		t.Errorf("given up after %v, want 1m30s", r.Span)
	}
	c.Workers, c.Poison, c.Loads = 20, 0.05, []Load{batchOf("b", 2000, 0)}
	r = run1(t, c)
	if r.Counts.Dead < 60 || r.Counts.Dead > 140 || r.Counts.Dead != r.Jobs.Dead || r.Lost != 3*r.Counts.Dead || r.Counts.Open != 0 {
		t.Errorf("of 2000, one in twenty poison: %+v, %d workers lost", r.Counts, r.Lost)
	}
}

func TestLostWorkers(t *testing.T) {
	c := farmOf(10, fixed(10, time.Second), batchOf("b", 500, 0))
	c.AckWait, c.Loss, c.Back, c.Deliveries = 30*time.Second, 20, time.Minute, 100
	c.Latency = time.Millisecond
	r := run1(t, c)
	if r.Counts.Done != 500 || r.Lost < 10 || r.Jobs.Redelivered < 10 || r.Jobs.Redelivered > r.Lost {
		t.Errorf("%+v, %+v, %d lost", r.Counts, r.Jobs, r.Lost)
	}
	if up := 1 / (1 + 20.0/60); r.Limits.Workers > 1.1*up || r.Limits.Workers < 0.8*up { // 1 a second, while they live
		t.Errorf("saturates at %v, want a little under %v", r.Limits.Workers, up)
	}
	c.Back, c.Loss = -1, 3600 // all are gone soon, for good
	if r = run1(t, c); r.Counts.Open == 0 || r.Lost != 10 || r.Counts.Open != 500-r.Counts.Done {
		t.Errorf("%+v, %d lost", r.Counts, r.Lost)
	}
	c.Report, c.Expiry = 10*time.Second, 5*time.Second
	if again := run1(t, c); again.Counts != r.Counts {
		t.Errorf("with chatter: %+v, without: %+v", again.Counts, r.Counts)
	}
}

// A word of progress that comes late, for the engine has much to store, has a job judged
// twice. Nothing is lost by it, and nothing is dead.
func TestLateProgress(t *testing.T) {
	late := batchOf("many", 1000, 0)
	late.At = 6 * time.Second
	c := farmOf(2, Measured{{Cases: []time.Duration{5 * time.Second, 5 * time.Second, 5 * time.Second}}}, batchOf("long", 1, 0), late)
	c.AckWait, c.Costs[Publish] = 3*time.Second, 10*time.Millisecond
	c.Workers = 2
	r := run1(t, c)
	if r.Jobs.Redelivered == 0 || r.Jobs.CasesTwice == 0 || r.Counts.Done != 1001 || r.Jobs.Dead != 0 {
		t.Errorf("%+v, %+v", r.Counts, r.Jobs)
	}
}

// An engine that cannot even keep up with words of progress is never done: that is said.
func TestCollapse(t *testing.T) {
	c := farmOf(500, fixed(4, 500*time.Millisecond), batchOf("b", 2000, 0))
	c.AckWait = 3 * time.Second
	for k := range c.Costs {
		c.Costs[k] = 10 * time.Millisecond
	}
	r := run1(t, c)
	if !r.Engine.Collapsed || r.Counts.Open == 0 || r.Engine.Longest < patience {
		t.Errorf("%+v, %+v", r.Counts, r.Engine)
	}
	if r.Limits.By != "engine" && r.Limits.By != "" || r.Engine.Mean < 0.95 {
		t.Errorf("%v; the engine is busy %v of the time", r.Limits, r.Engine.Mean)
	}
}

// What is said of saturation comes true: so many are judged when there is always more.
func TestSaturation(t *testing.T) {
	base := farmOf(20, Distribution{Compile: time.Second, Cases: 10, Case: Exponential(100 * time.Millisecond)})
	base.AckWait, base.Part, base.Latency = 30*time.Second, 64, 250*time.Microsecond
	base.Report, base.Expiry = 10*time.Second, 5*time.Second
	for name, cost := range map[string]time.Duration{"workers": 100 * time.Microsecond, "engine": 8 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			c := base
			for k := range c.Costs {
				c.Costs[k] = cost
			}
			c.Loads = []Load{steady("few", Normal, 1, 10*time.Minute)}
			said := run1(t, c).Limits
			c.Loads = []Load{batchOf("many", 4000, 200)}
			r := run1(t, c)
			did := float64(r.Counts.Done) / r.Span.Seconds()
			if said.By != name || did < 0.95*said.Least() || did > 1.05*said.Least() {
				t.Errorf("it is said to saturate at %v; it did %.2f a second", said, did)
			}
		})
	}
}

// As many pulls and reports as farm's workers make that have nothing to do.
func TestChatter(t *testing.T) {
	for _, workers := range []int{1, 40, 3000} {
		c := farmOf(workers, fixed(1, time.Second), Load{Name: "one", Kind: Batch, N: 1, At: 1000 * time.Second})
		c.Jobs, c.Expiry, c.Report = 2, 5*time.Second, 10*time.Second
		r := run1(t, c)
		pulls, puts := float64(r.Engine.Messages[Pull].Count)/float64(workers), float64(r.Engine.Messages[Put].Count)/float64(workers)
		if pulls < 600 || pulls > 620 || puts < 99 || puts > 101 {
			t.Errorf("%d workers: %.1f pulls, %.1f reports each in 1000s, want 606 and 100", workers, pulls, puts)
		}
	}
}

func TestSameSeedSameResult(t *testing.T) {
	c := farmOf(7, Distribution{Compile: time.Second, Cases: 5, Case: Lognormal(50*time.Millisecond, 1)}, steady("s", Normal, 2, 5*time.Minute),
		Load{Name: "c", Kind: Contest, Priority: High, Rate: 0.5, N: 200, For: 10 * time.Minute, Last: time.Minute})
	c.Loss, c.Back, c.Poison, c.Latency, c.Part = 5, time.Minute, 0.01, time.Millisecond, 2
	c.Report, c.Expiry, c.Costs = 10*time.Second, 5*time.Second, Costs{Publish: time.Millisecond, Pull: time.Millisecond, Create: 2 * time.Millisecond}
	text := func() string {
		text, err := json.Marshal(run1(t, c))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	one := text()
	if text() != one {
		t.Error("two runs with one seed differ")
	}
	c.Seed++
	if text() == one {
		t.Error("another seed changes nothing")
	}
}

// Other workers leave the submissions as they are.
func TestSameArrivals(t *testing.T) {
	c := farmOf(1, Distribution{Cases: 1, Case: Exponential(time.Second)}, steady("s", Normal, 0.5, time.Hour))
	few := run1(t, c)
	c.Workers = 100
	many := run1(t, c)
	if few.Drawn != many.Drawn || few.Counts.Arrived != many.Counts.Arrived || few.Wait == many.Wait {
		t.Errorf("%+v, %+v; %+v, %+v", few.Drawn, many.Drawn, few.Wait, many.Wait)
	}
}

func TestUntil(t *testing.T) {
	c := farmOf(1, fixed(1, time.Second), batchOf("b", 10, 0))
	c.Until = 3500 * time.Millisecond
	r := run1(t, c)
	if r.Counts.Done != 3 || r.Counts.Open != 7 || r.End != c.Until || r.Jobs.Open != 7 {
		t.Errorf("%+v, %+v, end %v", r.Counts, r.Jobs, r.End)
	}
}

func TestRefusals(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"no worker":           func(c *Config) { c.Workers = 0 },
		"too many":            func(c *Config) { c.Workers, c.Jobs = 1<<40, 1<<40 },
		"no load":             func(c *Config) { c.Loads = nil },
		"no kind":             func(c *Config) { c.Loads[0].Kind = "x" },
		"no AckWait":          func(c *Config) { c.AckWait = 0 },
		"a burst beyond it":   func(c *Config) { c.Loads = []Load{{Kind: Contest, N: 1, For: time.Minute, Last: time.Hour}} },
		"nothing measured":    func(c *Config) { c.Service = Measured{} },
		"replay of a formula": func(c *Config) { c.Loads[0].Kind = Replay },
		"poison":              func(c *Config) { c.Poison = 1.5 },
		"negative cost":       func(c *Config) { c.Costs[Ack] = -1 },
	} {
		c := farmOf(1, fixed(1, time.Second), batchOf("b", 1, 0))
		spoil(&c)
		var usage *UsageError
		if _, err := Run(c); !errors.As(err, &usage) || usage.Hint == "" {
			t.Errorf("%s: %v, want a UsageError with a hint", name, err)
		}
	}
}

// A contest of 100,000 on 10,000 workers: go test -bench Contest -benchmem.
func BenchmarkContest(b *testing.B) {
	c := farmOf(10000, Distribution{Compile: time.Second, Cases: 20, Case: Lognormal(50*time.Millisecond, 1)},
		Load{Name: "c", Kind: Contest, Priority: Normal, N: 100000, For: time.Hour, Last: 10 * time.Minute})
	c.AckWait, c.Part, c.Latency = 30*time.Second, 64, 250*time.Microsecond
	c.Report, c.Expiry = 10*time.Second, 5*time.Second
	for k := range c.Costs {
		c.Costs[k] = 50 * time.Microsecond
	}
	for b.Loop() {
		r := run1(b, c)
		b.ReportMetric(float64(r.Engine.All.Count), "messages/op")
	}
}
