package filter

import (
	"fmt"
	"slices"
	"strings"

	"judge/sandbox/internal/seccomp"
)

// A grid is all values of each argument that some conditions can tell apart. An
// argument that they do not look at has one.
type grid struct {
	values [6][]uint64
	masks  [6]uint64 // the bits that some condition looks at
	others [6]uint64 // of values, the one that stands for all that no condition names
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
		if g.masks[i] != 0 {
			g.others[i] = g.other(i)
		}
		g.values[i] = append(g.values[i], g.others[i])
		slices.Sort(g.values[i])
		g.values[i] = slices.Compact(g.values[i])
	}
	return g
}

// add takes in what decides a condition: the value that it names, that at the
// other side of the edge and, of a mask that is asked for any bit, each.
func (g *grid) add(c seccomp.Condition) {
	v := append(g.values[c.Arg], c.Value)
	switch c.Op {
	case seccomp.Less, seccomp.GreaterOrEqual:
		v = append(v, (c.Value-1)&c.Mask)
	case seccomp.Greater, seccomp.LessOrEqual:
		v = append(v, (c.Value+1)&c.Mask)
	}
	if c.Value == 0 && c.Mask != ^uint64(0) && c.Mask != word {
		for bit := uint64(1); bit != 0; bit <<= 1 {
			if c.Mask&bit != 0 {
				v = append(v, bit)
			}
		}
	}
	g.values[c.Arg] = v
	g.masks[c.Arg] |= c.Mask
}

// other is a value that no condition names, 0 if it can be.
func (g *grid) other(arg int) uint64 {
	for v := uint64(0); v <= uint64(len(g.values[arg])); v++ {
		if v&g.masks[arg] == v && !slices.Contains(g.values[arg], v) {
			return v
		}
	}
	return g.values[arg][0] // they name all that the mask leaves
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

// A spot is combinations of arguments, of each all of some values, that two
// filters decide differently.
type spot struct {
	args [6][]uint64
	a, b seccomp.Action
}

// differing gives the combinations that two lists of rules decide differently,
// in few spots.
func (g *grid) differing(a, b []seccomp.Rule) []spot {
	var all []spot
	var walk func(arg int, args [6]uint64)
	walk = func(arg int, args [6]uint64) {
		if arg < len(g.values) {
			for _, v := range g.values[arg] {
				args[arg] = v
				walk(arg+1, args)
			}
			return
		}
		s := spot{a: decide(a, args), b: decide(b, args)}
		if s.a == s.b {
			return
		}
		for i, v := range args {
			s.args[i] = []uint64{v}
		}
		all = append(all, s)
	}
	walk(0, [6]uint64{})
	for arg := len(g.values) - 1; arg >= 0; arg-- {
		all = merge(all, arg)
	}
	return all
}

// merge makes one of the spots that differ in one argument alone.
func merge(all []spot, arg int) []spot {
	at := map[string]int{}
	var merged []spot
	for _, s := range all {
		rest := s
		rest.args[arg] = nil
		key := fmt.Sprint(rest)
		if i, ok := at[key]; ok {
			merged[i].args[arg] = append(merged[i].args[arg], s.args[arg]...)
			continue
		}
		at[key] = len(merged)
		merged = append(merged, s)
	}
	return merged
}

// text is a spot for people: "socket(AF_INET, {SOCK_STREAM, other}, …)".
func (g *grid) text(name string, s spot) string {
	var args [6]string
	for i, values := range s.args {
		if len(values) == len(g.values[i]) {
			continue
		}
		var names []string
		call := seccomp.NewCall(name, seccomp.Native(), [6]uint64{s.args[0][0]})
		for _, v := range values {
			if call.Args[i] = v; v == g.others[i] {
				names = append(names, "other")
			} else {
				names = append(names, call.Argument(i))
			}
		}
		args[i] = strings.Join(names, ", ")
		if len(names) > 1 {
			args[i] = "{" + args[i] + "}"
		}
	}
	return callText(name, args)
}

// callText is a call of which some arguments are known; "" stands for any.
func callText(name string, args [6]string) string {
	last := 0
	for i, a := range args {
		if a != "" {
			last = i + 1
		}
	}
	if last == 0 {
		return name
	}
	var words []string
	for _, a := range args[:last] {
		if a == "" {
			a = "_"
		}
		words = append(words, a)
	}
	if n, known := seccomp.Arity(name); known && last < n {
		words = append(words, "…")
	}
	return name + "(" + strings.Join(words, ", ") + ")"
}
