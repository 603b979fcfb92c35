package cgroup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestActive(t *testing.T) {
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
		got, err := active(dir, "tasks")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	until := func(want bool, text string) {
		for end := time.Now().Add(10 * time.Second); ask(text) != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("active says %v of %q", !want, text)
			}
		}
	}
	until(false, fmt.Sprintf("%d\n", asleep)) // once it has begun to sleep
	until(true, fmt.Sprintf("%d\n%d\n", asleep, spins))
	for _, text := range []string{"", "0\n", "999999999\n"} {
		if ask(text) {
			t.Errorf("active says true of %q", text)
		}
	}
	if got, err := active(filepath.Join(dir, "gone"), "tasks"); got || err != nil {
		t.Errorf("of a leaf that is gone active says %v, %v", got, err)
	}
}

func TestIsActive(t *testing.T) {
	for stat, want := range map[string]bool{
		"7 (sh) S 1 7": false, "7 (sh) R 1 7": true, "7 (sh) D 1 7": true, "7 (a) R) S 1": false, "7 (a) S) R 1": true,
		"7 (sh) T 1": false, "7 (a": false, "7 (a)": false, "7 (a) ": false, "": false,
	} {
		if got := IsActive([]byte(stat)); got != want {
			t.Errorf("IsActive(%q) = %v, want %v", stat, got, want)
		}
	}
}

// TestLongListIsKilled: a list of processes is longer than a page.
func TestLongListIsKilled(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	dir := t.TempDir()
	list := strings.Repeat("0\n", 100_000) + fmt.Sprintln(cmd.Process.Pid)
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := killAll(dir); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		cmd.Process.Kill()
		t.Error("the last process of the list lives")
	}
}
