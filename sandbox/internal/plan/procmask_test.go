package plan

import (
	"slices"
	"strings"
	"testing"

	"judge/policy"
)

func TestMasks(t *testing.T) {
	tests := []struct {
		proc, sys     string
		ofProc, ofSys bool
	}{
		{"private", "none", true, false}, {"", "none", true, false}, {"private", "ro", true, true},
		{"pids", "none", false, false}, {"none", "ro", false, true}, {"none", "none", false, false},
	}
	for _, tt := range tests {
		all := Masks(policy.Filesystem{Proc: tt.proc, Sys: tt.sys})
		has := func(prefix string) bool {
			return slices.ContainsFunc(all, func(m Mask) bool { return strings.HasPrefix(m.Path, prefix) })
		}
		if has("/proc/") != tt.ofProc || has("/sys/") != tt.ofSys {
			t.Errorf("proc %s, sys %s: %v", tt.proc, tt.sys, all)
		}
	}
}

// TestMaskSources: a directory of /sys does not need a /proc to be hidden.
func TestMaskSources(t *testing.T) {
	in := input(builtin(t, "default"))
	in.Policy.Filesystem.Proc, in.Policy.Filesystem.Sys = "none", "ro"
	in.Host.Masked = Masks(in.Policy.Filesystem)
	for _, s := range Compile(in).Init {
		if text := s.String(); s.Name == "mount" && strings.Contains(text, `"/proc/`) {
			t.Error(text)
		}
	}
}
