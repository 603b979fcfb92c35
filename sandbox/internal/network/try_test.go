package network

import (
	"os"
	"testing"
)

// TestTry: each part is tried once, and no descriptor, by which its namespaces
// would live on, is left.
func TestTry(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	open := func() int {
		names, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	Try() // the first opens what Go's runtime keeps
	before := open()
	got := map[string]bool{}
	for _, trial := range Try() {
		if got[trial.Part] {
			t.Errorf("%s was tried twice", trial.Part)
		}
		got[trial.Part] = true
		if trial.Err != nil {
			t.Errorf("%s: %v", trial.Part, trial.Err)
		}
	}
	if want := 7; len(got) != want {
		t.Errorf("%d parts were tried, not %d: %v", len(got), want, got)
	}
	if after := open(); after != before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
}
