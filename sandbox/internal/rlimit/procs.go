package rlimit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/cgroup"
)

// tick is the unit of times in /proc/PID/stat: 1/sysconf(_SC_CLK_TCK) s, which
// is 100 on every architecture that judge is built for (proc_pid_stat(5),
// include/uapi/asm-generic/param.h).
const tick = 10 * time.Millisecond

// sum adds up what the processes of a /proc have used: each of them, and what
// it has waited for. What has ended and was waited for is in its parent's
// figures, at last in those of PID 1, whose own do not count.
func sum(proc int) (time.Duration, error) {
	names, err := list(proc, ".")
	if err != nil {
		return 0, err
	}
	var total time.Duration
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := readAt(proc, name+"/stat")
		if err != nil {
			continue // it has ended, and been waited for; the next sum has it in its parent
		}
		t, err := parseStat(stat)
		if err != nil {
			return 0, fmt.Errorf("read %s/stat of the run's /proc: %w", name, err)
		}
		if pid == 1 {
			t.own = 0
		}
		total += t.own + t.waited
	}
	return total, nil
}

// active says whether a thread of a /proc runs, or waits for a processor or a
// disk; PID 1's do not count.
func active(proc int) (bool, error) {
	names, err := list(proc, ".")
	if err != nil {
		return false, err
	}
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err != nil || pid == 1 {
			continue
		}
		threads, err := list(proc, name+"/task")
		if err != nil {
			continue // it has ended
		}
		for _, tid := range threads {
			stat, err := readAt(proc, name+"/task/"+tid+"/stat")
			if err == nil && cgroup.IsActive(stat) {
				return true, nil
			}
		}
	}
	return false, nil
}

func list(dir int, name string) ([]string, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the run's /proc: %w", err)
	}
	f := os.NewFile(uintptr(fd), "proc")
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil && !errors.Is(err, unix.ENOENT) { // the run is over
		return nil, fmt.Errorf("list the run's /proc: %w", err)
	}
	return names, nil
}

func readAt(dir int, name string) ([]byte, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	buf := make([]byte, 1024) // one line; its only text is a name of at most 64 bytes
	n, err := unix.Read(fd, buf)
	return buf[:max(n, 0)], err
}

// times of a process: its own, of all its threads, and of the children that it
// has waited for.
type times struct {
	own, waited time.Duration
	threads     int64
}

// parseStat reads fields 14 to 17 and 20 of proc_pid_stat(5). The second field, the
// program's name, is in parentheses and may hold anything, a parenthesis too.
func parseStat(line []byte) (times, error) {
	const afterName = 3 // the number of the field that follows the name
	end := bytes.LastIndexByte(line, ')')
	fields := bytes.Fields(line[end+1:])
	if end < 0 || len(fields) <= 20-afterName {
		return times{}, fmt.Errorf("%q: too few fields", line)
	}
	var n [7]int64 // from field 14 on
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt(string(fields[14-afterName+i]), 10, 64); err != nil {
			return times{}, fmt.Errorf("field %d: %w", 14+i, err)
		}
	}
	return times{time.Duration(n[0]+n[1]) * tick, time.Duration(n[2]+n[3]) * tick, n[6]}, nil
}
