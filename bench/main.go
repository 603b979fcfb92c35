// Command bench measures judge beside its floor and beside other runners: the
// same payload, in the same run, turn by turn. It prints figures and decides
// nothing.
//
//	bench [-quick] [-long] [-only grading|networks|farm] [-json FILE] [-judge bin/judge]
//
// The floor is a C program (bench/floor) that makes only the system calls which
// the isolation itself needs. Compare ratios: milliseconds are the machine's.
// A runner that cannot work here is listed with its error.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// A plan says how often each thing is measured.
type plan struct {
	backToBack, withGaps  int // runs of each runner
	limits, accuracy      int // runs under each limit; of half a second of work
	alive                 int // runs held alive at once
	importBytes           int64
	importRounds          int
	graded, gradedRounds  int     // runs in a batch; batches
	submissions           int     // in a batch of which the start is measured
	heaps                 []int64 // bytes, of a process that lives on
	serveStarts, farmJobs int     // starts of a server; jobs through one
	farmRuns              int     // runs in a batch on a farm
	long                  int     // runs in a batch that may slow down; 0: not measured
}

var (
	full = plan{backToBack: 400, withGaps: 150, limits: 30, accuracy: 12, alive: 8, importBytes: 1 << 30, importRounds: 3,
		graded: 2000, gradedRounds: 5, submissions: 10_000, heaps: []int64{1 << 20, 1 << 30},
		serveStarts: 20, farmJobs: 10_000, farmRuns: 2000}
	quick = plan{backToBack: 100, withGaps: 25, limits: 6, accuracy: 4, alive: 4, importBytes: 128 << 20, importRounds: 1,
		graded: 200, gradedRounds: 2, submissions: 1000, heaps: []int64{1 << 20, 256 << 20},
		serveStarts: 5, farmJobs: 1500, farmRuns: 400}
)

// Results is what -json writes: durations in nanoseconds, sizes in bytes.
type Results struct {
	Kernel   string       `json:"kernel"`
	CPUs     int          `json:"cpus"`
	TickNS   int64        `json:"tick_ns"`
	Speed    []SpeedTable `json:"speed"`
	Overruns []Overrun    `json:"overruns"`
	Accuracy *Accuracy    `json:"accuracy"`
	Memory   *Memory      `json:"memory"`
	Import   *Import      `json:"import"`
	Checking []Checking   `json:"checking"`
	Networks *Networks    `json:"networks"`
	Grading  *Grading     `json:"grading"`
	Farm     *Farm        `json:"farm"`
	Failed   []string     `json:"failed"` // what could not be measured, with its error
}

func main() {
	isQuick := flag.Bool("quick", false, "fewer runs: a minute in all")
	isLong := flag.Bool("long", false, "also 100,000 runs in one batch: whether it slows down")
	only := flag.String("only", "", "`PART` to measure: grading, networks or farm")
	jsonFile := flag.String("json", "", "also write the results to `FILE`")
	judge := flag.String("judge", "bin/judge", "the binary to measure")
	flag.Parse()
	p := full
	if *isQuick {
		p = quick
	}
	if *isLong {
		p.long = 100_000
	}
	if !slices.Contains([]string{"", "grading", "networks", "farm"}, *only) {
		fmt.Fprintf(os.Stderr, "bench: -only %q: there are grading, networks and farm\n", *only)
		os.Exit(2)
	}
	results, err := measure(p, *judge, *only)
	if err == nil && *jsonFile != "" {
		err = writeJSON(*jsonFile, results)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(p plan, judge string, only string) (*Results, error) {
	start := time.Now()
	judge, err := filepath.Abs(judge)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(judge); err != nil {
		return nil, err
	}
	// A collection in the middle of a run would be charged to the runner.
	debug.SetGCPercent(-1)
	runtime.LockOSThread()

	k, err := buildKit()
	if err != nil {
		return nil, err
	}
	defer k.remove()
	r := &Results{Kernel: kernelRelease(), CPUs: runtime.NumCPU(), TickNS: tick().Nanoseconds()}
	fmt.Printf("kernel %s, %d processors, tick %s; %s\n", r.Kernel, r.CPUs, milliseconds(tick()), load())

	j := judgeRun{judge: judge, kit: k}
	switch only {
	case "grading":
		r.Grading = j.gradings(r, p)
		return r, r.conclude(start)
	case "networks":
		r.Networks = j.networks(r, p)
		return r, r.conclude(start)
	case "farm":
		r.Farm = j.farms(r, p)
		return r, r.conclude(start)
	}
	if err := k.importRootfs(judge); err != nil {
		return nil, err
	}
	runners := k.runners(judge)
	defer stopLanes(runners)
	r.Failed = probe(runners)
	r.Speed = append(r.Speed,
		speed("back-to-back", runners, p.backToBack, 0),
		speed("50 ms idle before each run", runners, p.withGaps, idleGap))
	r.Overruns = j.overruns(r, p.limits)
	r.Accuracy = j.accuracy(r, p.accuracy)
	r.Memory = j.memory(r, p.alive)
	r.Import = j.imports(r, p.importBytes, p.importRounds)
	if r.Checking, err = checking(); err != nil {
		r.Failed = append(r.Failed, err.Error())
	}
	r.Networks = j.networks(r, p)
	r.Grading = j.gradings(r, p)
	r.Farm = j.farms(r, p)
	return r, r.conclude(start)
}

// conclude tells what could not be measured.
func (r *Results) conclude(start time.Time) error {
	for _, failure := range r.Failed {
		fmt.Println("not measured:", failure)
	}
	_, err := fmt.Printf("\nall this took %.0f s\n", time.Since(start).Seconds())
	return err
}

func writeJSON(name string, r *Results) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}
