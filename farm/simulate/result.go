package simulate

import (
	"fmt"
	"time"
)

// Version of the form of a [Result]. Fields may be added without a new one.
const Version = 1

// A Result says what became of the submissions, and how busy everything was.
type Result struct {
	Version int           `json:"version"`
	Config  *Config       `json:"config"`
	Drawn   Drawn         `json:"service"`
	End     time.Duration `json:"end_ns"`       // of the simulation
	Span    time.Duration `json:"makespan_ns"`  // until the last submission had its result
	Counts  Counts        `json:"submissions"`  //
	Jobs    JobCounts     `json:"jobs"`         //
	Wait    Times         `json:"wait"`         // of a job: from its submission's arrival until grading begins
	Verdict Times         `json:"verdict"`      // of a submission: from its arrival until it has its result; without dead ones
	Loads   []LoadResult  `json:"loads"`        //
	Queue   QueueResult   `json:"queue"`        //
	Workers Use           `json:"workers"`      // of the slots of those that live
	Lost    int64         `json:"workers_lost"` //
	Engine  EngineResult  `json:"engine"`       //
	Limits  Limits        `json:"saturation"`   //
}

// Drawn is what the submissions took, on average, if nobody was in the way.
type Drawn struct {
	Compile time.Duration `json:"compile_ns"`
	Cases   float64       `json:"cases"`
	Case    time.Duration `json:"case_ns"`
}

// Counts are of submissions. Each that arrived is done, dead (a case of it was a dead
// letter, its verdict is JE), or open.
type Counts struct {
	Arrived int64 `json:"arrived"`
	Done    int64 `json:"done"`
	Dead    int64 `json:"dead"`
	Open    int64 `json:"open"` // at the end
}

// JobCounts are of jobs. Each that was made is done, dead, or open.
type JobCounts struct {
	Made        int64 `json:"made"`
	Done        int64 `json:"done"`
	Dead        int64 `json:"dead"`
	Open        int64 `json:"open"`
	Redelivered int64 `json:"redelivered"`
	CasesTwice  int64 `json:"cases_twice"` // verdicts that were there already when they came
}

// A LoadResult is what became of a load.
type LoadResult struct {
	Name    string        `json:"name"`
	Counts  Counts        `json:"submissions"`
	Wait    Times         `json:"wait"`
	Verdict Times         `json:"verdict"`
	Last    time.Duration `json:"last_result_ns"` // when its last submission had its result
}

// A QueueResult is how many jobs waited for a worker.
type QueueResult struct {
	Mean     float64       `json:"mean"`
	Most     int64         `json:"max"`
	When     time.Duration `json:"max_at_ns"`
	AtEnd    int64         `json:"at_last_arrival"`
	Width    time.Duration `json:"series_width_ns"`
	MostThen []int64       `json:"series_max"` // the most in each stretch of that width
}

// Use is which share of the time something was busy.
type Use struct {
	Mean float64 `json:"utilisation"`
	Peak float64 `json:"utilisation_peak"` // in the busiest stretch of the series' width
}

// An EngineResult is what the engine handled.
type EngineResult struct {
	Use
	Messages  map[Kind]Messages `json:"messages"`
	All       Messages          `json:"all_messages"`
	Longest   time.Duration     `json:"wait_max_ns"`
	Collapsed bool              `json:"collapsed"` // it came so far behind that nobody would wait for it: the simulation ended there
}

// Messages are how many there were.
type Messages struct {
	Count     int64         `json:"count"`
	PerSecond float64       `json:"per_second"`
	Most      int64         `json:"per_second_max"` // in one second
	Waited    time.Duration `json:"wait_mean_ns"`   // until it was handled
}

// Limits are how many submissions a second can be judged at most, if they are like these:
// by what grading one occupies of the workers that live, and of the engine. 0 is not
// known, for nothing was judged; and of an engine that costs nothing.
type Limits struct {
	Workers  float64 `json:"workers_per_second"`
	Engine   float64 `json:"engine_per_second"`
	Messages float64 `json:"messages_per_submission"` // but those of workers that have nothing to do
	By       string  `json:"by"`                      // "workers" or "engine": what is reached first; "" if it is not known
}

// Least is the one that is reached first.
func (l Limits) Least() float64 {
	if l.By == "engine" {
		return l.Engine
	}
	return l.Workers
}

