package plan

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// What no cgroup holds, the kernel holds by the process.
func TestRlimitsApart(t *testing.T) {
	limits := policy.Limits{CPUTime: 1500 * time.Millisecond, Memory: 64 << 20, Pids: 7}
	tests := []struct {
		name             string
		limits           policy.Limits
		apart            Apart
		cpu, data, nproc uint64
	}{
		{"cgroups hold all", limits, Apart{}, Infinity, Infinity, 7 + 64},
		{"none", limits, Apart{CPUTime: true, Memory: true, Pids: true}, 3, 64 << 20, 7},
		{"memory alone", limits, Apart{Memory: true}, Infinity, 64 << 20, 7 + 64},
		{"no limits, no cgroups", policy.Limits{}, Apart{CPUTime: true, Memory: true, Pids: true}, Infinity, Infinity, Infinity},
		{"whole seconds: what ran into it is past the limit", policy.Limits{CPUTime: 2 * time.Second}, Apart{CPUTime: true}, 3, Infinity, Infinity},
		{"a millisecond", policy.Limits{CPUTime: time.Millisecond}, Apart{CPUTime: true}, 2, Infinity, Infinity},
	}
	for _, tt := range tests {
		want := map[int]uint64{unix.RLIMIT_CPU: tt.cpu, unix.RLIMIT_DATA: tt.data, unix.RLIMIT_NPROC: tt.nproc, unix.RLIMIT_AS: Infinity}
		for _, r := range Rlimits(tt.limits, tt.apart) {
			if value, ok := want[r.Resource]; ok && value != r.Value {
				t.Errorf("%s: %s is %d, want %d", tt.name, r.Name, r.Value, value)
			}
		}
	}
}
