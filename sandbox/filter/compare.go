package filter

import (
	"slices"
	"sort"

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
	for _, p := range g.differing(a, b) {
		call := seccomp.NewCall(name, seccomp.Native(), p.args)
		changes = append(changes, Change{call.Shown(p.looked), p.a.String(), p.b.String()})
	}
	return changes
}

func sameRule(a, b seccomp.Rule) bool {
	return a.Action == b.Action && slices.Equal(a.When, b.When)
}

// grid is all values of each argument that conditions can tell apart.
type grid struct {
	values [6][]uint64
	masks  [6]uint64 // the bits that some condition looks at
}

func newGrid(lists ...[]seccomp.Rule) *grid {
	g := &grid{}
	for _, list := range lists {
		for _, r := range list {
			for _, c := range r.When {
				g.add(c)
			}
		}
	}
	for i := range g.values {
		values := append(g.values[i], 0)
		if len(values) > 1 {
			values = append(values, g.other(i))
		}
		slices.Sort(values)
		g.values[i] = slices.Compact(values)
	}
	return g
}

// add takes in what decides a condition: the values at its edge and, of a mask
// that is not a number's width, each bit.
func (g *grid) add(c seccomp.Condition) {
	v := append(g.values[c.Arg], c.Value)
	switch c.Op {
	case seccomp.Less, seccomp.GreaterOrEqual:
		v = append(v, c.Value-1)
	case seccomp.Greater, seccomp.LessOrEqual:
		v = append(v, (c.Value+1)&c.Mask)
	}
	if bits := c.Mask; bits != ^uint64(0) && bits != 1<<32-1 && c.Value == 0 {
		for bit := uint64(1); bit != 0; bit <<= 1 {
			if bits&bit != 0 {
				v = append(v, bit)
			}
		}
	}
	g.values[c.Arg] = v
	g.masks[c.Arg] |= c.Mask
}

// other is a value that no condition names.
func (g *grid) other(arg int) uint64 {
	for v := uint64(1); ; v++ {
		if !slices.Contains(g.values[arg], v) {
			return v & g.masks[arg]
		}
	}
}

func (g *grid) size() int {
	n := 1
	for _, values := range g.values {
		if n *= len(values); n > most {
			return n
		}
	}
	return n
}

// A spot is one combination of arguments; those that are not looked at may be
// any.
type spot struct {
	args   [6]uint64
	looked uint8
	a, b   seccomp.Action
}

// differing gives the combinations that the lists decide differently, as few as
// cover them.
func (g *grid) differing(a, b []seccomp.Rule) []spot {
	var all []spot
	var walk func(arg int, s spot)
	walk = func(arg int, s spot) {
		if arg == len(g.values) {
			if s.a, s.b = decide(a, s.args), decide(b, s.args); s.a != s.b {
				all = append(all, s)
			}
			return
		}
		if len(g.values[arg]) > 1 {
			s.looked |= 1 << arg
		}
		for _, v := range g.values[arg] {
			s.args[arg] = v
			walk(arg+1, s)
		}
	}
	walk(0, spot{})
	for arg := range g.values {
		all = g.merge(all, arg)
	}
	return all
}

func decide(rules []seccomp.Rule, args [6]uint64) seccomp.Action {
	return rules[which(rules, args)].Action
}

// merge makes one of those that differ in one argument alone, if they are all
// its values.
func (g *grid) merge(all []spot, arg int) []spot {
	if len(g.values[arg]) < 2 {
		return all
	}
	count := map[spot]int{}
	without := func(s spot) spot {
		s.args[arg] = 0
		s.looked &^= 1 << arg
		return s
	}
	for _, s := range all {
		count[without(s)]++
	}
	var merged []spot
	for _, s := range all {
		switch w := without(s); {
		case s.looked&(1<<arg) == 0 || count[w] < len(g.values[arg]):
			merged = append(merged, s)
		case s.args[arg] == g.values[arg][0]: // the first stands for all
			merged = append(merged, w)
		}
	}
	sort.SliceStable(merged, func(i, j int) bool { return slices.Compare(merged[i].args[:], merged[j].args[:]) < 0 })
	return merged
}
