package harness

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestNotHeld(t *testing.T) {
	owning := &Outcome{Report: &Report{Unenforced: []Unenforced{{"cpus", "why"}, {"memory", "no cgroup"}}}}
	silent := &Outcome{Report: &Report{Unenforced: []Unenforced{{"memory", ""}, {"cpu_time", "why"}}}}
	tests := []struct {
		expectation string
		waived      bool
	}{
		{"wall-time>=750ms", true}, {"memory", true}, {"memory | syscall", true}, {"oom-kill yes", true}, {"peak-memory>=48MiB", true}, {"stdout-lacks UNLIMITED", true},
		{"wall-time<=1s", false}, {"oom-kill no", false}, {"peak-memory<=48MiB", false}, {"cpu-time", false}, {"ok", false}, {"stdout-lacks ESCAPED", false}, {"host-unchanged {canary}", false},
	}
	for _, tt := range tests {
		if owning.notHeld(tt.expectation) != tt.waived {
			t.Errorf("%s: waived %t", tt.expectation, !tt.waived)
		}
		for _, o := range []*Outcome{silent, {}} {
			if o.notHeld(tt.expectation) {
				t.Errorf("%s: waived by %+v", tt.expectation, o.Report)
			}
		}
	}
}

func TestClaims(t *testing.T) {
	unheld := []Unenforced{{"memory", "why"}}
	for _, r := range []Report{{Status: "memory", Unenforced: unheld}, {OOMKills: 1, Unenforced: unheld}, {MemoryPeakBytes: 1, Unenforced: unheld}} {
		if r.claims() == nil {
			t.Errorf("%+v passes", r)
		}
	}
	for _, r := range []Report{{Status: "memory", OOMKills: 1, MemoryPeakBytes: 1}, {Status: "ok", Unenforced: unheld}} {
		if err := r.claims(); err != nil {
			t.Error(err)
		}
	}
}

func TestMissed(t *testing.T) {
	var r Result
	r.missed(&Outcome{Report: &Report{Unenforced: []Unenforced{{"memory", "why"}}}}, "oom-kill yes", errors.New("no"))
	if len(r.Failures) > 0 || len(r.Notes) != 1 {
		t.Errorf("%+v", r)
	}
	r.missed(&Outcome{Report: &Report{}}, "oom-kill yes", errors.New("no"))
	if !slices.Equal(r.Failures, []string{"oom-kill yes: no"}) {
		t.Errorf("%+v", r)
	}
}

// A difference must show, and be no more than it says.
func TestSettle(t *testing.T) {
	seen := func(stdout string) []*running {
		r := &running{}
		r.out.Stdout.Data = []byte(stdout)
		return []*running{r}
	}
	fails := []string{"ok | syscall: verdict is nonzero-exit", "stdout-lacks ESCAPED: it has"}
	tests := []struct {
		name, of string
		uid      int
		failures []string
		stdout   string
		left     string // part of what is left; "" for nothing
	}{
		{"as it is", "locks-seen", 1000, fails, "ESCAPED flock on /dev/null\nDONE\n", ""},
		{"a lock that is no device's", "locks-seen", 1000, fails, "ESCAPED flock on /dev/null\nESCAPED flock on /usr/bin/env\n", "/usr/bin/env"},
		{"it is met now", "locks-seen", 1000, nil, "DONE\n", "it is met"},
		{"half of it is met", "locks-seen", 1000, fails[:1], "", "it is met"},
		{"something else fails, too", "locks-seen", 1000, append([]string{"left behind: a file"}, fails...), "", "left behind"},
		{"root", "locks-seen", 0, fails, "ESCAPED flock on /dev/null\n", "ESCAPED"},
		{"a case that is not listed", "other", 1000, fails, "", "ESCAPED"},
	}
	for _, tt := range tests {
		r := Result{Failures: slices.Clone(tt.failures)}
		r.settle(tt.of, tt.uid, seen(tt.stdout))
		if all := strings.Join(r.Failures, "; "); !strings.Contains(all, tt.left) || tt.left == "" && all != "" {
			t.Errorf("%s: left are %q", tt.name, r.Failures)
		}
	}
}
