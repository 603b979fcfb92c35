package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// programs are what is run in turn, each with the status that judge must report.
// The plain one comes between any two, so that most runs are ordinary.
var programs = []struct {
	status string
	flags  []string
	argv   []string
}{
	{"ok", nil, []string{"sh", "-c", "sleep 1000 & sleep 1000 & exit 0"}},
	{"nonzero-exit", nil, []string{"sh", "-c", "exit 137"}},
	{"signal", nil, []string{"sh", "-c", "kill -9 $$"}},
	{"cpu-time", []string{"--cpu-time", "100ms", "--wall-time", "10s"}, []string{"sh", "-c", "while :; do :; done"}},
	{"wall-time", []string{"--wall-time", "100ms"}, []string{"sleep", "1000"}},
	{"memory", []string{"--memory", "16MiB"}, []string{"tail", "/dev/zero"}},
	{"output", []string{"--output", "64KiB"}, []string{"yes"}},
	{"ok", nil, []string{"sh", "-c", "mkdir -p /tmp/a/b /box/c && head -c 1000000 /dev/zero >/box/c/d"}},
	{"ok", nil, []string{"sh", "-c", "i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i+1)); done"}},
}

const plainBetween = 9 // plain runs for each of the others

func (s *session) runOne(worker, i int) {
	status, flags, argv := "ok", []string(nil), []string{"true"}
	plain := i%(plainBetween+1) != 0
	if !plain {
		p := programs[i/(plainBetween+1)%len(programs)]
		status, flags, argv = p.status, p.flags, p.argv
	}
	reportFile := filepath.Join(s.dir, fmt.Sprintf("report-%d.json", worker))
	args := append([]string{"run", "--policy", "strict", "--report", reportFile}, flags...)
	cmd := exec.Command(s.judge, append(append(args, "--"), argv...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+s.tmp(worker))

	start := time.Now()
	if err := cmd.Start(); err != nil {
		s.fail(i, argv, err.Error())
		return
	}
	kill := rand.IntN(100) < s.kill
	if kill {
		// A run takes a few milliseconds: any moment of it, and some just after.
		time.Sleep(time.Duration(rand.Int64N(int64(8 * time.Millisecond))))
		_ = cmd.Process.Kill() // it may have ended already
	}
	_ = cmd.Wait() // the exit status is the program's; the report says what happened
	took := time.Since(start)

	s.mu.Lock()
	if kill {
		s.killed++
	} else if plain {
		s.times = append(s.times, took)
	}
	s.mu.Unlock()
	if kill {
		return
	}
	got, held := readStatus(reportFile)
	if status == "memory" && !held { // then the program ends in its own way
		status = "nonzero-exit"
	}
	if got != status {
		s.fail(i, argv, fmt.Sprintf("status %s, want %s", got, status))
	}
	_ = os.Remove(reportFile) // one that is not there has been told of already
}

// tmp is a worker's TMPDIR.
func (s *session) tmp(worker int) string {
	dir := filepath.Join(s.dir, fmt.Sprintf("tmp-%d", worker))
	_ = os.MkdirAll(dir, 0o755) // judge will complain
	return dir
}

// readStatus returns the report's status and reason, or why there is none; and
// whether the limit of memory was held, which an ordinary user's judge cannot
// everywhere.
func readStatus(name string) (status string, held bool) {
	data, err := os.ReadFile(name)
	if err != nil {
		return err.Error(), true
	}
	var report struct {
		Status, Reason string
		Unenforced     []struct{ Limit string }
	}
	if err := json.Unmarshal(data, &report); err != nil {
		return err.Error(), true
	}
	held = true
	for _, u := range report.Unenforced {
		held = held && u.Limit != "memory"
	}
	if report.Status == "error" {
		return "error: " + report.Reason, held
	}
	return report.Status, held
}

func (s *session) fail(i int, argv []string, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, fmt.Sprintf("run %d, %q: %s", i, argv, what))
}
