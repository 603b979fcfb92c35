// Package filter answers questions about the filters of system calls that
// policies describe, and learns new ones. It compiles nothing and starts
// nothing.
//
//	Load       a policy, and all that is wrong with its filter, each with its place
//	Why        what a filter does with a call, and which entry of the policy says so
//	Compare    which calls two filters decide differently
//	Recording  the calls of runs of a trusted program, and the policy that they need
//
// # How a policy is learnt
//
// The program runs under a filter that hands every call of all its processes
// and threads over (SECCOMP_RET_USER_NOTIF), and a [Recording] says how each is
// answered: what the policy that is the base answers with an error is answered
// so here, too; all else is let through with SECCOMP_USER_NOTIF_FLAG_CONTINUE,
// even what the base stops, for the program is trusted. So the program goes the
// ways that it goes under the base: it takes clone where clone3 is refused,
// whose flags no filter sees.
//
// Why not otherwise: SECCOMP_RET_LOG goes through the kernel's log, which drops
// lines when they come fast and which other runs write to; ptrace stops each
// call twice, changes how signals, exec and vfork behave, and a program can see
// it. Notices cost one stop, of one thread; no thread waits for another's. What
// they do change: a signal that comes before the notice is taken (before Linux
// 5.19: while the call is held) ends the call with EINTR, if its handler lacks
// SA_RESTART.
package filter

import (
	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

// A Call is one system call of a recorded run.
type Call = seccomp.Call

// conditionText joins conditions as a person reads them.
func conditionText(call string, when []seccomp.Condition) string {
	text := ""
	for i, t := range seccomp.Texts(call, when) {
		if i > 0 {
			text += " and "
		}
		text += t
	}
	return text
}

// Groups gives each group with a line about it.
func Groups(yield func(name, about string) bool) { seccomp.Groups(yield) }

// Members are the calls of a group; ok is false if there is no such group.
func Members(name string) (calls []string, ok bool) { return seccomp.Members(name) }

// Load is [policy.Load], and says also what is wrong with the filters of the
// file and of those that it extends: unknown calls, groups and constants, and
// a filter under which no program could start.
func Load(nameOrPath string) (policy.Policy, error) {
	return policy.LoadChecked(nameOrPath, mistakes)
}
