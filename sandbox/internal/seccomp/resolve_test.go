package seccomp

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
)

func rule(action string, calls []string, when ...string) policy.Rule {
	return policy.Rule{Calls: calls, When: when, Action: action}
}

func TestResolvePrecedence(t *testing.T) {
	const exec = "execve"
	eperm := Errno(unix.EPERM)
	tests := []struct {
		rule string
		p    policy.Seccomp
		call string
		args [6]uint64
		want Action
	}{
		{"the default of a filter without one is kill", policy.Seccomp{Allow: []string{exec}}, "read", [6]uint64{}, Kill},
		{"a call that nothing names gets the default", policy.Seccomp{Default: "errno:EPERM", Allow: []string{exec}}, "read", [6]uint64{}, eperm},
		{"allow", policy.Seccomp{Allow: []string{exec, "read"}}, "read", [6]uint64{}, Allow},
		{"a group", policy.Seccomp{Allow: []string{exec, "@basic-io"}}, "read", [6]uint64{}, Allow},
		{"a group in a group", policy.Seccomp{Allow: []string{"@system-service"}}, "execve", [6]uint64{}, Allow},
		{"deny wins over allow", policy.Seccomp{Allow: []string{exec, "@basic-io"}, Deny: []string{"read"}}, "read", [6]uint64{}, Kill},
		{"a rule wins over deny", policy.Seccomp{Allow: []string{exec}, Deny: []string{"read"}, Rules: []policy.Rule{rule("log", []string{"@basic-io"})}}, "read", [6]uint64{}, Log},
		{"a rule whose condition fails does not count", policy.Seccomp{Allow: []string{exec}, Deny: []string{"read"}, Rules: []policy.Rule{rule("allow", []string{"read"}, "arg0 == 1")}}, "read", [6]uint64{}, Kill},
		{"all conditions must hold", policy.Seccomp{Allow: []string{exec}, Rules: []policy.Rule{rule("allow", []string{"read"}, "arg0 == 1", "arg2 < 10")}}, "read", [6]uint64{1, 0, 10}, Kill},
		{"two conditions on one argument", policy.Seccomp{Allow: []string{exec}, Rules: []policy.Rule{rule("allow", []string{"read"}, "arg0 >= 1", "arg0 <= 3")}}, "read", [6]uint64{3}, Allow},
		{"the first rule wins", policy.Seccomp{Allow: []string{exec}, Rules: []policy.Rule{rule("errno:EPERM", []string{"read"}, "arg0 == 1"), rule("allow", []string{"read"})}}, "read", [6]uint64{1}, eperm},
		{"the next rule, where the first does not hold", policy.Seccomp{Allow: []string{exec}, Rules: []policy.Rule{rule("errno:EPERM", []string{"read"}, "arg0 == 1"), rule("allow", []string{"read"})}}, "read", [6]uint64{2}, Allow},
		{"@known is everything", policy.Seccomp{Allow: []string{"@known"}}, "landlock_restrict_self", [6]uint64{}, Allow},
		{"an empty condition list always holds", policy.Seccomp{Allow: []string{exec}, Rules: []policy.Rule{rule("allow", []string{"read"})}}, "read", [6]uint64{7}, Allow},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			s, err := Resolve(tt.p)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Action(tt.call, tt.args); got != tt.want {
				t.Errorf("%s%v = %s, want %s", tt.call, tt.args, got, tt.want)
			}
		})
	}
}

