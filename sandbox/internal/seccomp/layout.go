package seccomp

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"judge/sandbox/seccomptree"
)

// A layout is a Spec for one architecture, between the two hands that make the
// program. libseccomp decides by architecture, x32 and number, and answers with
// a placeholder for what shall happen then. link reads that decision out of its
// program, adds what the placeholders stand for, and writes all of it anew, to
// be small and quick to install: runs of numbers with the same answer are one.
// libseccomp's own conditions would not do: it does not keep the order of rules
// of one call, and refuses two comparisons of one argument (seccomp_rule_add(3)).
type layout struct {
	arch    Arch
	def     uint16 // the leaf of calls that are not in calls
	foreign uint16 // other architectures and x32: killed
	calls   []seccomptree.Call
	leaves  [][]Rule // by the number that stands for them
}

// leafBase is the action whose data is a leaf's number; no Spec can contain it
// (SECCOMP_RET_TRACE, include/uapi/linux/seccomp.h).
const leafBase Action = 0x7ff00000

// newLayout lays a spec out for an architecture. Calls that the architecture
// lacks are left out.
func newLayout(s Spec, arch Arch) (layout, error) {
	if arch != X86_64 && arch != ARM64 {
		return layout{}, fmt.Errorf("no tables of system calls for architecture %s; there are %s and %s", arch, X86_64, ARM64)
	}
	l := layout{arch: arch}
	index := map[string]uint16{}
	leaf := func(rules []Rule) uint16 {
		key := string(appendRules(nil, rules))
		p, ok := index[key]
		if !ok {
			p = uint16(len(l.leaves))
			index[key] = p
			l.leaves = append(l.leaves, rules)
		}
		return p
	}
	l.def = leaf([]Rule{{Action: s.Default}})
	// A leaf of its own even where Default kills, for newer calls are looked
	// for only in the default's place.
	l.foreign = uint16(len(l.leaves))
	l.leaves = append(l.leaves, []Rule{{Action: Kill}})
	for _, c := range s.Calls {
		if n, ok := Number(arch, c.Name); ok {
			l.calls = append(l.calls, seccomptree.Call{Name: c.Name, Number: n, Leaf: leaf(c.Rules)})
		}
	}
	sort.Slice(l.calls, func(i, j int) bool { return l.calls[i].Number < l.calls[j].Number })
	return l, nil
}

func (l layout) request() seccomptree.Request {
	return seccomptree.Request{Format: seccomptree.Format, Arch: l.arch.String(), Default: l.def, Foreign: l.foreign, Calls: l.calls}
}

// link makes the program out of a tree, as libseccomp exports it. Unknown are
// the calls that the tree lacks, because they are newer than its maker; they
// are looked for where the tree returns the default.
func (l layout) link(tree []byte, unknown []string) (Filter, error) {
	extents, err := l.extents(tree)
	if err != nil {
		return Filter{}, err
	}
	for _, c := range l.calls {
		if slices.Contains(unknown, c.Name) {
			extents = l.insert(extents, c)
		}
	}
	program := l.program(extents, (*graph).shortest)
	if len(program) > maxInstructions {
		return Filter{}, fmt.Errorf("the filter has %d instructions, the kernel takes %d; use fewer conditions", len(program), maxInstructions)
	}
	return newFilter(encode(program)), nil
}

// program decides by the architecture first, for numbers mean nothing without it.
func (l layout) program(extents []extent, decide func(*graph, []Rule) *node) []instruction {
	g := newGraph()
	leaves := make([]*node, len(l.leaves))
	for i, rules := range l.leaves {
		leaves[i] = decide(g, rules)
	}
	var cases []span
	for _, e := range extents {
		cases = append(cases, span{e.from, leaves[e.leaf]})
	}
	numbers := g.choice(word{offsetNumber, math.MaxUint32}, cases)
	return g.equal(word{offsetArch, math.MaxUint32}, uint32(l.arch), numbers, leaves[l.foreign]).program()
}
