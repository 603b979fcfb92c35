package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox"
)

// shortOfMemory makes a memory cgroup of the test's own, for judge: what it
// and PID 1 take is charged there, while the run's leaf is elsewhere. The host
// itself stays as it is.
func shortOfMemory(t *testing.T) (dir string, limit func(t *testing.T, bytes int)) {
	t.Helper()
	needRoot(t, "a memory cgroup for judge itself")
	dir, file := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
		if dir, file = "/sys/fs/cgroup", "memory.max"; !hasController(dir, "memory") {
			t.Skip("feature missing: a memory cgroup that can be made")
		}
	}
	dir = filepath.Join(dir, fmt.Sprintf("judge-test-%d", os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip("feature missing: a memory cgroup that can be made: ", err)
	}
	t.Cleanup(func() {
		if err := unix.Rmdir(dir); err != nil {
			t.Error("remove the test's cgroup: ", err)
		}
	})
	return dir, func(t *testing.T, bytes int) {
		t.Helper()
		var err error
		for range 1000 { // what earlier runs were charged is let go of with delay
			if err = os.WriteFile(filepath.Join(dir, file), []byte(strconv.Itoa(bytes)), 0); err == nil {
				return
			}
			// Where that is refused (v1), the kernel is asked to let go of what it keeps:
			// pages, and each processor's stock of charges (cgroup-v1/memory.rst, 5.1).
			_ = os.WriteFile(filepath.Join(dir, "memory.force_empty"), []byte("0"), 0)
			time.Sleep(20 * time.Millisecond)
		}
		t.Fatal("a limit below what is charged: ", err)
	}
}

func hasController(dir, name string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control"))
	return err == nil && strings.Contains(string(text), name)
}

// TestShortOfMemory: where judge itself lacks memory, a run works, or ends in
// a clear error, or judge is killed; no verdict is wrong, and nothing is left.
func TestShortOfMemory(t *testing.T) {
	judge, program := judgeBinary(t), named(t, actor(t))
	group, limit := shortOfMemory(t)
	box := t.TempDir()
	const large = 12 << 20
	if err := os.WriteFile(filepath.Join(box, "large"), make([]byte, large), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		args   []string // of judge run
		do     []string // of the program
		stdout int
	}{
		{"a small program", nil, []string{"print", "done"}, 4},
		{"a large box", []string{"--box", box}, []string{"print", "done"}, 4},
		{"much output", nil, []string{"fill", strconv.Itoa(large)}, large},
		{"captured output", []string{"--capture"}, []string{"fill", strconv.Itoa(large), "print", "done"}, large + 4},
		{"a collected file", []string{"--collect", "new"}, []string{"file", "new", strconv.Itoa(large), "print", "done"}, 4},
		{"many processes", nil, []string{"forks", "50", "print", "done"}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ended := map[string]int{}
			for kib := 512; kib <= 200<<10; kib = kib * 5 / 4 {
				limit(t, kib<<10)
				args := append([]string{"run", "-q", "-p", "strict", "--pids", "64", "--report", "report.json"}, tt.args...)
				how := underShortage(t, group, judge, append(append(args, program), tt.do...), tt.stdout)
				ended[how]++
			}
			t.Log(ended)
			if ended["ok"] == 0 {
				t.Error("it never worked")
			}
		})
	}
	limit(t, 1<<30)
	nothingLeft(t, judge)
}

// underShortage runs judge in the group, and says how that ended: "ok",
// "error", or "killed" if the kernel took judge itself.
func underShortage(t *testing.T, group, judge string, args []string, stdout int) string {
	t.Helper()
	// The shell enters the group; what it becomes is charged there.
	cmd := exec.Command("/bin/sh", append([]string{"-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, group, judge}, args...)...)
	cmd.Dir = t.TempDir()
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	ranOut := func() bool { return len(groupMembers(t, group)) == 0 }
	for deadline := time.Now().Add(2 * time.Second); !ranOut(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still in the group: %v", groupMembers(t, group))
		}
	}
	state := cmd.ProcessState
	data, _ := os.ReadFile(filepath.Join(cmd.Dir, "report.json")) // none where judge was killed
	var r sandbox.Report
	if jsonErr := json.Unmarshal(data, &r); jsonErr != nil {
		if state.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
			return "killed"
		}
		t.Errorf("%v, and the report is %q\n%s", err, data, &stderr)
		return "no report"
	}
	switch {
	case r.Status == sandbox.StatusOK && state.Success():
		passed := out.Len()
		if r.Stdout != nil { // captured
			passed = len(*r.Stdout)
		}
		if passed != stdout || r.StdoutBytes != int64(stdout) {
			t.Errorf("ok, with %d bytes of output passed on and %d counted of %d", passed, r.StdoutBytes, stdout)
		}
		for _, c := range r.Collected {
			if info, err := os.Stat(filepath.Join(cmd.Dir, c.Name)); c.Refused != "" || err != nil || info.Size() != *c.Bytes {
				t.Errorf("ok, with %+v: %v", c, err)
			}
		}
	case r.Status == sandbox.StatusError && state.ExitCode() == 125 && r.Reason != "":
	default:
		t.Errorf("%s (%s), judge: %v\n%s", r.Status, r.Reason, err, &stderr)
	}
	return string(r.Status)
}

func groupMembers(t *testing.T, group string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(group, "cgroup.procs"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}
