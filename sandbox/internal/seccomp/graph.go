package seccomp

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
)

// A graph is a filter as decisions, before it is a program. It has each
// decision once, however often it is come to: equal ends of rules, and calls
// with equal rules, share it.
type graph struct {
	nodes  map[string]*node            // by what they decide
	rules  map[[sha256.Size]byte]*node // by the rules that they stand for
	effort int                         // rules that decide may still look at
}

// node is an end, or a choice by one word of the call's data.
type node struct {
	id uint32
	place
	word  word
	cases []span // of a choice: ascending, the first from 0, neighbours lead to different nodes
}

// span is a run of a word's values that lead to the same node. It ends where the next begins.
type span struct {
	from uint32
	to   *node
}

// word is 32 bits of struct seccomp_data, less those that mask lacks.
type word struct{ offset, mask uint32 }

func newGraph() *graph {
	return &graph{nodes: map[string]*node{}, rules: map[[sha256.Size]byte]*node{}}
}

// node gives the one that key describes.
func (g *graph) node(key []byte, n node) *node {
	if known := g.nodes[string(key)]; known != nil {
		return known
	}
	n.id, n.spot = uint32(len(g.nodes)), nowhere
	g.nodes[string(key)] = &n
	return &n
}

func (g *graph) end(a Action) *node {
	return g.node(binary.BigEndian.AppendUint32(nil, uint32(a)), node{place: place{end: true, action: a}})
}

// choice is the node for cases, which ascend from 0; neighbours may be equal.
func (g *graph) choice(w word, cases []span) *node {
	cases = slices.CompactFunc(cases, func(a, b span) bool { return a.to == b.to })
	if len(cases) == 1 {
		return cases[0].to
	}
	key := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w.offset), w.mask)
	for _, c := range cases {
		key = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(key, c.from), c.to.id)
	}
	return g.node(key, node{word: w, cases: cases})
}

// equal leads to yes where the word has that value, and to no elsewhere.
func (g *graph) equal(w word, value uint32, yes, no *node) *node {
	cases := []span{{value, yes}}
	if value > 0 {
		cases = []span{{0, no}, {value, yes}}
	}
	if value < math.MaxUint32 {
		cases = append(cases, span{value + 1, no})
	}
	return g.choice(w, cases)
}

// shortest is the node of a call's rules, of which the last always holds, that
// makes the shorter program.
func (g *graph) shortest(rules []Rule) *node {
	byWord, inOrder := newGraph().byWord(rules), newGraph().inOrder(rules)
	if byWord != nil && len(byWord.program()) <= len(inOrder.program()) {
		return g.byWord(rules)
	}
	return g.inOrder(rules)
}

// inOrder asks one condition after the other.
func (g *graph) inOrder(rules []Rule) *node {
	var next *node
	for _, r := range slices.Backward(rules) {
		n := g.end(r.Action)
		for _, c := range slices.Backward(r.When) {
			n = g.condition(c, n, next)
		}
		next = n
	}
	return next
}

// condition leads to yes where the condition holds and to no where not.
func (g *graph) condition(c Condition, yes, no *node) *node {
	switch constant, holds := c.constant(); {
	case constant && holds:
		return yes
	case constant:
		return no
	}
	var cases []span
	for _, value := range c.boundaries([]uint32{0}) {
		cases = append(cases, span{value, g.condition(c.given(value), yes, no)})
	}
	return g.choice(c.word(), cases)
}

// byWord looks at the word that the first condition is about and settles
// whatever the rules ask of that word, so that no path looks at it twice. What
// is then left of the rules may differ for each value, and all that many times
// over. Where that takes too much effort, it gives up and returns nil.
func (g *graph) byWord(rules []Rule) *node {
	g.effort = 50_000 // tens of milliseconds; the longest list of a built-in policy takes 1500
	return g.decide(tidy(rules))
}

func (g *graph) decide(rules []Rule) *node {
	if len(rules[0].When) == 0 {
		return g.end(rules[0].Action)
	}
	key := sha256.Sum256(appendRules(nil, rules))
	if n := g.rules[key]; n != nil {
		return n
	}
	w := rules[0].When[0].word()
	values := []uint32{0}
	for _, r := range rules {
		for _, c := range r.When {
			if c.word() == w {
				values = c.boundaries(values)
			}
		}
	}
	slices.Sort(values)
	var cases []span
	for _, value := range slices.Compact(values) {
		if g.effort -= len(rules); g.effort < 0 {
			return nil
		}
		to := g.decide(tidy(given(rules, w, value)))
		if to == nil {
			return nil
		}
		cases = append(cases, span{value, to})
	}
	n := g.choice(w, cases)
	g.rules[key] = n
	return n
}

// given is what is left of the rules where the word has that value.
func given(rules []Rule, w word, value uint32) []Rule {
	left := make([]Rule, len(rules))
	for i, r := range rules {
		left[i] = Rule{When: slices.Clone(r.When), Action: r.Action}
		for j, c := range r.When {
			if c.word() == w {
				left[i].When[j] = c.given(value)
			}
		}
	}
	return left
}

// tidy leaves out conditions that always hold, rules that never do, and what is
// behind a rule that always does.
func tidy(rules []Rule) []Rule {
	var left []Rule
next:
	for _, r := range rules {
		var when []Condition
		for _, c := range r.When {
			switch constant, holds := c.constant(); {
			case !constant:
				when = append(when, c)
			case !holds:
				continue next
			}
		}
		left = append(left, Rule{When: when, Action: r.Action})
		if len(when) == 0 {
			break
		}
	}
	return left
}

// word is the word that the condition is about first: BPF has 32 bits, and the
// low half of an argument matters only if the high one does not decide. The
// condition is not constant.
func (c Condition) word() word {
	offset := uint32(offsetArgs + 8*c.Arg)
	if high := uint32(c.Mask >> 32); high != 0 {
		return word{offset + 4, high}
	}
	return word{offset, uint32(c.Mask)}
}

// wordValue is what the condition compares that word with.
func (c Condition) wordValue() uint32 {
	if c.Mask>>32 != 0 {
		return uint32(c.Value >> 32)
	}
	return uint32(c.Value)
}

// boundaries appends the values of its word from which on the condition may
// have another answer.
func (c Condition) boundaries(values []uint32) []uint32 {
	k := c.wordValue()
	if k > 0 {
		values = append(values, k)
	}
	if k < math.MaxUint32 {
		values = append(values, k+1)
	}
	return values
}

// given is what is left of the condition where its word has that value.
func (c Condition) given(value uint32) Condition {
	if c.Mask>>32 != 0 && value == c.wordValue() {
		c.Mask, c.Value = c.Mask&math.MaxUint32, c.Value&math.MaxUint32
		return c
	}
	first := Condition{Mask: math.MaxUint32, Op: c.Op, Value: uint64(c.wordValue())}
	if first.Holds([6]uint64{uint64(value)}) {
		return Condition{Op: Equal}
	}
	return Condition{Op: NotEqual}
}

// constant says whether the condition has the same answer for all arguments,
// and which.
func (c Condition) constant() (constant, holds bool) {
	return c.Mask == 0 || c.Mask>>32 == 0 && c.Value>>32 != 0, c.Holds([6]uint64{})
}
