package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const limit = 300 * time.Millisecond

// A judgeRun starts judge under strict.
type judgeRun struct {
	judge string
	kit   *kit
}

// report is the part of judge's report that is looked at here.
type report struct {
	Status string        `json:"status"`
	Reason string        `json:"reason"`
	CPU    time.Duration `json:"cpu_time_ns"`
	Wall   time.Duration `json:"wall_time_ns"`
}

// run returns the report, what the payload printed, and the time of the whole
// process. Ending by a limit is no error.
func (j judgeRun) run(payload string, flags ...string) (report, string, time.Duration, error) {
	var r report
	reportFile := filepath.Join(j.kit.dir, "report.json")
	out, err := os.Create(filepath.Join(j.kit.dir, "stdout"))
	if err != nil {
		return r, "", 0, err
	}
	defer out.Close()
	argv := append([]string{j.judge, "run", "--policy", "strict", "--report", reportFile}, flags...)
	took, _, err := timed(append(argv, "--", j.kit.payload(payload)), out, nil)
	if err != nil {
		return r, "", 0, err
	}
	data, err := os.ReadFile(reportFile)
	if err != nil {
		return r, "", 0, err
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, "", 0, fmt.Errorf("report %q: %w", data, err)
	}
	text, err := os.ReadFile(out.Name())
	return r, string(bytes.TrimSpace(text)), took, err
}

// An Overrun is how far past a limit of 300 ms a run went: by its report, and by
// the clock of whoever started judge (set-up and clean-up included). The latter
// says nothing of a limit on CPU time, which passes as slowly as others work.
type Overrun struct {
	Limit         string        `json:"limit"`
	Runs          int           `json:"runs"`
	ReportMedian  time.Duration `json:"report_median_ns"`
	ReportMax     time.Duration `json:"report_max_ns"`
	ProcessMedian time.Duration `json:"process_median_ns,omitempty"`
}

func (j judgeRun) overruns(results *Results, runs int) (all []Overrun) {
	fmt.Printf("\noverrun past a limit of %v\n", limit)
	for _, c := range []struct {
		status, flag, payload string
		used                  func(report) time.Duration
	}{
		{"wall-time", "--wall-time", "pause", func(r report) time.Duration { return r.Wall }},
		{"cpu-time", "--cpu-time", "spin", func(r report) time.Duration { return r.CPU }},
	} {
		var reported, whole []time.Duration
		for range runs {
			r, _, took, err := j.run(c.payload, c.flag, limit.String())
			if err == nil && r.Status != c.status {
				err = fmt.Errorf("status %s (%s), want %s", r.Status, r.Reason, c.status)
			}
			if err != nil {
				results.Failed = append(results.Failed, c.status+": "+err.Error())
				break
			}
			reported, whole = append(reported, c.used(r)-limit), append(whole, took-limit)
		}
		if len(whole) < runs {
			continue
		}
		o := Overrun{Limit: c.status, Runs: runs, ReportMedian: median(reported), ReportMax: percentile(reported, 100)}
		fmt.Printf("  %-10s report: median %s, largest %s", o.Limit, milliseconds(o.ReportMedian), milliseconds(o.ReportMax))
		if c.status == "wall-time" {
			o.ProcessMedian = median(whole)
			fmt.Printf("; whole process: median %s", milliseconds(o.ProcessMedian))
		}
		fmt.Println()
		all = append(all, o)
	}
	return all
}

// Accuracy compares a payload's own clock (CLOCK_PROCESS_CPUTIME_ID, half a
// second) with the report. The difference holds the payload's start and end too.
type Accuracy struct {
	Runs       int           `json:"runs"`
	OwnMedian  time.Duration `json:"own_median_ns"`
	DiffMedian time.Duration `json:"difference_median_ns"`
	DiffMin    time.Duration `json:"difference_min_ns"`
	DiffMax    time.Duration `json:"difference_max_ns"`
}

func (j judgeRun) accuracy(results *Results, runs int) *Accuracy {
	var own, diff []time.Duration
	for range runs {
		r, out, _, err := j.run("work")
		n, parseErr := strconv.ParseInt(out, 10, 64)
		if err == nil && r.Status != "ok" {
			err = fmt.Errorf("status %s (%s)", r.Status, r.Reason)
		}
		if err == nil {
			err = parseErr
		}
		if err != nil {
			results.Failed = append(results.Failed, "accuracy: "+err.Error())
			return nil
		}
		own, diff = append(own, time.Duration(n)), append(diff, r.CPU-time.Duration(n))
	}
	a := &Accuracy{runs, median(own), median(diff), percentile(diff, 0), percentile(diff, 100)}
	fmt.Printf("\nCPU time of %s of work: the report says %s more (%s to %s), %.2f %%\n", milliseconds(a.OwnMedian),
		milliseconds(a.DiffMedian), milliseconds(a.DiffMin), milliseconds(a.DiffMax),
		100*float64(a.DiffMedian)/float64(a.OwnMedian))
	return a
}

// start is run without the wait, for what is to be seen while it is alive.
func (j judgeRun) start(payload string) (pid int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	argv := []string{j.judge, "run", "--policy", "strict", "--wall-time", "60s", "--", j.kit.payload(payload)}
	return syscall.ForkExec(j.judge, argv,
		&syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{null.Fd(), null.Fd(), null.Fd()}})
}
