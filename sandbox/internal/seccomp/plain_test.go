package seccomp

import (
	"fmt"
	"slices"
	"testing"

	"judge/sandbox/seccomptree"
)

// The plain way to make a program: libseccomp's own, with each placeholder
// replaced by what it stands for, and all rules one after the other. It is
// what link is held to.

func plain(t testing.TB, l layout, tree seccomptree.Answer) []byte {
	t.Helper()
	program, err := decode(tree.Program)
	if err != nil {
		t.Fatal(err)
	}
	k := linker{layout: l, assembler: assembler{program: program}, blocks: make([]label, len(l.leaves))}
	beyond := k.label() // where newer calls are looked for
	for at, i := range program {
		switch p := uint16(i.k); {
		case i.code != opReturn:
		case p == l.def && len(tree.Unknown) > 0:
			k.jump(at, beyond)
		default:
			k.leaf(at, p)
		}
	}
	k.place(beyond)
	k.newer(tree.Unknown)
	for i := 0; i < len(k.order); i++ {
		k.place(k.blocks[k.order[i]])
		k.rules(l.leaves[k.order[i]])
	}
	program, err = k.finish()
	if err != nil {
		t.Fatal(err)
	}
	return encode(program)
}

// linker is a program in which leaves are being replaced by what they stand for.
type linker struct {
	layout
	assembler
	blocks []label  // of each leaf that has conditions and is used, where its rules go
	order  []uint16 // the leaves that have a block
}

func (k *linker) jump(at int, to label) {
	k.assembler.program[at] = instruction{code: opJump}
	k.jumps = append(k.jumps, jump{at: at, jt: to})
}

// leaf makes instruction at a return, or a jump to the leaf's rules.
func (k *linker) leaf(at int, p uint16) {
	if rules := k.leaves[p]; len(rules) == 1 {
		k.assembler.program[at] = instruction{code: opReturn, k: uint32(rules[0].Action)}
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
		k.leaf(len(k.assembler.program)-1, c.Leaf)
		k.place(other)
	}
	k.emit(opReturn, 0)
	k.leaf(len(k.assembler.program)-1, k.def)
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

// label is a place in a program that is being written.
type label int

// next is the instruction that follows.
const next label = 0

// assembler writes instructions whose jumps go forward to labels.
type assembler struct {
	program []instruction
	jumps   []jump
	places  []int // of each label; -1 until placed
}

type jump struct {
	at     int
	jt, jf label // of a conditional jump; for opJump, jt alone
}

func (a *assembler) label() label {
	if len(a.places) == 0 {
		a.places = append(a.places, -1) // next
	}
	a.places = append(a.places, -1)
	return label(len(a.places) - 1)
}

func (a *assembler) place(l label) { a.places[l] = len(a.program) }

func (a *assembler) emit(code uint16, k uint32) {
	a.program = append(a.program, instruction{code: code, k: k})
}

func (a *assembler) branch(code uint16, k uint32, jt, jf label) {
	a.jumps = append(a.jumps, jump{len(a.program), jt, jf})
	a.emit(code, k)
}

// finish resolves the labels.
func (a *assembler) finish() ([]instruction, error) {
	for _, j := range a.jumps {
		distance := func(l label) int {
			if l == next {
				return 0
			}
			return a.places[l] - j.at - 1
		}
		i := &a.program[j.at]
		if i.code == opJump {
			i.k = uint32(distance(j.jt))
			continue
		}
		t, f := distance(j.jt), distance(j.jf)
		if t < 0 || t > 255 || f < 0 || f > 255 {
			return nil, fmt.Errorf("instruction %d jumps over %d and %d, at most 255 can be", j.at, t, f)
		}
		i.jt, i.jf = uint8(t), uint8(f)
	}
	return a.program, nil
}
