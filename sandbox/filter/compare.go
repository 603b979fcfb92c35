package filter

import (
	"slices"

	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

// A Change is a call, with those of its arguments that matter, that two filters
// decide differently.
type Change struct {
	Call string // "ptrace", "socket(AF_INET, SOCK_STREAM, …)"
	A, B string // what each does
}

// Compare gives the calls that two filters decide differently, in effect: how
// their policies are written does not count. Calls whose conditions are too
// many to be tried are compared as they are written.
func Compare(a, b policy.Seccomp) ([]Change, error) {
	sa, err := seccomp.Resolve(a)
	if err != nil {
		return nil, err
	}
	sb, err := seccomp.Resolve(b)
	if err != nil {
		return nil, err
	}
	var all []Change
	known, _ := seccomp.Members("@known")
	for _, name := range known {
		all = append(all, compareCall(name, sa.Rules(name), sb.Rules(name))...)
	}
	if sa.Default != sb.Default {
		all = append(all, Change{"any other call", sa.Default.String(), sb.Default.String()})
	}
	return all, nil
}

// most is how many combinations of arguments of one call are tried.
const most = 100_000

func compareCall(name string, a, b []seccomp.Rule) []Change {
	if len(a) == 1 && len(b) == 1 {
		if a[0].Action == b[0].Action {
			return nil
		}
		return []Change{{name, a[0].Action.String(), b[0].Action.String()}}
	}
	g := newGrid(a, b)
	if g.size() > most {
		if slices.EqualFunc(a, b, sameRule) {
			return nil
		}
		return []Change{{name, "its rules", "other rules"}}
	}
	var changes []Change
	for _, s := range g.differing(a, b) {
		changes = append(changes, Change{g.text(name, s), s.a.String(), s.b.String()})
	}
	return changes
}

func sameRule(a, b seccomp.Rule) bool {
	return a.Action == b.Action && slices.Equal(a.When, b.When)
}

func decide(rules []seccomp.Rule, args [6]uint64) seccomp.Action {
	return rules[which(rules, args)].Action
}
