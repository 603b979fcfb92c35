package sandbox_test

import (
	"strings"
	"testing"

	"judge/policy"
	"judge/sandbox"
)

func TestWalls(t *testing.T) {
	tests := []struct {
		name, policy string
		change       func(*policy.Policy)
		has, lacks   string
	}{
		{"strict", "strict", func(*policy.Policy) {}, "namespaces: PID, mount, network, IPC, UTS, cgroup\n", "hidden"},
		{"default", "default", func(*policy.Policy) {}, "hidden, of what this host has: /proc/cmdline, ", "/sys"},
		{"with /sys", "default", func(p *policy.Policy) { p.Filesystem.Sys = "ro" }, ", /sys/fs\n", ""},
		{"more namespaces", "strict", func(p *policy.Policy) { p.Namespaces.User, p.Namespaces.Time = true, true }, "cgroup, user, time\n", ""},
		{"keys", "default", func(p *policy.Policy) {
			p.Seccomp.Rules = append([]policy.Rule{{Calls: []string{"keyctl"}, When: []string{"arg0:32 == KEYCTL_READ"}, Action: "allow"}}, p.Seccomp.Rules...)
		}, "cgroup, user\n", ""},
		{"no Landlock", "strict", func(p *policy.Policy) { p.Landlock.Enabled = false }, "Landlock: none; not asked for\n", "below"},
		{"no filter", "default", func(p *policy.Policy) { p.Seccomp = policy.Seccomp{Default: "allow"} }, "cgroup, user\n", ""},
	}
	for _, tt := range tests {
		p := builtin(t, tt.policy)
		tt.change(&p)
		lines, err := sandbox.Walls(p)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		text := strings.Join(lines, "\n") + "\n"
		if !strings.Contains(text, tt.has) || tt.lacks != "" && strings.Contains(text, tt.lacks) {
			t.Errorf("%s: want %q, and no %q:\n%s", tt.name, tt.has, tt.lacks, text)
		}
	}
}

func TestWallsOfLandlock(t *testing.T) {
	needLandlock(t, 6)
	p := builtin(t, "strict")
	p.Filesystem.Bind = []policy.Bind{{Source: "/srv", Target: "/data"}, {Source: "/opt", Target: "/seen", Readonly: true}}
	lines, err := sandbox.Walls(p)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(lines, "\n") + "\n"
	for _, want := range []string{"  below /: read, execute\n", "  below /box: read, execute, write, make, rename and remove\n",
		"  below /data: read, execute, write, make, rename and remove\n", "  below standard input, if it is a file: read\n", "  no TCP\n", "  no signal to a process outside\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "/seen") || strings.Contains(text, "mqueue") {
		t.Errorf("too much:\n%s", text)
	}
}
