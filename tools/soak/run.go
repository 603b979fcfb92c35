package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"judge/policy"
	"judge/sandbox"
)

// programs are the mix, each with the status that must be reported. The plain one
// is most of what is run.
var programs = []struct {
	status string
	limits []policy.Override
	argv   []string
}{
	{"ok", nil, []string{"sh", "-c", "sleep 1000 & sleep 1000 & exit 0"}},
	{"ok", nil, []string{"sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 </dev/null & exit 0"}},
	{"nonzero-exit", nil, []string{"sh", "-c", "exit 137"}},
	{"signal", nil, []string{"sh", "-c", "kill -9 $$"}},
	{"signal", nil, []string{"sh", "-c", "kill -SEGV $$"}},
	{"cpu-time", limits("cpu-time", "100ms", "wall-time", "10s"), []string{"sh", "-c", "while :; do :; done"}},
	{"cpu-time", limits("cpu-time", "100ms", "wall-time", "10s"), []string{"sh", "-c", "trap '' TERM INT HUP XCPU; while :; do :; done"}},
	{"wall-time", limits("wall-time", "100ms"), []string{"sleep", "1000"}},
	{"memory", limits("memory", "16MiB"), []string{"tail", "/dev/zero"}},
	{"output", limits("output", "64KiB"), []string{"yes"}},
	{"syscall", nil, []string{"bash", "-c", "echo >/dev/tcp/127.0.0.1/9"}},
	{"ok", nil, []string{"sh", "-c", "mkdir -p /tmp/a/b /box/c && head -c 1000000 /dev/zero >/box/c/d"}},
	{"ok", limits("disk", "1MiB"), []string{"sh", "-c", "head -c 4000000 /dev/zero >/box/d 2>/dev/null; exit 0"}},
	{"ok", limits("inodes", "100"), []string{"sh", "-c", "i=0; while [ $i -lt 200 ]; do true 2>/dev/null >/box/$i; i=$((i+1)); done; exit 0"}},
	{"ok", nil, []string{"sh", "-c", "i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i+1)); done"}},
	{"ok", nil, []string{"sh", "-c", "i=0; while [ $i -lt 200 ]; do (exit 0) & i=$((i+1)); [ $((i%20)) -gt 0 ] || wait; done; exit 0"}},
}

// limits are pairs of a flag's name and its value.
func limits(pairs ...string) (list []policy.Override) {
	for i := 0; i < len(pairs); i += 2 {
		key := "limits." + strings.ReplaceAll(pairs[i], "-", "_")
		list = append(list, policy.Override{Flag: "--" + pairs[i], Key: key, Value: pairs[i+1]})
	}
	return list
}

// The ways in which a run is made.
const (
	byCommand = iota // judge run
	inProcess        // sandbox.Run
	ways
)

// A job is one run of the mix.
type job struct {
	way    int
	plain  bool
	status string
	limits []policy.Override
	argv   []string
	kill   time.Duration // after which judge is killed; negative: it is not
}

const plainOf = 10 // all but one of so many are plain

func (s *session) draw() job {
	j := job{way: s.mix.IntN(ways), plain: true, status: "ok", argv: []string{"true"}, kill: -1}
	if s.mix.IntN(plainOf) == 0 {
		p := programs[s.mix.IntN(len(programs))]
		j.plain, j.status, j.limits, j.argv = false, p.status, p.limits, p.argv
	}
	if j.way == byCommand && s.mix.IntN(100) < s.kill {
		// A run takes a few milliseconds: any moment of it, and some just after.
		j.kill = time.Duration(s.mix.Int64N(int64(8 * time.Millisecond)))
	}
	return j
}

func (s *session) runOne(worker int, j job) {
	start := time.Now()
	var o outcome
	if j.way == inProcess {
		o = runInProcess(j)
	} else {
		o = s.runCommand(worker, j)
	}
	took := time.Since(start)

	s.mu.Lock()
	defer s.mu.Unlock()
	if j.kill >= 0 {
		s.killed++
		return
	}
	if j.plain {
		s.times[j.way] = append(s.times[j.way], took)
	}
	want := j.status
	if want == "memory" && !o.held { // then the program ends in its own way
		want = "nonzero-exit"
	}
	if o.status != want {
		s.failures = append(s.failures, fmt.Sprintf("%q: status %s, want %s", j.argv, o.status, want))
	}
}

// An outcome is what a report says: status, with the reason of an error, or why
// there is no report; and whether the limit of memory was held, which an ordinary
// user's judge cannot everywhere.
type outcome struct {
	status string
	held   bool
}

func outcomeOf(r sandbox.Report) outcome {
	o := outcome{string(r.Status), true}
	for _, u := range r.Unenforced {
		o.held = o.held && u.Limit != "memory"
	}
	if r.Status == sandbox.StatusError {
		o.status += ": " + r.Reason
	}
	return o
}

func runInProcess(j job) outcome {
	p, _ := policy.Builtin("strict")
	p, err := p.With(j.limits)
	if err != nil {
		return outcome{err.Error(), true}
	}
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: j.argv}, p)
	if err != nil {
		return outcome{err.Error(), true}
	}
	return outcomeOf(r)
}

func (s *session) runCommand(worker int, j job) outcome {
	name := filepath.Join(s.dir, fmt.Sprintf("report-%d.json", worker))
	args := []string{"run", "--policy", "strict", "--report", name}
	for _, o := range j.limits {
		args = append(args, o.Flag, o.Value)
	}
	cmd := exec.Command(s.judge, append(append(args, "--"), j.argv...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+s.tmp(worker))
	if err := cmd.Start(); err != nil {
		return outcome{err.Error(), true}
	}
	if j.kill >= 0 {
		time.Sleep(j.kill)
		_ = cmd.Process.Kill() // it may have ended already
	}
	_ = cmd.Wait() // the exit status is the program's; the report says what happened
	data, err := os.ReadFile(name)
	if err != nil {
		return outcome{err.Error(), true}
	}
	_ = os.Remove(name)
	var r sandbox.Report
	if err := json.Unmarshal(data, &r); err != nil {
		return outcome{err.Error(), true}
	}
	return outcomeOf(r)
}

// tmp is a worker's TMPDIR.
func (s *session) tmp(worker int) string {
	dir := filepath.Join(s.dir, fmt.Sprintf("tmp-%d", worker))
	_ = os.MkdirAll(dir, 0o755) // judge will complain
	return dir
}
