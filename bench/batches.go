package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A Start is that of a long batch.
type Start struct {
	Submissions int           `json:"submissions"`
	Cases       int           `json:"cases"`           // pending, in all
	First       time.Duration `json:"first_result_ns"` // since judge was started
	Memory      int64         `json:"rss_bytes"`       // of judge, then
	Most        int64         `json:"rss_most_bytes"`  // a few seconds later, at most so far
}

// Long says whether a batch slows down.
type Long struct {
	Runs  int           `json:"runs"`
	First time.Duration `json:"first_tenth_ns"`
	Last  time.Duration `json:"last_tenth_ns"`
	Ratio float64       `json:"ratio"` // of the last tenth to the first
}

// startOfBatch starts a long batch, waits for its first result, and ends it a little later.
func (j judgeRun) startOfBatch(submissions int) (*Start, error) {
	const cases = 10
	dir := filepath.Join(j.kit.dir, "start")
	if err := j.writeBatch(dir, submissions, cases); err != nil {
		return nil, err
	}
	argv := j.command(dir)
	cmd := exec.Command(argv[0], argv[1:]...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		// What it leaves, the next judge removes.
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
	}()
	lines := bufio.NewReaderSize(out, 1<<20)
	line, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(line, `"verdict":"AC"`) {
		return nil, fmt.Errorf("first result %.100q: %w", line, err)
	}
	s := &Start{Submissions: submissions, Cases: submissions * cases, First: time.Since(began)}
	s.Memory = statusField(cmd.Process.Pid, "VmRSS:")
	go io.Copy(io.Discard, lines) // it ends with the process
	time.Sleep(3 * time.Second)
	s.Most = statusField(cmd.Process.Pid, "VmHWM:")
	return s, nil
}

// statusField is a size of /proc/PID/status, in bytes; 0 if it is not there.
func statusField(pid int, name string) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		var kb int64
		if rest, is := strings.CutPrefix(line, name); is {
			fmt.Sscanf(strings.TrimSpace(rest), "%d kB", &kb)
			return kb << 10
		}
	}
	return 0
}

// longBatch grades so many runs, and compares their first tenth with the last.
func (j judgeRun) longBatch(runs int) (*Long, error) {
	dir := filepath.Join(j.kit.dir, "long")
	if err := j.writeBatch(dir, runs/casesEach, casesEach); err != nil {
		return nil, err
	}
	argv := j.command(dir)
	cmd := exec.Command(argv[0], argv[1:]...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	// The first submission begins after judge has: the clock starts with its result.
	var at []time.Time
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		at = append(at, time.Now())
	}
	if err := cmd.Wait(); err != nil {
		return nil, err
	}
	tenth := len(at) / 10
	if tenth < 2 {
		return nil, fmt.Errorf("only %d results", len(at))
	}
	l := &Long{Runs: runs, First: at[tenth].Sub(at[0]), Last: at[len(at)-1].Sub(at[len(at)-1-tenth])}
	l.Ratio = float64(l.Last) / float64(l.First)
	return l, nil
}
