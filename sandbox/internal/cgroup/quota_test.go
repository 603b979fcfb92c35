package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestQuotas(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"cgroup.procs": "", "cpu.stat": "usage_usec 5\n",
		"a/cgroup.procs": "", "a/cpu.max": "50000 100000\n", "a/cpu.stat": "usage_usec 9\nnr_throttled 3\nthrottled_usec 1500\n",
		"a/b/cgroup.procs": "", "a/b/cpu.max": "max 100000\n", "a/b/cpu.stat": "throttled_time 7000\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a := filepath.Join(root, "a", "cpu.stat")
	if got := (V2{Root: filepath.Join(root, "a", "b")}).Quotas(); !slices.Equal(got, []string{a}) {
		t.Errorf("quotas: %q", got)
	}
	for file, want := range map[string]time.Duration{
		a: 1500 * time.Microsecond, filepath.Join(root, "a", "b", "cpu.stat"): 7 * time.Microsecond,
		filepath.Join(root, "cpu.stat"): 0, filepath.Join(root, "gone", "cpu.stat"): 0,
	} {
		if got, err := ThrottledOf(file); got != want || err != nil {
			t.Errorf("%s: %v, %v, want %v", file, got, err, want)
		}
	}
}