func (s *simulation) result() *Result {
	for _, l := range []*level{&s.depth, &s.busy, &s.up} {
		l.settle(s.now)
	}
	if s.arriving > 0 { // it was stopped before
		s.atEnd = s.depth.value
	}
	s.jobs.Open = s.jobs.Made - s.jobs.Done - s.jobs.Dead
	r := &Result{Version: Version, Config: s.Config, Drawn: s.drawnMean(), End: s.now, Span: s.lastResult, Jobs: s.jobs, Wait: s.wait.times(),
		Verdict: s.verdict.times(), Loads: []LoadResult{}, Queue: s.queueResult(), Workers: s.use(), Lost: s.lostWorkers, Engine: s.engineResult(), Limits: s.limits()}
	for i := range s.loads {
		l := &s.loads[i]
		l.counts.Open = l.counts.Arrived - l.counts.Done - l.counts.Dead
		r.Loads = append(r.Loads, LoadResult{Name: l.Name, Counts: l.counts, Wait: l.wait.times(), Verdict: l.verdict.times(), Last: l.lastResult})
		r.Counts.add(l.counts)
	}
	return r
}

func (c *Counts) add(d Counts) {
	c.Arrived += d.Arrived
	c.Done += d.Done
	c.Dead += d.Dead
	c.Open += d.Open
}

func (s *simulation) drawnMean() Drawn {
	arrived := int64(0)
	for i := range s.loads {
		arrived += s.loads[i].counts.Arrived
	}
	d := Drawn{Cases: ratio(float64(s.drawn.n), float64(arrived))}
	d.Compile = seconds(ratio(s.drawn.compile.Seconds(), float64(arrived)))
	d.Case = seconds(ratio(s.drawn.cases.Seconds(), float64(s.drawn.n)))
	return d
}

func (s *simulation) queueResult() QueueResult {
	q := QueueResult{Mean: ratio(s.depth.area, s.now.Seconds()), Most: s.depth.most, When: s.depth.when, AtEnd: s.atEnd, Width: s.depth.width}
	q.MostThen = append([]int64{}, s.depth.series.most...)
	return q
}

func (s *simulation) use() Use {
	return Use{Mean: ratio(s.busy.area, s.up.area), Peak: s.busy.peak(s.now) / float64(len(s.slots))}
}

func (s *simulation) engineResult() EngineResult {
	e := &s.engine
	end := max(s.now, e.free) // what was sent at the end is handled after it
	total := end.Seconds()
	messages := func(r *rate, waited time.Duration) Messages {
		return Messages{Count: r.total, PerSecond: ratio(float64(r.total), total), Most: r.most, Waited: seconds(ratio(waited.Seconds(), float64(r.total)))}
	}
	r := EngineResult{Messages: map[Kind]Messages{}, Longest: e.longest, Collapsed: e.longest > patience}
	r.Mean, r.Peak = ratio(e.busy.Seconds(), total), e.load.peak(end)
	sum := time.Duration(0)
	for k := range e.rates {
		sum += e.waited[k]
		r.Messages[Kind(k)] = messages(&e.rates[k], e.waited[k])
	}
	r.All = messages(&e.all, sum)
	return r
}

func (s *simulation) limits() Limits {
	if s.settled == 0 {
		return Limits{}
	}
	n, end, e := float64(s.settled), s.now.Seconds(), &s.engine
	alive := ratio(s.up.area, end) // slots, on average
	// Pulls that wait for jobs would find some if there were more to do; what workers say of
	// themselves they say anyhow.
	costs := func(k Kind, n int64) float64 { return float64(n) * e.costs[k].Seconds() }
	anyhow := costs(Put, e.rates[Put].total)
	busy := e.busy.Seconds() - anyhow - costs(Pull, e.rates[Pull].total-s.pulls)
	l := Limits{Workers: ratio(n*alive, s.work.Seconds()), Engine: ratio(n*max(0, 1-ratio(anyhow, end)), busy)}
	l.Messages = float64(e.all.total-e.rates[Put].total-e.rates[Pull].total+s.pulls) / n
	l.By = "workers"
	if l.Engine > 0 && (l.Engine < l.Workers || l.Workers == 0) {
		l.By = "engine"
	}
	return l
}

// ratio is 0 of nothing.
func ratio(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return part / whole
}

// String is what is reached first, and where.
func (l Limits) String() string {
	switch {
	case l.By == "":
		return "unknown: nothing was judged"
	case l.Engine == 0:
		return fmt.Sprintf("%s submissions/s, by its workers", figure(l.Workers))
	case l.By == "engine":
		return fmt.Sprintf("%s submissions/s, by the engine (the workers: %s)", figure(l.Engine), figure(l.Workers))
	}
	return fmt.Sprintf("%s submissions/s, by the workers (the engine: %s)", figure(l.Workers), figure(l.Engine))
}
