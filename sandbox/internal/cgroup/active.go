package cgroup

import (
	"os"
	"path/filepath"
	"strconv"

	"judge/sandbox/internal/procfs"
)

// active says whether a task of a cgroup has a processor, or waits for one or for
// a disk: then the little time that it used tells of the host, not of the
// program. tasks is the file with the cgroup's threads: "tasks" on v1,
// "cgroup.threads" on v2.
func active(dir, tasks string) (bool, error) {
	list, err := numbers(dir, tasks)
	if err != nil {
		return false, err
	}
	for _, tid := range list {
		if tid <= 0 {
			continue
		}
		// A thread's number has a directory here, too, if an unlisted one: proc(5).
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(tid), "stat"))
		if err == nil && IsActive(stat) { // else it has ended
			return true, nil
		}
	}
	return false, nil
}

// IsActive says so of a line of proc_pid_stat(5): R, or D, which besides disks is
// only the parent of a vfork(2), until its child lets go.
func IsActive(stat []byte) bool {
	state := procfs.State(stat)
	return state == 'R' || state == 'D'
}
