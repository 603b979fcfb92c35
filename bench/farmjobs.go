package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"judge/farm"
	"judge/judge"
	"judge/judge/batch"
	"judge/judge/problem"
)

// farmAtOnce is how many messages, or submissions, are on their way at once, as of a batch.
const farmAtOnce = 128

// An emptyBench judges in no time: what is left is what the farm takes.
type emptyBench struct{}

// Jobs are as many as there can be: what is measured is the server, which has many workers, and not one of them.
func (emptyBench) Jobs() int { return farmAtOnce }
func (emptyBench) Halt()     {}

func (emptyBench) Facts(farm.Terms) ([]judge.Fact, error) { return judge.BasisOf(emptyOptions()) }

func (emptyBench) Prepare(_ context.Context, _ farm.Terms, p *problem.Problem) (farm.Docket, error) {
	return emptyDocket{p}, nil
}

func emptyOptions() judge.Options { return judge.Options{Version: "bench"} }

type emptyDocket struct{ p *problem.Problem }

func (emptyDocket) Close()                                           {}
func (emptyDocket) TimeLimit(context.Context) (time.Duration, error) { return time.Second, nil }
func (emptyDocket) AdoptTimeLimit(time.Duration)                     {}

func (d emptyDocket) Resume(_ context.Context, s judge.Submission, rec judge.Record) (*judge.Result, error) {
	r := &judge.Result{Version: judge.Version, Problem: d.p.Name, Submission: s.Name, Language: s.Language, Verdict: problem.AC, Groups: []judge.GroupResult{}, Cases: []judge.CaseResult{}}
	for _, c := range d.p.Cases {
		got, known := rec.Known(c.Name)
		if !known {
			got = judge.CaseResult{Name: c.Name, Verdict: problem.AC, Measurements: 1}
			if err := rec.Judged(got); err != nil {
				return nil, err
			}
		}
		got.Score = nil
		r.Cases = append(r.Cases, got)
	}
	return r, nil
}

// jobs measures what the server, and what the farm can do, with a worker of this process.
func (f *Farm) jobs(server *child, dir string, p plan) error {
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // unlike runs of processes this is this program's own time
	ctx, url := context.Background(), server.url
	if err := f.floor(ctx, url, p.farmJobs); err != nil {
		return err
	}
	there, leave, err := opened(ctx, url)
	if err != nil {
		return err
	}
	defer leave()
	mine, leaveWorker, err := opened(ctx, url)
	if err != nil {
		return err
	}
	defer leaveWorker()
	cache, err := farm.OpenCache(mine, filepath.Join(dir, "cache"), 0)
	if err != nil {
		return err
	}
	w := farm.NewWorker(mine, farm.WorkerOptions{Bench: emptyBench{}, Cache: cache, Dir: dir, Warn: func(text string) { fmt.Println("  worker:", text) }})
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	err = f.through(ctx, there, server.cmd.Process.Pid, dir, p)
	w.Halt()
	return errors.Join(err, <-ended)
}

// through sends jobs, and waits for their results.
func (f *Farm) through(ctx context.Context, there *farm.Farm, server int, dir string, p plan) (err error) {
	court, docket, files, err := f.prepare(ctx, there, dir, p.farmJobs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, court.Close(ctx)) }()
	item := 0
	var times []time.Duration
	for n := range min(p.farmJobs/4, 500) + 20 { // the first find nothing ready
		began := time.Now()
		if _, err := docket.Resume(ctx, item, files[item], nil); err != nil {
			return err
		}
		if item++; n >= 20 {
			times = append(times, time.Since(began))
		}
	}
	f.Jobs = p.farmJobs
	f.Added, f.Added95 = median(times), percentile(times, 95)
	all := func(which func(int) judge.Submission) (float64, error) {
		first := item
		item += p.farmJobs
		return perSecond(p.farmJobs, func(n int) error {
			_, err := docket.Resume(ctx, first+n, which(n), nil)
			return err
		})
	}
	if f.Fresh, err = all(func(n int) judge.Submission { return files[len(files)-1-n] }); err != nil {
		return err
	}
	theirs, mine := cpuTime(server), cpuTime(os.Getpid())
	if f.Throughput, err = all(func(int) judge.Submission { return files[0] }); err != nil {
		return err
	}
	f.ServerCPU, f.OtherCPU = (cpuTime(server)-theirs)/time.Duration(p.farmJobs), (cpuTime(os.Getpid())-mine)/time.Duration(p.farmJobs)
	fmt.Printf("  a job of one case that takes no time: the queue adds %s, p95 %s (bound: 5 ms)\n", milliseconds(f.Added), milliseconds(f.Added95))
	fmt.Printf("  processor time of one: the server's %s, the sender's and the worker's %s\n", milliseconds(f.ServerCPU), milliseconds(f.OtherCPU))
	fmt.Printf("  %d such jobs, %d on their way: %.0f a second (bound: 3000); %.0f where each is another submission, which is sent, too\n", f.Jobs, farmAtOnce, f.Throughput, f.Fresh)
	return nil
}

// prepare begins a batch of a problem with one case, and makes submissions.
func (f *Farm) prepare(ctx context.Context, there *farm.Farm, dir string, n int) (*farm.Court, batch.Docket, []judge.Submission, error) {
	pkg := filepath.Join(dir, "one")
	err := os.MkdirAll(filepath.Join(dir, "s"), 0o755)
	if err == nil {
		err = os.MkdirAll(pkg, 0o755)
	}
	for _, ext := range []string{"in", "ans"} {
		if err == nil {
			err = os.WriteFile(filepath.Join(pkg, "1."+ext), []byte("1\n"), 0o644)
		}
	}
	var files []judge.Submission
	for i := range 2*n + 1 {
		if err != nil {
			return nil, nil, nil, err
		}
		name := filepath.Join(dir, "s", fmt.Sprint(i, ".c"))
		if err = os.WriteFile(name, fmt.Appendf(nil, "int main(void) { return %d; }\n", i), 0o644); err == nil {
			var s judge.Submission
			s, err = judge.ReadSubmission(name)
			files = append(files, s)
		}
	}
	court, err := farm.NewCourt(ctx, there, farm.CourtOptions{User: "bench", Judging: emptyOptions()})
	if err != nil {
		return nil, nil, nil, err
	}
	one, err := problem.Load(pkg)
	if err != nil {
		return nil, nil, nil, err
	}
	docket, err := court.Prepare(ctx, one)
	return court, docket, files, err
}

// perSecond is how many of so many calls are done in a second, farmAtOnce at a time.
func perSecond(n int, do func(n int) error) (float64, error) {
	errs := make([]error, farmAtOnce)
	var all sync.WaitGroup
	began := time.Now()
	for w := range farmAtOnce {
		all.Go(func() {
			for i := w; i < n && errs[w] == nil; i += farmAtOnce {
				errs[w] = do(i)
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(began).Seconds(), errors.Join(errs...)
}
