package cgroup

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// runnable says whether a task of a cgroup would run if it got a processor: then
// the little time that it used tells of the host, not of the program. tasks is
// the file with the cgroup's threads: "tasks" on v1, "cgroup.threads" on v2.
func runnable(dir, tasks string) (bool, error) {
	list, err := os.ReadFile(filepath.Join(dir, tasks))
	if err != nil {
		return false, unlessGone(err)
	}
	for line := range bytes.Lines(list) {
		tid, err := parseInt(line)
		if err != nil || tid <= 0 { // 0 is one of another pid namespace
			continue
		}
		// A thread's number has a directory here, too, if an unlisted one: proc(5).
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.FormatInt(tid, 10), "stat"))
		if err == nil && StateOf(stat) == 'R' { // else it has ended
			return true, nil
		}
	}
	return false, nil
}

// StateOf is the third field of a line of proc_pid_stat(5), 'R' for a task that
// runs or waits for a processor; 0 if there is none. The second field, the
// program's name, is in parentheses and may hold anything, a parenthesis too.
func StateOf(stat []byte) byte {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 || len(stat) < end+3 {
		return 0
	}
	return stat[end+2]
}
