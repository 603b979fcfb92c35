package seccomp

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"judge/sandbox/seccomptree"
)

// A layout is a Spec for one architecture, between the two hands that make the
// program. libseccomp makes the tree: architecture, x32, and a binary search
// for the number (its optimisation level 2), with a placeholder for what shall
// happen then. link puts that into the placeholders. libseccomp's own
// conditions would not do: it does not keep the order of rules of one call,
// and refuses two comparisons of one argument (seccomp_rule_add(3)).
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
	program, err := decode(tree)
	if err != nil {
		return Filter{}, err
	}
	k := linker{layout: l, assembler: assembler{program: program}, blocks: make([]label, len(l.leaves))}
	var beyond label // where newer calls are looked for
	if len(unknown) > 0 {
		beyond = k.label()
	}
	for at, i := range program {
		if i.code != opReturn {
			continue
		}
		p := uint16(i.k)
		switch {
		case Action(i.k)&^dataMask != leafBase || int(p) >= len(l.leaves):
			return Filter{}, fmt.Errorf("instruction %d of the tree returns 0x%x, which is no leaf", at, i.k)
		case p == l.def && beyond != next:
			k.jump(at, beyond)
		default:
			k.leaf(at, p)
		}
	}
	if beyond != next {
		k.place(beyond)
		k.newer(unknown)
	}
	for i := 0; i < len(k.order); i++ {
		k.place(k.blocks[k.order[i]])
		k.rules(l.leaves[k.order[i]])
	}
	return k.finish()
}

// linker is a program in which leaves are being replaced by what they stand for.
type linker struct {
	layout
	assembler
	blocks []label  // of each leaf that has conditions and is used, where its rules go
	order  []uint16 // the leaves that have a block
}

func (k *linker) jump(at int, to label) {
	k.program[at] = instruction{code: opJump}
	k.jumps = append(k.jumps, jump{at: at, jt: to})
}

// leaf makes instruction at a return, or a jump to the leaf's rules.
func (k *linker) leaf(at int, p uint16) {
	if rules := k.leaves[p]; len(rules) == 1 {
		k.program[at] = instruction{code: opReturn, k: uint32(rules[0].Action)}
		return
	}
	if k.blocks[p] == next {
		k.blocks[p] = k.label()
		k.order = append(k.order, p)
	}
	k.jump(at, k.blocks[p])
}

// newer looks for the calls one by one, and ends with the default.
func (k *linker) newer(unknown []string) {
	k.emit(opLoad, offsetNumber)
	for _, c := range k.calls {
		if !slices.Contains(unknown, c.Name) {
			continue
		}
		other := k.label()
		k.branch(opEqual, uint32(c.Number), next, other)
		k.emit(opReturn, 0)
		k.leaf(len(k.program)-1, c.Leaf)
		k.place(other)
	}
	k.emit(opReturn, 0)
	k.leaf(len(k.program)-1, k.def)
}

// finish resolves the jumps and looks the program over.
func (k *linker) finish() (Filter, error) {
	program, err := k.assembler.finish()
	if err != nil {
		return Filter{}, err
	}
	if len(program) > maxInstructions {
		return Filter{}, fmt.Errorf("the filter has %d instructions, the kernel takes %d; use fewer conditions", len(program), maxInstructions)
	}
	if len(program) < 3 || program[0] != (instruction{code: opLoad, k: offsetArch}) {
		return Filter{}, errors.New("the tree does not begin with a look at the architecture")
	}
	return newFilter(encode(program)), nil
}

// rules writes the rules of a call: of each rule the conditions, then its return.
func (a *assembler) rules(rules []Rule) {
	for _, r := range rules {
		no := a.label()
		for _, c := range r.When {
			yes := a.label()
			a.condition(c, yes, no)
			a.place(yes)
		}
		a.emit(opReturn, uint32(r.Action))
		a.place(no)
	}
}

// condition goes to yes if c holds and to no if not. BPF has 32 bits, so the
// words are looked at one by one, and the low one only if it matters.
func (a *assembler) condition(c Condition, yes, no label) {
	switch c.Op {
	case NotEqual, Less, LessOrEqual: // each the reverse of another
		c.Op = map[Op]Op{NotEqual: Equal, Less: GreaterOrEqual, LessOrEqual: Greater}[c.Op]
		yes, no = no, yes
	}
	high, low := uint32(c.Value>>32), uint32(c.Value)
	if maskHigh := uint32(c.Mask >> 32); maskHigh != 0 {
		a.word(c.Arg, 4, maskHigh)
		if c.Op != Equal {
			a.branch(opAbove, high, yes, next)
		}
		a.branch(opEqual, high, next, no)
	} else if high != 0 { // the argument's high word counts as 0, below high
		a.branch(opJump, 0, no, next)
		return
	}
	a.word(c.Arg, 0, uint32(c.Mask))
	switch c.Op {
	case Equal:
		a.branch(opEqual, low, yes, no)
	case Greater:
		a.branch(opAbove, low, yes, no)
	default:
		a.branch(opAtLow, low, yes, no)
	}
}

// word loads half an argument.
func (a *assembler) word(arg, half int, mask uint32) {
	a.emit(opLoad, uint32(offsetArgs+8*arg+half))
	if mask != ^uint32(0) {
		a.emit(opAnd, mask)
	}
}