func TestResolveErrors(t *testing.T) {
	allow := []string{"execve"}
	tests := []struct {
		rule    string
		p       policy.Seccomp
		kind    string // of an UnknownError
		nearest string
	}{
		{"an unknown call, with the nearest", policy.Seccomp{Allow: []string{"execve", "opennat"}}, "system call", "openat"},
		{"in deny", policy.Seccomp{Allow: allow, Deny: []string{"scoket"}}, "system call", "socket"},
		{"in a rule", policy.Seccomp{Allow: allow, Rules: []policy.Rule{rule("kill", []string{"ptrac"})}}, "system call", "ptrace"},
		{"a call that is like none", policy.Seccomp{Allow: []string{"xyzzyxyzzy"}}, "system call", ""},
		{"an empty name", policy.Seccomp{Allow: []string{""}}, "system call", ""},
		{"an unknown group", policy.Seccomp{Allow: []string{"@filesystem"}}, "group", "@file-system"},
		{"an unknown constant", policy.Seccomp{Allow: allow, Rules: []policy.Rule{rule("kill", []string{"socket"}, "arg0 == AF_INET7")}}, "constant", "AF_INET6"},
		{"an unknown constant in a mask", policy.Seccomp{Allow: allow, Rules: []policy.Rule{rule("kill", []string{"clone"}, "arg0 & CLONE_NEWUSR != 0")}}, "constant", "CLONE_NEWUSER"},
		{"an unknown action", policy.Seccomp{Default: "kil", Allow: allow}, "action", "kill"},
		{"an unknown errno", policy.Seccomp{Default: "errno:EPREM", Allow: allow}, "errno", "EPERM"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			_, err := Resolve(tt.p)
			var u *UnknownError
			if !errors.As(err, &u) {
				t.Fatalf("error %v, want an UnknownError", err)
			}
			if u.Kind != tt.kind || u.Nearest != tt.nearest {
				t.Errorf("%s, nearest %q; want %s, %q", u.Kind, u.Nearest, tt.kind, tt.nearest)
			}
			if !strings.Contains(err.Error(), u.Name) {
				t.Errorf("the message lacks the name: %v", err)
			}
		})
	}
}

