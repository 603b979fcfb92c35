package seccomp

import (
	"math/rand/v2"
	"slices"
	"testing"

	"judge/policy"
	"judge/sandbox/seccomptree"
)

// TestLinkIsPlain holds the programs of the built-in policies to the ones that
// libseccomp's order gives: every number, x32, foreign architectures, and the
// arguments around every value that is compared with.
func TestLinkIsPlain(t *testing.T) {
	for _, name := range policy.Names() {
		for _, arch := range []Arch{X86_64, ARM64} {
			t.Run(name+"/"+arch.String(), func(t *testing.T) {
				l, err := newLayout(builtinSpec(t, name), arch)
				if err != nil {
					t.Fatal(err)
				}
				tree, err := l.tree(helper(t))
				if err != nil {
					t.Fatal(err)
				}
				f, err := l.link(tree.Program, tree.Unknown)
				if err != nil {
					t.Fatal(err)
				}
				same(t, l, plain(t, l, tree), f.Program)
				if f.Instructions > 200 {
					t.Errorf("%d instructions; there were 105 to 136", f.Instructions)
				}
			})
		}
	}
}

// same asks two programs about every number of a layout, and those around.
func same(t *testing.T, l layout, a, b []byte) {
	t.Helper()
	p, err := decode(a)
	if err != nil {
		t.Fatal(err)
	}
	q, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	ask := func(arch Arch, nr int, args [6]uint64) {
		d := data(arch, nr, args)
		want, err := run(p, d)
		got, err2 := run(q, d)
		if (got != want || err != nil || err2 != nil) && wrong < 10 {
			wrong++
			t.Errorf("%s: %s(%#x) = %s, %v; want %s, %v", arch, Name(l.arch, nr), args, got, err2, want, err)
		}
	}
	all := [6]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	rules := map[int][]Rule{}
	for _, c := range l.calls {
		rules[c.Number] = l.leaves[c.Leaf]
	}
	for nr := range 1024 {
		for _, args := range corners(rules[nr]) {
			ask(l.arch, nr, args)
		}
		for _, arch := range []Arch{X86_64, ARM64, I386, ARM, 0, ^Arch(0), l.arch - 1, l.arch + 1} {
			ask(arch, nr, all)
			ask(arch, nr|x32Bit, all)
		}
	}
	for _, nr := range []int{x32Bit - 1, x32Bit, x32Bit | 4096, 0x7fffffff, -0x80000000, -2, -1} {
		ask(l.arch, nr, all)
	}
}

