package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Memory is what judge holds for a run that is alive: its own process and PID 1,
// the payload not counted, medians over runs alive at once. RSS counts pages of
// the program file in full, PSS divides them among all that map them, private is
// what would be free if the run were not there.
type Memory struct {
	Alive   int   `json:"alive"`
	RSS     int64 `json:"rss_bytes"`
	PSS     int64 `json:"pss_bytes"`
	Private int64 `json:"private_bytes"`
	PID1PSS int64 `json:"pid1_pss_bytes"` // of PSS, PID 1's share
}

func (j judgeRun) memory(results *Results, alive int) *Memory {
	m, err := j.measureMemory(alive)
	if err != nil {
		results.Failed = append(results.Failed, "memory: "+err.Error())
		return nil
	}
	fmt.Printf("\nmemory held by judge for each of %d runs alive: private %s, PSS %s (of it PID 1 %s), RSS %s\n",
		alive, kibibytes(m.Private), kibibytes(m.PSS), kibibytes(m.PID1PSS), kibibytes(m.RSS))
	return m
}

func (j judgeRun) measureMemory(alive int) (*Memory, error) {
	var pids []int
	defer func() {
		for _, pid := range pids {
			// The payload ends with it, or judge would be at fault; the conformance cases look for that.
			_ = syscall.Kill(pid, syscall.SIGTERM)
			_, _ = syscall.Wait4(pid, nil, 0, nil)
		}
	}()
	for range alive {
		pid, err := j.start("pause")
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	inits := make([]int, alive)
	for i, pid := range pids {
		var err error
		if inits[i], err = waitForPayload(pid); err != nil {
			return nil, err
		}
	}
	var rss, pss, private, pid1 []int64
	for i, pid := range pids {
		judge, err := readRollup(pid)
		if err != nil {
			return nil, err
		}
		init, err := readRollup(inits[i])
		if err != nil {
			return nil, err
		}
		rss, pss = append(rss, judge.rss+init.rss), append(pss, judge.pss+init.pss)
		private, pid1 = append(private, judge.private+init.private), append(pid1, init.pss)
	}
	return &Memory{alive, median(rss), median(pss), median(private), median(pid1)}, nil
}

// waitForPayload returns judge's PID 1 once that has a child which is past its
// exec.
func waitForPayload(judge int) (pid1 int, err error) {
	for range 200 {
		time.Sleep(10 * time.Millisecond)
		for _, init := range children(judge) {
			for _, payload := range children(init) {
				if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", payload)); err == nil &&
					strings.HasSuffix(exe, "pause") {
					return init, nil
				}
			}
		}
	}
	return 0, errors.New("no payload within 2 s")
}

// children lists those of all threads of a process; none if it is gone.
func children(pid int) (pids []int) {
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)) // gone: no children
	for _, task := range tasks {
		data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for _, field := range strings.Fields(string(data)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

type rollup struct{ rss, pss, private int64 }

// readRollup sums /proc/PID/smaps_rollup (proc(5)), whose figures are in kB.
func readRollup(pid int) (r rollup, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return r, err
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kb, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			continue // the first line: a range of addresses
		}
		switch fields[0] {
		case "Rss:":
			r.rss += kb << 10
		case "Pss:":
			r.pss += kb << 10
		case "Private_Clean:", "Private_Dirty:":
			r.private += kb << 10
		}
	}
	return r, nil
}