func TestResolveRefusesAFilterThatStopsExecve(t *testing.T) {
	tests := []struct {
		rule string
		p    policy.Seccomp
		ok   bool
	}{
		{"not allowed", policy.Seccomp{Allow: []string{"read"}}, false},
		{"denied", policy.Seccomp{Allow: []string{"execve"}, Deny: []string{"@default"}}, false},
		{"stopped by a rule", policy.Seccomp{Allow: []string{"execve"}, Rules: []policy.Rule{rule("errno:EPERM", []string{"execve"})}}, false},
		{"stopped for some arguments", policy.Seccomp{Allow: []string{"execve"}, Rules: []policy.Rule{rule("kill", []string{"execve"}, "arg0 == 0")}}, false},
		{"allowed by the default", policy.Seccomp{Default: "allow", Deny: []string{"socket"}}, true},
		{"logged", policy.Seccomp{Rules: []policy.Rule{rule("log", []string{"execve"})}}, true},
		{"a rule that is not reached", policy.Seccomp{Rules: []policy.Rule{rule("allow", []string{"execve"}), rule("kill", []string{"execve"})}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			_, err := Resolve(tt.p)
			if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrExec) {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := Resolve(policy.Seccomp{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty filter: error %v", err)
	}
}

func TestResolveIsANormalForm(t *testing.T) {
	a, err := Resolve(policy.Seccomp{Default: "kill", Allow: []string{"execve", "read", "write", "read"}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Resolve(policy.Seccomp{
		Allow: []string{"write", "execve"}, Deny: []string{"socket"},
		Rules: []policy.Rule{rule("allow", []string{"read"}, "arg0 == 3"), rule("allow", []string{"read"}), rule("kill", []string{"bpf"}, "arg0 == 1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) || a.Digest() != b.Digest() {
		t.Errorf("two ways to say one thing:\n%s\n%s", a.canonical(), b.canonical())
	}
}

func TestParseCondition(t *testing.T) {
	tests := []struct {
		text string
		want Condition // Arg -1: an error
	}{
		{"arg0 == 1", Condition{0, ^uint64(0), Equal, 1}},
		{"arg5 != 0x10", Condition{5, ^uint64(0), NotEqual, 16}},
		{"arg1:32 >= AF_INET6", Condition{1, 0xffffffff, GreaterOrEqual, 10}},
		{"arg0 & CLONE_NEWUSER == 0", Condition{0, 0x10000000, Equal, 0}},
		{"arg0:32 & CLONE_NEWNS|CLONE_NEWUSER != 0", Condition{0, 0x10020000, NotEqual, 0}},
		{"arg1<=5", Condition{1, ^uint64(0), LessOrEqual, 5}},
		{"arg0:32 == -1", Condition{0, 0xffffffff, Equal, 0xffffffff}},
		{"arg0 == -1", Condition{0, ^uint64(0), Equal, ^uint64(0)}},
		{"arg0:32 == 0x100000000", Condition{Arg: -1}},
		{"arg0:32 == -0x80000001", Condition{Arg: -1}},
		{"arg0:16 == 1", Condition{Arg: -1}},
		{"arg6 == 1", Condition{Arg: -1}},
		{"arg == 1", Condition{Arg: -1}},
		{"arg0", Condition{Arg: -1}},
		{"arg0 = 1", Condition{Arg: -1}},
		{"arg0 ==", Condition{Arg: -1}},
		{"arg0 & == 1", Condition{Arg: -1}},
		{"arg0 & 1 == 2", Condition{Arg: -1}}, // can never hold
		{"arg0 == 1 2", Condition{Arg: -1}},
		{"", Condition{Arg: -1}},
	}
	for _, tt := range tests {
		got, err := ParseCondition(tt.text)
		if tt.want.Arg < 0 {
			if err == nil {
				t.Errorf("%q is taken as %s", tt.text, got)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%q = %s, %v; want %s", tt.text, got, err, tt.want)
		}
	}
}

func TestParseAction(t *testing.T) {
	for _, s := range []string{"allow", "kill", "log", "errno:EPERM", "errno:ENOSYS", "errno:EHWPOISON"} {
		a, err := ParseAction(s)
		if err != nil || a.String() != s {
			t.Errorf("%s = %s, %v", s, a, err)
		}
	}
	for s, want := range map[string]unix.Errno{"errno:EWOULDBLOCK": unix.EAGAIN, "errno:EOPNOTSUPP": unix.EOPNOTSUPP, "errno:ENOTSUP": unix.EOPNOTSUPP, "errno:EDEADLOCK": unix.EDEADLK} {
		if a, err := ParseAction(s); err != nil || a != Errno(want) {
			t.Errorf("%s = %s, %v", s, a, err)
		}
	}
}

// FuzzResolve: whatever a policy says, Resolve answers without a panic, and the
// conditions that it takes come out of the compiled rules as they went in.
func FuzzResolve(f *testing.F) {
	f.Add("kill", "execve", "socket", "arg0:32 == AF_UNIX", "allow", uint64(1), uint64(2))
	f.Add("errno:EPERM", "@known", "@system-service", "arg1 & CLONE_NEWUSER|4 != 0", "errno:ENOSYS", uint64(1)<<40, uint64(0))
	f.Add("allow", "", "read", "arg5 <= -1", "log", ^uint64(0), uint64(1))
	f.Fuzz(func(t *testing.T, def, allow, call, when, action string, a, b uint64) {
		s, err := Resolve(policy.Seccomp{Default: def, Allow: []string{allow}, Rules: []policy.Rule{
			rule(action, []string{call}, when), rule("errno:EIO", []string{call}, when, "arg1 > 3"),
		}})
		if err != nil {
			return
		}
		if _, err := newLayout(s, X86_64); err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Calls {
			p := newGraph().shortest(c.Rules).program()
			for _, args := range append(corners(c.Rules)[:2], [6]uint64{a, b, a ^ b, a + b, ^a, b}) {
				got, err := run(p, data(X86_64, 0, args))
				if want := decide(c.Rules, args); err != nil || got != want {
					t.Fatalf("%s%#x = %s, %v; want %s", c.Name, args, got, err, want)
				}
			}
		}
	})
}
