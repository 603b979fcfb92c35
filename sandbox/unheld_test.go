package sandbox

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"judge/policy"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/rlimit"
)

func TestUnheld(t *testing.T) {
	all := map[string]string{"memory": "none", "pids": "none", "cpus": "none", "cpuset": "none"}
	timed := policy.Limits{CPUTime: time.Second}
	tests := []struct {
		name    string
		limits  policy.Limits
		missing map[string]string
		counts  counts
		apart   plan.Apart
		list    string
	}{
		{"a host that holds everything", timed, nil, counts{cpu: true, processes: true}, plan.Apart{}, ""},
		{"a user without cgroups", timed, all, counts{processes: true}, plan.Apart{CPUTime: true, Memory: true, Pids: true}, "cpu_time cpus cpuset memory"},
		{"on a kernel that counts all processes of the user together", timed, all, counts{}, plan.Apart{CPUTime: true, Memory: true}, "cpu_time cpus cpuset memory pids"},
		{"a container's root without cgroups", timed, all, counts{processes: true, root: true}, plan.Apart{CPUTime: true, Memory: true, Pids: true},
			"cpu_time cpus cpuset memory pids"},
		{"nothing asked for", policy.Limits{}, nil, counts{}, plan.Apart{}, ""},
		{"a delegated cgroup without cpuset", timed, map[string]string{"cpuset": "not delegated"}, counts{cpu: true, processes: true}, plan.Apart{}, "cpuset"},
		{"a delegated cgroup without memory and pids", timed, map[string]string{"memory": "not delegated", "pids": "not delegated"}, counts{cpu: true, processes: true},
			plan.Apart{Memory: true, Pids: true}, "memory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			apart, list := unheld(tt.limits, tt.missing, tt.counts)
			var names []string
			for _, u := range list {
				names = append(names, u.Limit)
				if why := tt.missing[u.Limit]; u.Why == "" || !strings.HasPrefix(u.Why, why) {
					t.Errorf("%s: why %q, want it to begin with %q", u.Limit, u.Why, why)
				}
			}
			if apart != tt.apart || strings.Join(names, " ") != tt.list {
				t.Errorf("%+v %v, want %+v %s", apart, names, tt.apart, tt.list)
			}
		})
	}
}

func TestCountsProcesses(t *testing.T) {
	tests := []struct {
		name    string
		userns  plan.Userns
		release string
		want    bool
	}{
		{"root", plan.Userns{}, "4.19.0", true},
		{"a user", plan.Userns{Maps: plan.OneID, UID: 1000}, "5.14.0-70.el9", true},
		{"a user on an old kernel", plan.Userns{Maps: plan.OneID, UID: 1000}, "5.13.19", false},
		{"a user with ids to give away, on an old kernel", plan.Userns{Maps: plan.ManyIDs, UID: 1000}, "5.11.0", true},
		{"a root without the rights of root", plan.Userns{Maps: plan.OneID}, "6.18.0", true},
	}
	for _, tt := range tests {
		if got := countsProcesses(tt.userns, tt.release); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// enforce = "all" names everything that is not held, and lets pass what is.
func TestEnforceAll(t *testing.T) {
	p, _ := policy.Builtin("strict")
	p.Enforce = "all"
	r := &run{policy: p, host: &host{kernel: "6.1.0", cgroups: rlimit.Host{Why: "it has none"}, landlock: 7}, limits: leafLimits(p)}
	r.may.userns = plan.Userns{Maps: plan.OneID, UID: 1000}
	err := r.findUnheld()
	var usage *UsageError
	if !errors.As(err, &usage) || usage.Hint == "" {
		t.Fatalf("%v", err)
	}
	for _, part := range []string{`enforce = "all"`, "cpu_time: ", "memory: it has none"} {
		if !strings.Contains(usage.What, part) {
			t.Errorf("%q lacks %q", usage.What, part)
		}
	}
	if strings.Contains(usage.What, "pids") {
		t.Errorf("RLIMIT_NPROC holds the number of processes: %q", usage.What)
	}
	r.policy.Enforce = "available"
	if err := r.findUnheld(); err != nil || !slices.ContainsFunc(r.unheld, func(u Unenforced) bool { return u.Limit == "memory" }) {
		t.Errorf("%v %v", err, r.unheld)
	}
	r.policy.Enforce, r.limits, r.policy.Limits.CPUTime = "all", leafLimits(policy.Policy{}), 0
	if err := r.findUnheld(); err != nil {
		t.Errorf("nothing was asked for that is not held: %v", err)
	}
}
