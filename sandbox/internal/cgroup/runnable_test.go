package cgroup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestRunnable(t *testing.T) {
	start := func(args ...string) int {
		cmd := exec.Command(args[0], args[1:]...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait() //nolint:errcheck // it was killed
		})
		return cmd.Process.Pid
	}
	asleep, spins := start("sleep", "60"), start("sh", "-c", "ulimit -t 20; while :; do :; done")
	dir := t.TempDir()
	ask := func(text string) bool {
		if err := os.WriteFile(filepath.Join(dir, "tasks"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := runnable(dir, "tasks")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	until := func(want bool, text string) {
		for end := time.Now().Add(10 * time.Second); ask(text) != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("runnable says %v of %q", !want, text)
			}
		}
	}
	until(false, fmt.Sprintf("%d\n", asleep)) // once it has begun to sleep
	until(true, fmt.Sprintf("%d\n%d\n", asleep, spins))
	for _, text := range []string{"", "0\n", "999999999\n"} {
		if ask(text) {
			t.Errorf("runnable says true of %q", text)
		}
	}
	if got, err := runnable(filepath.Join(dir, "gone"), "tasks"); got || err != nil {
		t.Errorf("of a leaf that is gone runnable says %v, %v", got, err)
	}
}

func TestStateOf(t *testing.T) {
	for _, tt := range []struct {
		stat string
		want byte
	}{{"7 (sh) S 1 7", 'S'}, {"7 (a) R) R 1", 'R'}, {"7 (a", 0}, {"7 (a)", 0}, {"", 0}} {
		if got := StateOf([]byte(tt.stat)); got != tt.want {
			t.Errorf("StateOf(%q) = %q, want %q", tt.stat, got, tt.want)
		}
	}
}
