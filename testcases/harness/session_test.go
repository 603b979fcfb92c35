package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fakeSession is a session with a judge that commits one fault.
func fakeSession(t *testing.T, fault string) *Session {
	t.Helper()
	t.Setenv("FAKE", fault)
	s, err := NewSession("testdata/fake-judge.sh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		left, _ := filepath.Glob("/var/tmp/left-by-*" + s.token + "*") // the pattern is a good one
		for _, path := range left {
			os.Remove(path)
		}
	})
	return s
}

// scriptCase is a case that is a shell script with a body.
func scriptCase(t *testing.T, body string, lines ...string) Case {
	t.Helper()
	path := filepath.Join(t.TempDir(), "case.sh")
	base := []string{"#!/bin/sh", "# @name case", "# @kind resource", "# @why x"}
	text := strings.Join(append(base, lines...), "\n") + "\n" + body + "\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cases, err := ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return cases[0]
}

func TestRunOfAGoodJudge(t *testing.T) {
	s := fakeSession(t, "")
	c := scriptCase(t, `cat; echo "got $1"; echo file >out.txt; exit 3`,
		"# @args {canary}", "# @stdin text \"line\\n\"", "# @collect out.txt", "# @repeat 2", "# @parallel 2",
		"# @expect nonzero-exit 3", "# @expect stdout-contains line", "# @expect stdout-contains judge-canary",
		"# @expect file-collected out.txt", "# @expect collected-contains out.txt file", "# @expect returns-within 3s")
	c.Parallel = 1 // the fake writes where it was started
	if r := s.Run(c); len(r.Failures) > 0 || r.Skip != "" {
		t.Errorf("%+v", r)
	}
	if s.runs != 3 {
		t.Errorf("%d runs, want two and the harmless one", s.runs)
	}
}

func TestRunFindsFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"secret":      `\{secret\} is in stdout`,
		"stray-file":  `left behind: file work/stray`,
		"named-file":  `left behind: file /var/tmp/left-by-case`,
		"canary":      `host-unchanged \{canary\}`,
		"orphan":      `left behind: process \d+ .*sleep`,
		"holder":      `somebody holds judge's stdout`,
		"wrong":       `ok: verdict is memory`,
		"error":       `ok: judge failed`,
		"no-report":   `no report`,
		"two-reports": `something follows`,
		"bad-text":    `not valid UTF-8`,
		"no-schema":   `judge schema report`,
	} {
		t.Run(fault, func(t *testing.T) {
			s := fakeSession(t, fault)
			r := s.Run(scriptCase(t, "exit 0", "# @args x {canary}", "# @expect ok"))
			if !regexp.MustCompile(want).MatchString(strings.Join(r.Failures, "\n")) {
				t.Errorf("failures %q, want one like %q", r.Failures, want)
			}
			if _, err := os.Lstat("stray"); err == nil {
				t.Error("judge was started among the sources, and left a file there")
			}
		})
	}
}

func TestRunEndsAJudgeThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the harness's own limit")
	}
	s := fakeSession(t, "hang")
	c := scriptCase(t, "exit 0", "# @expect ok", "# @limits wall=1ms")
	program, err := s.build(c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.newRunning(c, program)
	if err != nil {
		t.Fatal(err)
	}
	args, err := s.command(r)
	if err != nil {
		t.Fatal(err)
	}
	r.c.Limits.Wall = time.Second - killGrace
	if err := r.start(args, nil); err != nil {
		t.Fatal(err)
	}
	o := r.wait()
	if _, err := o.verdict(); !o.TimedOut || err == nil || o.Elapsed > 5*time.Second {
		t.Errorf("timed out %v, verdict %v, after %v", o.TimedOut, err, o.Elapsed)
	}
}

func TestPreparations(t *testing.T) {
	s := fakeSession(t, "")
	c := scriptCase(t, "exit 0", "# @expect ok", "# @host process", "# @host tcp-listener",
		"# @host abstract-listener", "# @host sysv-shm", "# @host mqueue")
	p, err := s.prepare(c)
	defer p.close()
	if err != nil {
		t.Skip(err) // a kernel without one of them
	}
	for name := range placeholderOf {
		if p.values[name] == "" {
			t.Errorf("{%s} has no value", name)
		}
	}
	name, err := os.ReadFile("/proc/" + p.values["pid"] + "/cmdline")
	if err != nil || !strings.HasPrefix(string(name), "judge-victim\x00") {
		t.Errorf("cmdline %q, %v", name, err)
	}
}

func TestStartsJudgeInOddStates(t *testing.T) {
	s := fakeSession(t, "")
	if s.missing([]string{"gcc"}) != "" {
		t.Skip("needs gcc")
	}
	for name, c := range map[string]Case{
		"umask": scriptCase(t, "[ $(umask) = 0027 ]", "# @expect ok", "# @host umask 027"),
		"env":   scriptCase(t, `[ "$A" = "b c" ]`, "# @expect ok", "# @host env A=b c"),
		"fds":   scriptCase(t, "[ -d /proc/self/fd/3 ] && [ -w /proc/self/fd/4 ] && [ -S /proc/self/fd/5 ]", "# @expect ok", "# @host inherited-fd"),
		"tty":   scriptCase(t, "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && : </dev/tty && cat && echo done", "# @expect ok", "# @host tty", "# @expect stdout-contains done", "# @stdin text \"typed\\n\""),
	} {
		if r := s.Run(c); len(r.Failures) > 0 {
			t.Errorf("%s: %v", name, r.Failures)
		}
	}
}

// TestLauncherSetsSignals goes without the fake judge: a shell clears its
// signal mask.
func TestLauncherSetsSignals(t *testing.T) {
	s := fakeSession(t, "")
	if s.missing([]string{"gcc"}) != "" {
		t.Skip("needs gcc")
	}
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Skip(err)
	}
	args, err := s.launched(scriptCase(t, "", "# @expect ok", "# @host signals"), []string{cat, "/proc/self/status"})
	if err != nil {
		t.Fatal(err)
	}
	status, err := exec.Command(args[0], args[1:]...).Output()
	if err != nil {
		t.Fatal(err)
	}
	// GNU make leaves signals 32 and 33 ignored in what it starts; others may be, too.
	for name, want := range map[string]uint64{"SigBlk": 0x2200, "SigIgn": 0x5000} {
		found := regexp.MustCompile(name + `:\s+([0-9a-f]+)\n`).FindSubmatch(status)
		if found == nil {
			t.Fatalf("no %s in\n%s", name, status)
		}
		if have, err := strconv.ParseUint(string(found[1]), 16, 64); err != nil || have&0xffff != want {
			t.Errorf("%s is %s (%v), its lower half shall be %#x", name, found[1], err, want)
		}
	}
}
