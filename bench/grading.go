package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"judge/judge"
	htmlreport "judge/judge/report"
)

// Grading is how fast a batch is graded, beside the floor with the same program on the
// same two cores: whole processes, judge's start and end included.
type Grading struct {
	Runs     int       `json:"runs"`
	Floor    float64   `json:"floor_runs_per_s"` // medians
	Judge    float64   `json:"judge_runs_per_s"`
	Ratio    float64   `json:"ratio"`               // of judge to the floor, median over rounds
	FloorCPU float64   `json:"floor_cpu_s_per_run"` // processor time, of all processes: other work on the machine hardly changes it
	JudgeCPU float64   `json:"judge_cpu_s_per_run"`
	HTML     float64   `json:"html_share"` // of the time of a batch, what making the page takes
	Start    *Start    `json:"start"`
	HeapRuns []HeapRun `json:"heap"`
	Long     *Long     `json:"long,omitempty"`
}

const casesEach = 100

// gradings measures grading.
func (j judgeRun) gradings(results *Results, p plan) *Grading {
	g, err := j.measureGradings(p)
	if err != nil {
		results.Failed = append(results.Failed, "grading: "+err.Error())
	}
	return g
}

func (j judgeRun) measureGradings(p plan) (*Grading, error) {
	defer keepCores()()
	g := &Grading{Runs: p.graded}
	dir := filepath.Join(j.kit.dir, "grading")
	if err := j.writeBatch(dir, p.graded/casesEach, casesEach); err != nil {
		return nil, err
	}
	if _, err := j.grade(dir); err != nil { // it compiles
		return nil, err
	}
	if err := j.rounds(g, dir, p); err != nil {
		return nil, err
	}
	var err error
	if g.Start, err = j.startOfBatch(p.submissions); err != nil {
		return g, err
	}
	fmt.Printf("a batch of %d submissions, %d cases: first result after %.0f ms (bound: 1 s); judge has %d MiB then, %d MiB at most in the next seconds (bound: 100 MiB)\n",
		g.Start.Submissions, g.Start.Cases, float64(g.Start.First)/1e6, g.Start.Memory>>20, g.Start.Most>>20)
	if g.HeapRuns, err = j.heaps(p.heaps, p.backToBack); err != nil {
		return g, err
	}
	if p.long > 0 {
		if g.Long, err = j.longBatch(p.long); err != nil {
			return g, err
		}
		fmt.Printf("a batch of %d runs: the first tenth took %.1f s, the last %.1f s; ratio %.3f (bound: 1.05)\n", g.Long.Runs, g.Long.First.Seconds(), g.Long.Last.Seconds(), g.Long.Ratio)
	}
	return g, nil
}

// rounds grades a batch again and again, each time after the floor.
func (j judgeRun) rounds(g *Grading, dir string, p plan) error {
	var floors, judges, ratios, pages, floorCPU, judgeCPU []float64
	for range p.gradedRounds {
		used := childrenTime()
		floor, err := j.floorRuns(p.graded)
		if err != nil {
			return err
		}
		floorCPU, used = append(floorCPU, (childrenTime()-used).Seconds()/float64(p.graded)), childrenTime()
		took, err := j.grade(dir)
		if err != nil {
			return err
		}
		judgeCPU = append(judgeCPU, (childrenTime()-used).Seconds()/float64(p.graded))
		page, err := pageTime(filepath.Join(dir, "results"))
		if err != nil {
			return err
		}
		floors, judges = append(floors, float64(p.graded)/floor.Seconds()), append(judges, float64(p.graded)/took.Seconds())
		ratios, pages = append(ratios, floor.Seconds()/took.Seconds()), append(pages, page.Seconds()/took.Seconds())
	}
	g.FloorCPU, g.JudgeCPU = median(floorCPU), median(judgeCPU)
	g.Floor, g.Judge, g.Ratio, g.HTML = median(floors), median(judges), median(ratios), median(pages)
	fmt.Printf("\n%d runs of a program of 1 ms on two cores: judge grade %.0f a second, floor %.0f; ratio %.2f (bound: 0.90 and more); making the HTML page takes %.2f %% of that time (bound: 2 %%)\n"+
		"processor time a run, of all processes: judge %.2f ms, floor %.2f ms; floor / judge %.2f\n",
		g.Runs, g.Judge, g.Floor, g.Ratio, 100*g.HTML, 1e3*g.JudgeCPU, 1e3*g.FloorCPU, g.FloorCPU/g.JudgeCPU)
	return nil
}

