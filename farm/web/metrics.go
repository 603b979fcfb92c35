package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"judge/farm"
)

// counts are what Prometheus is told: what was judged since the site began, and what the farm says when it is asked.
// Labels are verdicts, statuses, priorities, states, and the names of workers, of which there are a bounded number.
type counts struct {
	site     *Site
	registry *prometheus.Registry

	cases, results, runs, faults *prometheus.CounterVec
	setup, cpu, wall             prometheus.Histogram
}

const (
	usersTime  = 5 * time.Second // after which is looked for new ones
	maxWorkers = 1000            // that are told of one by one; the others are left out
	otherLabel = "other"
)

func newCounts(s *Site) *counts {
	count := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "judge_" + name, Help: help}, []string{label})
	}
	times := func(name, help string, from float64, n int) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "judge_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(from, 2, n)})
	}
	c := &counts{site: s, registry: prometheus.NewRegistry(),
		cases:   count("cases_total", "Cases that were judged, by verdict.", "verdict"),
		results: count("submissions_total", "Submissions that have their result, by verdict.", "verdict"),
		runs:    count("runs_total", "Runs of submissions, by why they ended.", "status"),
		faults:  count("faults_total", "Deliveries of jobs that came to nothing, and cases on which two workers differed.", "kind"),
		setup:   times("run_setup_seconds", "What judge itself took before a program began.", 0.0005, 14),
		cpu:     times("run_cpu_seconds", "CPU time of runs.", 0.001, 18),
		wall:    times("run_wall_seconds", "Elapsed time of runs.", 0.001, 18)}
	c.registry.MustRegister(c.cases, c.results, c.runs, c.faults, c.setup, c.cpu, c.wall, (*asked)(c),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return c
}

func (c *counts) handler() http.Handler {
	return promhttp.HandlerFor(c.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 20 * time.Second})
}

// follow counts what is judged, until ctx is done.
func (c *counts) follow(ctx context.Context) {
	var following sync.WaitGroup
	defer following.Wait()
	known := map[string]bool{}
	since := time.Now()
	tick := time.NewTicker(usersTime)
	defer tick.Stop()
	for {
		users, err := c.site.Farm.Users(ctx)
		if err != nil && ctx.Err() == nil {
			c.site.warn("what is judged is not counted for a while: %v", err)
		}
		for _, u := range users {
			if !known[u.Name] {
				known[u.Name] = true
				following.Go(func() { c.followUser(ctx, u.Name, since) })
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// followUser is follow for one user's batches. What goes wrong is begun again where it was.
func (c *counts) followUser(ctx context.Context, user string, since time.Time) {
	at := farm.Trail{User: user, Since: since}
	for ctx.Err() == nil {
		err := c.site.Farm.Follow(ctx, at, func(e farm.Event) error {
			at.After = e.Seq
			c.add(e)
			return nil
		})
		if ctx.Err() == nil {
			c.site.warn("what is judged of %s is not counted for a while: %v", user, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(usersTime):
		}
	}
}

// add counts an event. What a worker wrote may be anything: a label is one of those that there are.
func (c *counts) add(e farm.Event) {
	switch e.Kind {
	case farm.EventCase:
		if e.Worker == "" { // known before
			return
		}
		c.cases.WithLabelValues(known(string(e.Case.Verdict), verdicts)).Inc()
		if r := e.Case.Report; r != nil && !e.Case.Cached {
			c.runs.WithLabelValues(known(string(r.Status), statuses)).Inc()
			c.setup.Observe(time.Duration(r.SetupTime).Seconds())
			c.cpu.Observe(time.Duration(r.CPUTime).Seconds())
			c.wall.Observe(time.Duration(r.WallTime).Seconds())
		}
	case farm.EventResult:
		c.results.WithLabelValues(known(string(e.Result.Verdict), verdicts)).Inc()
	case farm.EventFault, farm.EventDiffers:
		c.faults.WithLabelValues(e.Kind).Inc()
	}
}

func known(label string, of map[string]bool) string {
	if of[label] {
		return label
	}
	return otherLabel
}

func setOf(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, n := range names {
		set[n] = true
	}
	return set
}

var (
	verdicts = setOf("AC", "PAC", "WA", "TLE", "MLE", "OLE", "RTE", "CE", "JE")
	statuses = setOf("ok", "nonzero-exit", "signal", "cpu-time", "wall-time", "idle-time", "memory", "output", "syscall", "cancelled", "cannot-start", "error")
)

// asked is what the farm says when Prometheus asks.
type asked counts

var (
	queuedDesc  = prometheus.NewDesc("judge_queue_jobs", "Jobs that are not done, by priority.", []string{"priority"}, nil)
	batchesDesc = prometheus.NewDesc("judge_batches", "Batches, by state.", []string{"state"}, nil)
	jobsDesc    = prometheus.NewDesc("judge_worker_jobs", "Jobs that a worker judges at once.", []string{"worker"}, nil)
	runningDesc = prometheus.NewDesc("judge_worker_running", "Jobs that a worker judges now.", []string{"worker"}, nil)
	judgedDesc  = prometheus.NewDesc("judge_worker_judged_total", "Jobs that a worker came to an end with.", []string{"worker"}, nil)
	workersDesc = prometheus.NewDesc("judge_workers", "Workers that are there.", nil, nil)
	readersDesc = prometheus.NewDesc("judge_event_readers", "Who reads events.", nil, nil)
	upDesc      = prometheus.NewDesc("judge_farm_up", "1 if the farm answered.", nil, nil)
)

func (a *asked) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queuedDesc, batchesDesc, jobsDesc, runningDesc, judgedDesc, workersDesc, readersDesc, upDesc} {
		to <- d
	}
}

// Collect asks the farm. Where it does not answer, there is only that.
func (a *asked) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(readersDesc, float64(a.site.readers.count()))
	ctx, cancel := context.WithTimeout(a.site.ending, 10*time.Second)
	defer cancel()
	queued, err := a.site.Farm.Queued(ctx)
	var list []farm.Batch
	if err == nil {
		list, err = a.site.progress.batches(ctx)
	}
	var workers []farm.WorkerInfo
	if err == nil {
		workers, err = a.site.progress.workers(ctx)
	}
	if err != nil {
		gauge(upDesc, 0)
		return
	}
	gauge(upDesc, 1)
	for _, p := range farm.Priorities() { // a job's is a word that its user wrote
		gauge(queuedDesc, float64(queued[p]), string(p))
	}
	states := map[farm.State]int{farm.Sending: 0, farm.Sent: 0, farm.Done: 0, farm.Cancelled: 0}
	for _, b := range list {
		if _, there := states[b.State]; there {
			states[b.State]++
		}
	}
	for state, n := range states {
		gauge(batchesDesc, float64(n), string(state))
	}
	gauge(workersDesc, float64(len(workers)))
	seen := map[string]bool{}
	for _, w := range workers {
		if seen[w.ID] || len(seen) >= maxWorkers { // a second one of the name would spoil all
			continue
		}
		seen[w.ID] = true
		gauge(jobsDesc, float64(w.Jobs), w.ID)
		gauge(runningDesc, float64(w.Running), w.ID)
		to <- prometheus.MustNewConstMetric(judgedDesc, prometheus.CounterValue, float64(w.Judged), w.ID)
	}
}
