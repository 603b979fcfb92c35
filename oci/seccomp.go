package oci

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/filter"
)

// seccomp: the bundle's filter in the place of judge's own, as a policy's would be.
func (t *translation) seccomp() {
	s := take(&t.spec.Linux.Seccomp)
	if s == nil {
		t.note("linux.seccomp", "there is none, so that of judge's policy default holds")
		return
	}
	const at = "linux.seccomp."
	out := policy.Seccomp{Default: t.action(at+"defaultAction", s.DefaultAction, s.DefaultErrnoRet)}
	native := map[string]specs.Arch{"x86_64": specs.ArchX86_64, "aarch64": specs.ArchAARCH64}[machine()]
	if len(s.Architectures) > 0 && !slices.Contains(s.Architectures, native) {
		t.refuse(at+"architectures", "%s, that of this machine, is not among them", native)
	}
	if len(s.Architectures) > 1 {
		t.note(at+"architectures", "a run makes calls of %s alone", native)
	}
	for _, f := range s.Flags {
		if f != "SECCOMP_FILTER_FLAG_TSYNC" { // there is one thread
			t.note(at+"flags", "%s is not set", f)
		}
	}
	if s.ListenerPath != "" || s.ListenerMetadata != "" {
		t.refuse(at+"listenerPath", "a run's listener is judge's")
	}
	t.rules(&out, s.Syscalls)
	t.policy.Seccomp = out
}

func machine() string {
	var uts unix.Utsname
	if unix.Uname(&uts) != nil {
		return ""
	}
	return unix.ByteSliceToString(uts.Machine[:])
}

// rules keeps the order: that of conditions counts, and for a call that has an
// unconditional rule, too, libseccomp takes that one alone (seccomp_rule_add(3)).
func (t *translation) rules(out *policy.Seccomp, calls []specs.LinuxSyscall) {
	plain := map[string]bool{}
	for _, c := range calls {
		if len(c.Args) == 0 {
			for _, name := range c.Names {
				plain[name] = true
			}
		}
	}
	unknown := map[string]bool{}
	for i, c := range calls {
		at := fmt.Sprintf("linux.seccomp.syscalls[%d]", i)
		action := t.action(at+".action", c.Action, c.ErrnoRet)
		var names []string
		for _, name := range c.Names {
			switch {
			case !known(name):
				unknown[name] = true
			case len(c.Args) > 0 && plain[name]:
				t.note(at, "its conditions do not count for %s, which has a rule without, too", name)
			default:
				names = append(names, name)
			}
		}
		if len(names) == 0 {
			continue
		}
		for _, when := range t.conditions(at, c.Args) {
			out.Rules = append(out.Rules, policy.Rule{Calls: names, When: when, Action: action})
		}
	}
	if len(unknown) > 0 {
		t.note("linux.seccomp.syscalls", "no calls of this machine: %s", strings.Join(slices.Sorted(maps.Keys(unknown)), ", "))
	}
}

// known says whether judge's tables of this machine have a call.
func known(name string) bool {
	_, err := filter.Why(policy.Seccomp{Default: "allow"}, name)
	return err == nil
}

// conditions are those of a rule; several of one argument are rules of their own
// (config-linux.md, "args"; runc, libcontainer/seccomp).
func (t *translation) conditions(at string, args []specs.LinuxSeccompArg) [][]string {
	seen := map[uint]bool{}
	apart := false
	var all []string
	for i, a := range args {
		apart = apart || seen[a.Index]
		seen[a.Index] = true
		all = append(all, t.condition(fmt.Sprintf("%s.args[%d]", at, i), a))
	}
	if !apart {
		return [][]string{all}
	}
	var out [][]string
	for _, c := range all {
		out = append(out, []string{c})
	}
	return out
}

func (t *translation) condition(at string, a specs.LinuxSeccompArg) string {
	if a.Index > 5 {
		t.refuse(at+".index", "%d: a call has six arguments", a.Index)
	}
	if a.Op == specs.OpMaskedEqual {
		return fmt.Sprintf("arg%d & %#x == %#x", a.Index, a.Value, a.ValueTwo)
	}
	op, ok := map[specs.LinuxSeccompOperator]string{
		specs.OpEqualTo: "==", specs.OpNotEqual: "!=", specs.OpLessThan: "<", specs.OpLessEqual: "<=", specs.OpGreaterThan: ">", specs.OpGreaterEqual: ">=",
	}[a.Op]
	if !ok {
		t.refuse(at+".op", "%q is no comparison", a.Op)
	}
	if a.ValueTwo != 0 {
		t.refuse(at+".valueTwo", "%s takes one value", a.Op)
	}
	return fmt.Sprintf("arg%d %s %#x", a.Index, op, a.Value)
}

func (t *translation) action(at string, a specs.LinuxSeccompAction, errnoRet *uint) string {
	if errnoRet != nil && a != specs.ActErrno {
		t.refuse(at, "errnoRet with %s", a)
	}
	switch a {
	case specs.ActAllow:
		return "allow"
	case specs.ActKill, specs.ActKillProcess, specs.ActKillThread:
		t.note(at, "%s ends the run, and not one process or thread alone", a)
		return "kill"
	case specs.ActTrap:
		t.note(at, "SCMP_ACT_TRAP ends the run")
		return "kill"
	case specs.ActLog:
		return "log"
	case specs.ActErrno:
		n := unix.EPERM
		if errnoRet != nil {
			n = unix.Errno(*errnoRet)
		}
		if name := unix.ErrnoName(n); name != "" {
			return "errno:" + name
		}
		t.refuse(at, "errnoRet %d is no error of Linux", uint(n))
		return "kill"
	}
	t.refuse(at, "judge cannot do %q", a)
	return "kill"
}