// childrenTime is the processor time of all that was started and has ended.
func childrenTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &u); err != nil {
		panic(err) // getrusage(2): only for arguments that are none
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// keepCores bounds this thread, and what it starts, to two cores, until the function is called.
func keepCores() func() {
	var all, two unix.CPUSet
	if unix.SchedGetaffinity(0, &all) != nil {
		return func() {}
	}
	for cpu, n := 0, 0; cpu < len(all)*64 && n < 2; cpu++ {
		if all.IsSet(cpu) {
			two.Set(cpu)
			n++
		}
	}
	if unix.SchedSetaffinity(0, &two) != nil {
		return func() {}
	}
	return func() { _ = unix.SchedSetaffinity(0, &all) } // it was that before
}

// writeBatch makes a problem, and a manifest of many submissions, all of them the same file.
func (j judgeRun) writeBatch(dir string, submissions, cases int) error {
	for _, sub := range []string{"problem", "s"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for i := range cases {
		for _, ext := range []string{"in", "ans"} {
			if err := os.WriteFile(filepath.Join(dir, "problem", fmt.Sprintf("%03d.%s", i, ext)), []byte("1\n"), 0o644); err != nil {
				return err
			}
		}
	}
	source, err := os.ReadFile("bench/payload/milli.c")
	if err != nil {
		return err
	}
	first := filepath.Join(dir, "milli.c")
	if err := os.WriteFile(first, source, 0o644); err != nil {
		return err
	}
	var list bytes.Buffer
	for i := range submissions {
		name := fmt.Sprintf("s/%05d.c", i)
		if err := os.Link(first, filepath.Join(dir, name)); err != nil {
			return err
		}
		fmt.Fprintf(&list, "{\"problem\":\"problem\",\"submission\":%q}\n", name)
	}
	return os.WriteFile(filepath.Join(dir, "manifest.jsonl"), list.Bytes(), 0o644)
}

// command is judge grade on a batch.
func (j judgeRun) command(dir string) []string {
	return []string{j.judge, "grade", "-q", "--fresh", "--jobs", "2", "--format", "jsonl", "--manifest", filepath.Join(dir, "manifest.jsonl")}
}

// grade grades a batch, and says how long that took. Its results are in DIR/results.
func (j judgeRun) grade(dir string) (time.Duration, error) {
	out, err := os.Create(filepath.Join(dir, "results"))
	if err != nil {
		return 0, err
	}
	defer out.Close()
	took, status, err := timed(j.command(dir), out, nil)
	if err == nil && status != 0 {
		err = fmt.Errorf("judge grade: wait status %#x", int(status))
	}
	return took, err
}

// floorRuns makes so many runs of the floor, two at a time.
func (j judgeRun) floorRuns(n int) (time.Duration, error) {
	argv := []string{j.kit.floor, j.kit.rootfs, "/milli"}
	errs := make([]error, 2)
	var both sync.WaitGroup
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	start := time.Now()
	for w := range errs {
		both.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			defer keepCores()()
			for range n / 2 {
				_, status, err := timed(argv, null, nil)
				if err == nil && status != 0 {
					err = fmt.Errorf("floor: wait status %#x", int(status))
				}
				if err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	both.Wait()
	took := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return took, nil
}

// pageTime is the processor time that making a page of results takes.
func pageTime(file string) (time.Duration, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	var list []*judge.Result
	for line := range bytes.Lines(data) {
		r := &judge.Result{}
		if err := json.Unmarshal(line, r); err != nil {
			return 0, err
		}
		list = append(list, r)
	}
	start := threadTime()
	page := htmlreport.NewHTML(io.Discard, time.Now())
	for _, r := range list {
		if err := page.Add(r); err != nil {
			return 0, err
		}
	}
	if err := page.Close(); err != nil {
		return 0, err
	}
	return threadTime() - start, nil
}
