package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// asUser is what to put before a command so that an ordinary user runs it: nothing
// if one runs the tests.
func asUser(t *testing.T) []string {
	t.Helper()
	if !root() {
		return nil
	}
	return ordinaryUser(t)
}

// begin starts a line whose last argument is a script of the run's, which it has told a file
// when it prints "end". ended is closed when the line has ended.
func begin(t *testing.T, line []string, out string) (pid int, ended <-chan struct{}) {
	t.Helper()
	cmd := exec.Command(line[0], line[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		cmd.Wait()
		close(done)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
	})
	for deadline := time.After(time.Minute); ; {
		if data, _ := os.ReadFile(out); bytes.HasSuffix(data, []byte("end\n")) {
			return cmd.Process.Pid, done
		}
		select {
		case <-done:
			t.Fatalf("%q ended with %v: %s", line, cmd.ProcessState, &stderr)
		case <-deadline:
			t.Fatalf("%q does not begin", line)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// userDir is a directory that belongs to that user of ordinaryUser's.
func userDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	open(t, dir)
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestExecOfAnOrdinaryUser: he enters his own runs and is told there what the
// program is told; their first process stays closed to him, and they to others.
func TestExecOfAnOrdinaryUser(t *testing.T) {
	needRoot(t, "to be another user")
	judge := judgeBinary(t)
	clocks := []string{"-p", timePolicy(t)}
	open(t, filepath.Dir(clocks[1]))
	for _, variant := range []struct {
		name  string
		ids   bool
		flags []string
	}{
		{"one id", false, nil}, {"subordinate ids", true, nil}, {"root", false, []string{"--uid", "0", "--gid", "0"}},
		{"clocks", false, clocks}, {"clocks and ids", true, clocks},
	} {
		t.Run(variant.name, func(t *testing.T) {
			dir := userDir(t)
			out, as := filepath.Join(dir, "out"), ordinaryUser(t)
			line := slices.Concat(as, []string{judge, "run", "-q", "--name", "own", "--wall-time", "100s", "--stdout", out, "--report", os.DevNull},
				variant.flags, []string{"sh", "-c", sameScript + "; echo end; sleep 100"})
			if variant.ids {
				line = withIDs(t, line)
			}
			pid, _ := begin(t, line, out)
			want, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			enter := slices.Concat(as, []string{judge, "exec", "own", "sh", "-c", sameScript + "; echo end"})
			if got, err := exec.Command(enter[0], enter[1:]...).CombinedOutput(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%v; the program is told\n%s\nthe command\n%s", err, want, got)
			}
			look := slices.Concat(as, []string{"readlink", fmt.Sprintf("/proc/%d/ns/net", initOf(t, pid))})
			if got, err := exec.Command(look[0], look[1:]...).CombinedOutput(); err == nil {
				t.Errorf("PID 1 is open to its user: %s", got)
			}
			if variant.ids {
				return // there, no groups are kept
			}
			grouped := slices.Clone(enter)
			i := slices.Index(grouped, "--clear-groups")
			grouped = slices.Replace(grouped, i, i+1, "--groups", "65534,4711")
			got, err := exec.Command(grouped[0], grouped[1:]...).CombinedOutput()
			if err == nil || !strings.Contains(string(got), "groups that the run is not in: [4711]") {
				t.Errorf("with a group more: %v %s", err, got)
			}
		})
	}
}

// withIDs gives that user subordinate ids, in a mount namespace of the line's own.
func withIDs(t *testing.T, line []string) []string {
	t.Helper()
	if _, err := exec.LookPath("newuidmap"); err != nil {
		t.Skip("feature missing: newuidmap")
	}
	dir := t.TempDir()
	for _, name := range []string{"subuid", "subgid"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("65534:200000000:65536\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const script = `for f in subuid subgid; do [ -e /etc/$f ] || : >/etc/$f; mount --bind "$1/$f" /etc/$f; done; shift; exec "$@"`
	return slices.Concat([]string{"unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", dir}, line)
}

// TestExecCounts: what second commands used counts when they have ended, too: it
// is in the run's report, and runs into its limit.
func TestExecCounts(t *testing.T) {
	judge, as := judgeBinary(t), asUser(t)
	burn := []string{"python3", "-c", "import time\nwhile time.process_time() < 0.3: pass"}
	dir := t.TempDir()
	if root() {
		dir = userDir(t)
	}
	start := func(t *testing.T, name, limit string) (enter []string, report func() (status string, used time.Duration)) {
		t.Helper()
		out, file := filepath.Join(dir, name), filepath.Join(dir, name+".json")
		_, ended := begin(t, slices.Concat(as, []string{judge, "run", "-q", "--name", name, "--cpu-time", limit, "--wall-time", "200s", "--stdout", out, "--report", file,
			"sh", "-c", "echo end; exec sleep 200"}), out)
		return slices.Concat(as, []string{judge, "exec", name}, burn), func() (string, time.Duration) {
			<-ended
			data, err := os.ReadFile(file)
			var r struct {
				Status string
				Used   int64 `json:"cpu_time_ns"`
			}
			if err := errors.Join(err, json.Unmarshal(data, &r)); err != nil {
				t.Fatal(err)
			}
			return r.Status, time.Duration(r.Used)
		}
	}
	t.Run("in the report", func(t *testing.T) {
		enter, report := start(t, "counts-report", "100s")
		for range 2 {
			if out, err := exec.Command(enter[0], enter[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
		}
		stop := slices.Concat(as, []string{judge, "stop", "counts-report"})
		if out, err := exec.Command(stop[0], stop[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		if status, used := report(); status != "cancelled" || used < 600*time.Millisecond-2*time.Second/100 { // figures of a kind are in ticks
			t.Errorf("%s after %v", status, used)
		}
	})
	t.Run("against the limit", func(t *testing.T) {
		enter, report := start(t, "counts-limit", "1s")
		for i := 0; ; i++ { // each is below the limit
			if exec.Command(enter[0], enter[1:]...).Run() != nil {
				break
			}
			if i > 100 {
				t.Fatal("no limit holds")
			}
		}
		if status, used := report(); status != "cpu-time" || used < time.Second {
			t.Errorf("%s after %v", status, used)
		}
	})
}
