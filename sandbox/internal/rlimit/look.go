package rlimit

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"judge/sandbox/internal/cgroup"
)

// Look says what the one run of a judge holds at this moment, as the host's
// /proc has it: its processes are the children of PID 1, init by name, and
// theirs. It says nothing of a judge that has several, or of one that is gone.
func Look(judge int, init string) cgroup.Glance {
	var inits []int
	for _, pid := range children(judge) {
		if comm, err := os.ReadFile(procFile(pid, "comm")); err == nil && strings.TrimSpace(string(comm)) == init {
			inits = append(inits, pid)
		}
	}
	if len(inits) != 1 {
		return cgroup.Glance{}
	}
	var g cgroup.Glance
	used, threads := time.Duration(0), int64(0)
	for list := inits; len(list) > 0; list = list[1:] {
		pid := list[0]
		stat, err := os.ReadFile(procFile(pid, "stat"))
		if err != nil {
			continue // it has ended
		}
		t, err := parseStat(stat)
		if err != nil {
			continue // cut off as it ended
		}
		used += t.waited
		if pid != inits[0] {
			used += t.own
			threads += t.threads
			g.Processes = append(g.Processes, pid)
		}
		list = append(list, children(pid)...)
	}
	g.CPU, g.Pids = &used, &threads
	return g
}

func procFile(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}

// children of all threads of a process (proc_tid_children(5)).
func children(pid int) []int {
	files, _ := filepath.Glob(procFile(pid, "task/*/children")) // the pattern is good
	var list []int
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue // the thread has ended
		}
		for field := range strings.FieldsSeq(string(data)) {
			if n, err := strconv.Atoi(field); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}
