package rlimit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// statLine is one of proc_pid_stat(5), with these ticks.
func statLine(pid int, name string, user, system, childUser, childSystem int) string {
	return fmt.Sprintf("%d (%s) S 1 2 2 0 -1 4194304 130 0 0 0 %d %d %d %d 20 0 1 0 100 8192 100 18446744073709551615 0 0\n",
		pid, name, user, system, childUser, childSystem)
}

func TestParseStat(t *testing.T) {
	tests := []struct {
		name, line string
		want       times
		bad        bool
	}{
		{"plain", statLine(7, "prog", 3, 4, 10, 20), times{70 * time.Millisecond, 300 * time.Millisecond, 1}, false},
		{"a name that looks like fields", statLine(7, "a) R 1 1 1 1 1 1 1 1 1 1 9999 9999", 1, 0, 0, 0), times{10 * time.Millisecond, 0, 1}, false},
		{"a name of parentheses", statLine(7, "))((", 1, 1, 0, 1), times{20 * time.Millisecond, 10 * time.Millisecond, 1}, false},
		{"an empty name", statLine(7, "", 0, 0, 0, 0), times{0, 0, 1}, false},
		{"cut short", "7 (prog) S 1 2 2 0", times{}, true},
		{"no name", "7 prog S 1 2 2 0 -1 4194304 130 0 0 0 1 1 1 1 20", times{}, true},
		{"no numbers", strings.Replace(statLine(7, "prog", 3, 4, 10, 20), " 3 4 ", " x 4 ", 1), times{}, true},
		{"nothing", "", times{}, true},
	}
	for _, tt := range tests {
		got, err := parseStat([]byte(tt.line))
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%s: %+v %v", tt.name, got, err)
		}
	}
}

// proc makes a directory like a /proc, of files pid -> stat.
func proc(t *testing.T, stats map[string]string) int {
	t.Helper()
	dir := t.TempDir()
	for pid, text := range stats {
		if err := os.Mkdir(filepath.Join(dir, pid), 0o755); err != nil {
			t.Fatal(err)
		}
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, pid, "stat"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestCPU(t *testing.T) {
	tests := []struct {
		name  string
		stats map[string]string
		want  time.Duration
	}{
		{"one process", map[string]string{"1": statLine(1, "judge-init", 5, 5, 0, 0), "2": statLine(2, "p", 3, 1, 0, 0)}, 40 * time.Millisecond},
		{"what PID 1 has waited for counts, its own does not", map[string]string{"1": statLine(1, "judge-init", 50, 50, 7, 2), "2": statLine(2, "p", 1, 0, 0, 0)}, 100 * time.Millisecond},
		{"children, alive and waited for", map[string]string{"2": statLine(2, "p", 1, 0, 10, 5), "3": statLine(3, "c", 4, 0, 0, 0)}, 200 * time.Millisecond},
		{"what has just ended, and what is no process", map[string]string{"2": statLine(2, "p", 1, 0, 0, 0), "3": "", "sys": "", "self": statLine(9, "x", 100, 0, 0, 0)}, 10 * time.Millisecond},
		{"nobody", nil, 0},
	}
	for _, tt := range tests {
		leaf := &Leaf{proc: proc(t, tt.stats)}
		got, err := leaf.CPU()
		if got != tt.want || err != nil {
			t.Errorf("%s: %v %v, want %v", tt.name, got, err, tt.want)
		}
		if err := leaf.Remove(); err != nil {
			t.Error(err)
		}
	}
}

// The time that was seen never goes back, and stays when there is nobody to ask.
func TestCPUNeverGoesBack(t *testing.T) {
	leaf := &Leaf{proc: -1}
	if used, err := leaf.CPU(); used != 0 || err != nil {
		t.Errorf("before the start: %v %v", used, err)
	}
	leaf.proc = proc(t, map[string]string{"2": statLine(2, "p", 9, 0, 0, 0)})
	if used, err := leaf.CPU(); used != 90*time.Millisecond || err != nil {
		t.Errorf("%v %v", used, err)
	}
	unix.Close(leaf.proc)
	leaf.proc = proc(t, map[string]string{"2": statLine(2, "p", 4, 0, 0, 0)}) // the rest ended, and nobody waited for it
	if used, err := leaf.CPU(); used != 90*time.Millisecond || err != nil {
		t.Errorf("it went back to %v %v", used, err)
	}
	if err := leaf.Remove(); err != nil {
		t.Error(err)
	}
	if u, err := leaf.Usage(); u.CPU != 90*time.Millisecond || u.OOMKills != 0 || u.MemoryPeak != nil || u.PidsPeak != nil || err != nil {
		t.Errorf("%+v %v", u, err)
	}
}

// What is no /proc is not read, and not kept.
func TestWatchNoProc(t *testing.T) {
	leaf := &Leaf{proc: -1}
	dir := proc(t, map[string]string{"2": statLine(2, "p", 9, 0, 0, 0)})
	leaf.Watch(dir)
	if used, err := leaf.CPU(); used != 0 || err != nil {
		t.Errorf("%v %v", used, err)
	}
	if _, err := unix.FcntlInt(uintptr(dir), unix.F_GETFD, 0); err != unix.EBADF {
		t.Errorf("its descriptor is still open: %v", err)
	}
}
