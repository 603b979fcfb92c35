package seccomp

import (
	"testing"

	"judge/policy"
)

// TestMayPass holds the search against what the policy says.
func TestMayPass(t *testing.T) {
	own := func(s policy.Seccomp) Filter {
		t.Helper()
		spec, err := Resolve(s)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Compile(spec, X86_64, helper(t))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	rule := func(when, action string, calls ...string) policy.Rule {
		r := policy.Rule{Calls: calls, Action: action}
		if when != "" {
			r.When = []string{when}
		}
		return r
	}
	allow := []string{"execve", "exit_group", "read"}
	tests := []struct {
		name, call string
		filter     Filter
		want       bool
	}{
		{"no filter", "keyctl", Filter{}, true},
		{"no filter, no such call", "kyctl", Filter{}, false},
		{"allowed", "read", own(policy.Seccomp{Default: "kill", Allow: allow}), true},
		{"not named", "keyctl", own(policy.Seccomp{Default: "kill", Allow: allow}), false},
		{"not named, answered", "keyctl", own(policy.Seccomp{Default: "errno:EPERM", Allow: allow}), false},
		{"not named, default allows", "keyctl", own(policy.Seccomp{Default: "allow", Deny: []string{"bpf"}}), true},
		{"not named, default logs", "keyctl", own(policy.Seccomp{Default: "log", Deny: []string{"bpf"}}), true},
		{"denied", "bpf", own(policy.Seccomp{Default: "allow", Deny: []string{"bpf"}}), false},
		{"with one argument only", "keyctl", own(policy.Seccomp{Default: "kill", Allow: allow,
			Rules: []policy.Rule{rule("arg0:32 == KEYCTL_READ", "allow", "keyctl")}}), true},
		{"with high words only", "keyctl", own(policy.Seccomp{Default: "kill", Allow: allow,
			Rules: []policy.Rule{rule("arg1 > 0x500000000", "allow", "keyctl")}}), true},
		{"logged with a mask", "keyctl", own(policy.Seccomp{Default: "kill", Allow: allow,
			Rules: []policy.Rule{rule("arg0 & 0xff00 != 0", "log", "keyctl")}}), true},
		{"another answer with one argument", "keyctl", own(policy.Seccomp{Default: "kill", Allow: allow,
			Rules: []policy.Rule{rule("arg0:32 == KEYCTL_READ", "errno:EPERM", "keyctl")}}), false},
		{"a rule above the list", "keyctl", own(policy.Seccomp{Default: "kill", Allow: append(allow, "keyctl"),
			Rules: []policy.Rule{rule("", "errno:EPERM", "keyctl")}}), false},
	}
	for _, tt := range tests {
		if got := tt.filter.MayPass(X86_64, tt.call); got != tt.want {
			t.Errorf("%s: %s may pass: %v, want %v", tt.name, tt.call, got, tt.want)
		}
	}
}

// TestMayPassBuiltin asks every built-in filter about every call, and holds a
// no against the spec: none of its rules for that call may let it pass.
func TestMayPassBuiltin(t *testing.T) {
	for _, name := range policy.Names() {
		spec := builtinSpec(t, name)
		for _, arch := range []Arch{X86_64, ARM64} {
			f, err := LoadPolicy(builtin(t, name), arch, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range allCalls() {
				if _, ok := Number(arch, call); !ok {
					continue
				}
				if got, want := f.MayPass(arch, call), spec.MayPass(call); got != want {
					t.Errorf("%s, %v: %s may pass: %v, but by its rules %v", name, arch, call, got, want)
				}
			}
		}
	}
}

func BenchmarkMayPass(b *testing.B) {
	f, err := LoadPolicy(builtin(b, "default"), X86_64, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f.MayPass(X86_64, "mq_open")
		f.MayPass(X86_64, "add_key")
		f.MayPass(X86_64, "request_key")
		f.MayPass(X86_64, "keyctl")
	}
}