// TestLinkRandom holds programs to random specs. Libseccomp makes the trees of
// some.
func TestLinkRandom(t *testing.T) {
	path := helper(t)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		arch := []Arch{X86_64, ARM64}[seed%2]
		s := randomSpec(r)
		checkLinked(t, s, arch, r, func(l layout) seccomptree.Answer {
			if seed >= 30 {
				return chainTree(l, r)
			}
			tree, err := l.tree(path)
			if err != nil {
				t.Fatal(err)
			}
			return tree
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// FuzzLink is TestLinkRandom without an end, and without libseccomp.
func FuzzLink(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		arch := []Arch{X86_64, ARM64}[r.IntN(2)]
		checkLinked(t, randomSpec(r), arch, r, func(l layout) seccomptree.Answer { return chainTree(l, r) })
	})
}

// checkLinked holds what link makes of a tree to the spec, made by each way.
func checkLinked(t *testing.T, s Spec, arch Arch, r *rand.Rand, tree func(layout) seccomptree.Answer) {
	t.Helper()
	l, err := newLayout(s, arch)
	if err != nil {
		t.Fatal(err)
	}
	answer := tree(l)
	extents, err := l.extents(answer.Program)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range l.calls {
		if slices.Contains(answer.Unknown, c.Name) {
			extents = l.insert(extents, c)
		}
	}
	programs := [][]instruction{
		l.program(extents, (*graph).shortest),
		l.program(extents, (*graph).inOrder),
		l.program(extents, func(g *graph, rules []Rule) *node {
			if n := g.byWord(rules); n != nil {
				return n
			}
			return g.inOrder(rules)
		}),
	}
	tried := map[*Rule]bool{}
	for nr := range 600 {
		rules := s.Rules(Name(arch, nr))
		all := corners(rules)
		if tried[&rules[0]] { // once with all arguments, then with some
			all = all[:2]
		}
		tried[&rules[0]] = true
		for _, args := range all {
			want := decide(rules, args)
			for i, p := range programs {
				if len(p) > maxInstructions {
					continue
				}
				if got, err := run(p, data(arch, nr, args)); got != want || err != nil {
					t.Fatalf("program %d: %s(%#x) = %s, %v; want %s", i, Name(arch, nr), args, got, err, want)
				}
				if got, err := run(p, data(I386, nr, args)); got != Kill || err != nil {
					t.Fatalf("program %d: %d of i386 is %s, %v", i, nr, got, err)
				}
			}
		}
	}
	short, before := len(programs[0]), len(plain(t, l, answer))/instructionSize
	if short > before {
		t.Errorf("%d instructions, %d before", short, before)
	}
	f, err := l.link(answer.Program, answer.Unknown)
	if (err != nil) != (short > maxInstructions) || err == nil && f.Instructions != short {
		t.Errorf("%d instructions, %v; want %d", f.Instructions, err, short)
	}
}

// chainTree is a tree as libseccomp makes them without optimisation: one number
// after the other, some of them unknown to it.
func chainTree(l layout, r *rand.Rand) seccomptree.Answer {
	var a assembler
	leaf := func(p uint16) { a.emit(opReturn, uint32(leafBase)|uint32(p)) }
	native, known := a.label(), a.label()
	a.emit(opLoad, offsetArch)
	a.branch(opEqual, uint32(l.arch), native, next)
	leaf(l.foreign)
	a.place(native)
	a.emit(opLoad, offsetNumber)
	if l.arch == X86_64 {
		a.branch(opAtLow, x32Bit, next, known)
		leaf(l.foreign)
		a.place(known)
	}
	var unknown []string
	for _, i := range r.Perm(len(l.calls)) {
		c := l.calls[i]
		if r.IntN(8) == 0 {
			unknown = append(unknown, c.Name)
			continue
		}
		other := a.label()
		a.branch(opEqual, uint32(c.Number), next, other)
		leaf(c.Leaf)
		a.place(other)
	}
	leaf(l.def)
	program, err := a.finish()
	if err != nil {
		panic(err) // every jump is over one instruction
	}
	return seccomptree.Answer{Program: encode(program), Unknown: unknown}
}

// randomSpec has few calls or most, and rules that speak of few or many values,
// of words and bits that other rules speak of too.
func randomSpec(r *rand.Rand) Spec {
	actions := []Action{Allow, Kill, Log, Errno(1), Errno(38)}
	action := func() Action { return actions[r.IntN(len(actions))] }
	masks := []uint64{^uint64(0), 1<<32 - 1, 0xf, 0xf000, 0xff << 28, 1 << 40, 0xf<<32 | 1}
	values := 1 + r.IntN(8)
	if r.IntN(10) == 0 {
		values = 500
	}
	condition := func() Condition {
		c := Condition{Arg: r.IntN(3), Mask: masks[r.IntN(len(masks))], Op: operators[r.IntN(len(operators))], Value: uint64(r.IntN(values))}
		switch r.IntN(6) {
		case 0:
			c.Value <<= 32
		case 1:
			c.Value = r.Uint64()
		case 2:
			c.Value |= 1 << 32
		}
		if r.IntN(2) == 0 {
			c.Value &= c.Mask
		}
		return c
	}
	shared := [][]Rule{{{Action: action()}}, {{Action: action()}}}
	for range r.IntN(12) {
		var rules []Rule
		for range r.IntN(1 + min(values, 60)) {
			var when []Condition
			for range 1 + r.IntN(3) {
				when = append(when, condition())
			}
			rules = append(rules, Rule{When: when, Action: action()})
		}
		shared = append(shared, append(rules, Rule{Action: action()}))
	}
	s := Spec{Default: action()}
	often := r.IntN(10)
	for _, name := range allCalls() {
		if r.IntN(10) <= often {
			s.Calls = append(s.Calls, CallRules{Name: name, Rules: shared[r.IntN(len(shared))]})
		}
	}
	return s
}
