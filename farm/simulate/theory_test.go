package simulate

import (
	"math"
	"testing"
	"time"
)

// farmOf is a farm without anything that queueing theory leaves out: the engine takes
// no time, nobody dies, a submission is one case.
func farmOf(workers int, service Service, loads ...Load) Config {
	return Config{Workers: workers, Jobs: 1, Service: service, Loads: loads, AckWait: time.Minute, Deliveries: 3, Back: -1}
}

func steady(name string, p Priority, rate float64, d time.Duration) Load {
	return Load{Name: name, Kind: Steady, Priority: p, Rate: rate, For: d}
}

// repeat runs a farm with so many seeds and gives mean and standard error of a figure.
func repeat(t *testing.T, c Config, seeds int, figure func(*Result) float64) (mean, sem float64) {
	t.Helper()
	var list []float64
	for seed := range seeds {
		c.Seed = uint64(seed)
		list = append(list, figure(run1(t, c)))
	}
	return estimate(list)
}

func estimate(list []float64) (mean, sem float64) {
	sum, squares, n := 0.0, 0.0, float64(len(list))
	for _, x := range list {
		sum += x
	}
	mean = sum / n
	for _, x := range list {
		squares += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(squares / (n - 1) / n)
}

func run1(t testing.TB, c Config) *Result {
	t.Helper()
	r, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	conserved(t, r)
	return r
}

// conserved holds that nothing is lost and nothing made.
func conserved(t testing.TB, r *Result) {
	t.Helper()
	if c := r.Counts; c.Arrived != c.Done+c.Dead+c.Open || c.Open < 0 || c.Done != r.Verdict.Count {
		t.Errorf("submissions: %+v, %d verdicts", c, r.Verdict.Count)
	}
	if j := r.Jobs; j.Open < 0 || j.Open > 0 && r.Counts.Open == 0 {
		t.Errorf("jobs: %+v", j)
	}
}

// within fails unless theory is in the 99.9 % confidence interval of what was simulated, and
// that interval is narrow enough to tell something.
func within(t *testing.T, what string, mean, sem, theory float64) {
	t.Helper()
	const student = 3.883 // two-sided 99.9 %, 19 degrees of freedom
	t.Logf("%s: simulated %.5f ± %.5f, theory %.5f", what, mean, student*sem, theory)
	if student*sem > 0.09*theory {
		t.Errorf("%s: an interval of ± %.5f around %.5f tells nothing", what, student*sem, mean)
	}
	if math.Abs(mean-theory) > student*sem {
		t.Errorf("%s: %.5f ± %.5f, theory says %.5f", what, mean, student*sem, theory)
	}
}

const seeds = 20

// erlangC is the mean wait of M/M/c: with arrivals at rate, c servers and this mean
// service. Source: Kleinrock, Queueing Systems I, 3.5; the recursion is Erlang B's.
func erlangC(rate, service float64, c int) float64 {
	load := rate * service
	b := 1.0
	for k := 1; k <= c; k++ {
		b = load * b / (float64(k) + load*b)
	}
	rho := load / float64(c)
	waits := b / (1 - rho*(1-b))
	return waits * service / (float64(c) * (1 - rho))
}

func TestErlangC(t *testing.T) {
	if got := erlangC(0.5, 1, 1); math.Abs(got-1) > 1e-12 { // M/M/1: rho/(1-rho) of a service
		t.Errorf("c = 1: %v, want 1", got)
	}
	if got := erlangC(1, 1, 2); math.Abs(got-1.0/3) > 1e-12 { // a textbook's
		t.Errorf("c = 2: %v, want 1/3", got)
	}
}

func TestWaitOfMMc(t *testing.T) {
	for _, test := range []struct {
		workers int
		rate    float64 // with a service of one second
		hours   time.Duration
	}{
		{1, 0.7, 10},
		{10, 8, 2},
		{20, 17.5, 1},
	} {
		c := farmOf(test.workers, Distribution{Cases: 1, Case: Exponential(time.Second)}, steady("a", Normal, test.rate, test.hours*time.Hour))
		mean, sem := repeat(t, c, seeds, func(r *Result) float64 { return r.Wait.Mean.Seconds() })
		within(t, "wait of M/M/"+plural(int64(test.workers), "server"), mean, sem, erlangC(test.rate, 1, test.workers))
		if busy, _ := repeat(t, c, 2, func(r *Result) float64 { return r.Workers.Mean }); math.Abs(busy-test.rate/float64(test.workers)) > 0.02 {
			t.Errorf("%d workers are busy %.3f of the time, want %.3f", test.workers, busy, test.rate/float64(test.workers))
		}
	}
}

// Pollaczek and Khinchine, for service of one length: jobs wait for a worker, and messages
// for the engine, rho/(2(1-rho)) of it.
func TestWaitOfMD1(t *testing.T) {
	const rate = 0.8
	want := rate * 1 / (2 * (1 - rate)) // rho × service / (2(1-rho))
	c := farmOf(1, Distribution{Cases: 1, Case: Fixed(time.Second)}, steady("a", Normal, rate, 12*time.Hour))
	mean, sem := repeat(t, c, seeds, func(r *Result) float64 { return r.Wait.Mean.Seconds() })
	within(t, "wait of M/D/1", mean, sem, want)

	// Nothing but publishing takes the engine time: its messages come as submissions do.
	c = farmOf(100, Distribution{Cases: 1, Case: Fixed(time.Millisecond)}, steady("a", Normal, 800, 40*time.Second))
	c.Costs[Publish] = time.Millisecond
	mean, sem = repeat(t, c, seeds, func(r *Result) float64 {
		return r.Engine.Messages[Publish].Waited.Seconds()
	})
	within(t, "wait of a message at the engine", mean, sem, want/1000)
}

// Cobham: with two priorities, and service that is not broken off, the mean waits are
// R/(1-rho1) and R/((1-rho1)(1-rho)), R = rate × E[service²]/2.
func TestWaitOfPriorities(t *testing.T) {
	const high, low = 0.3, 0.5
	c := farmOf(1, Distribution{Cases: 1, Case: Exponential(time.Second)}, steady("high", High, high, 15*time.Hour), steady("low", Low, low, 15*time.Hour))
	r := (high + low) * 2 / 2
	var waits [2][]float64
	for seed := range seeds {
		c.Seed = uint64(seed)
		for i, l := range run1(t, c).Loads {
			waits[i] = append(waits[i], l.Wait.Mean.Seconds())
		}
	}
	mean, sem := estimate(waits[0])
	within(t, "wait of the high priority", mean, sem, r/(1-high))
	mean, sem = estimate(waits[1])
	within(t, "wait of the low priority", mean, sem, r/((1-high)*(1-high-low)))
}

// Little: the mean number of jobs in the queue is the rate at which they come, times the
// mean wait; exactly so, once all are done.
func TestLittle(t *testing.T) {
	c := farmOf(3, Distribution{Cases: 1, Case: Exponential(time.Second)}, steady("a", Normal, 2.5, time.Hour),
		Load{Name: "b", Kind: Contest, Priority: High, Rate: 0.1, N: 500, For: 50 * time.Minute, Last: 5 * time.Minute})
	r := run1(t, c)
	if r.Counts.Open != 0 {
		t.Fatalf("%+v", r.Counts)
	}
	length, want := r.Queue.Mean, float64(r.Jobs.Made)/r.End.Seconds()*r.Wait.Mean.Seconds()
	if math.Abs(length-want) > 1e-6*want {
		t.Errorf("%v jobs in the queue on average, rate × wait is %v", length, want)
	}
	if want < 1 {
		t.Errorf("a queue of %v tells nothing", want)
	}
}
