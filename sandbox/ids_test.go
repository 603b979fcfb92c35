package sandbox_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSubordinateIDs: where there are some, the program is another user outside
// than judge, PID 1 is not, and what the program made and locked away can be
// taken out all the same.
func TestSubordinateIDs(t *testing.T) {
	needRoot(t, "to give a user subordinate ids, in a mount namespace of the test's own")
	if _, err := exec.LookPath("newuidmap"); err != nil {
		t.Skip("feature missing: newuidmap")
	}
	broken := t.TempDir() // tools that fail
	open(t, broken)
	for _, name := range []string{"newuidmap", "newgidmap"} {
		if err := os.WriteFile(filepath.Join(broken, name), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const nobody, first, count = 65534, 200_000_000, 65_536
	tests := []struct {
		name, path, subuid, subgid string
		uid                        int // of the program, as the host sees it
	}{
		{"both kinds", os.Getenv("PATH"), fmt.Sprintf("65534:%d:%d\n", first, count), fmt.Sprintf("65534:%d:%d\n", first, count), first + count - 1},
		{"no gids", os.Getenv("PATH"), fmt.Sprintf("65534:%d:%d\n", first, count), "", nobody},
		{"another user's", os.Getenv("PATH"), fmt.Sprintf("1:%d:%d\n", first, count), fmt.Sprintf("1:%d:%d\n", first, count), nobody},
		{"tools that refuse", broken + ":" + os.Getenv("PATH"), fmt.Sprintf("65534:%d:%d\n", first, count), fmt.Sprintf("65534:%d:%d\n", first, count), nobody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir)
			out := filepath.Join(dir, "out")
			for name, text := range map[string]string{"subuid": tt.subuid, "subgid": tt.subgid} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(os.Mkdir(out, 0o755), os.Chown(out, nobody, nobody)); err != nil {
				t.Fatal(err)
			}
			const script = `for f in subuid subgid; do [ -e /etc/$f ] || : >/etc/$f; mount --bind "$1/$f" /etc/$f; done; shift; exec "$@"`
			line := slices.Concat([]string{"-m", "--propagation", "private", "sh", "-c", script, "sh", dir}, ordinaryUser(t),
				[]string{judgeBinary(t), "run", "-q", "-p", "default", "--report", "/dev/null", "--collect", "locked/file", "--collect-dir", out,
					"sh", "-c", "mkdir locked; echo taken >locked/file; chmod 0 locked/file locked; echo ready; read x"})
			cmd := exec.Command("unshare", line...)
			cmd.Env = append(os.Environ(), "PATH="+tt.path)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cmd.Process.Kill()
				cmd.Wait()
			}()
			if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
				t.Fatalf("%q %v: %s", line, err, &stderr)
			}
			init := initOf(t, cmd.Process.Pid)
			if got := uidOf(t, init); got != nobody {
				t.Errorf("PID 1 is of uid %d", got)
			}
			program := children(t, init)
			if len(program) != 1 || uidOf(t, program[0]) != tt.uid {
				t.Errorf("program %v is of uid %d, want %d", program, uidOf(t, program[0]), tt.uid)
			}
			stdin.Close()
			if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 { // of read, at the end of its input
				t.Errorf("%v: %s", err, &stderr)
			}
			if data, err := os.ReadFile(filepath.Join(out, "locked/file")); err != nil || string(data) != "taken\n" {
				t.Errorf("collected %q: %v", data, err)
			}
		})
	}
}

func uidOf(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "\nUid:")
	uid := -1
	fmt.Sscan(after, &uid)
	return uid
}
