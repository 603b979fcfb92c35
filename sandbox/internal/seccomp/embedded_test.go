package seccomp

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"judge/policy"
)

// TestEmbedded holds the embedded filters equal to a fresh build: byte by byte
// with the pinned libseccomp, and in what they do with any.
func TestEmbedded(t *testing.T) {
	samePinned := pinned(t)
	for _, name := range policy.Names() {
		spec := builtinSpec(t, name)
		text := Text(builtin(t, name))
		for _, arch := range []Arch{X86_64, ARM64} {
			t.Run(name+"/"+arch.String(), func(t *testing.T) {
				byText, ok := embeddedText(text, arch)
				if !ok {
					t.Fatal("the policy's text is not among the embedded; run go generate ./sandbox/internal/seccomp")
				}
				bySpec, ok := embeddedSpec(spec.Digest(), arch)
				if !ok {
					t.Fatal("the policy's spec is not among the embedded; run go generate ./sandbox/internal/seccomp")
				}
				if !bytes.Equal(byText, bySpec) {
					t.Error("text and spec find different programs")
				}
				fresh, err := Compile(spec, arch, helper(t))
				if err != nil {
					t.Fatal(err)
				}
				if samePinned && !bytes.Equal(fresh.Program, bySpec) {
					t.Error("not equal to a fresh build; run go generate ./sandbox/internal/seccomp")
				}
				agree(t, spec, arch, bySpec)
				agree(t, spec, arch, fresh.Program)
			})
		}
	}
}

// agree holds a program to its spec for every number, in all classes of arguments.
func agree(t *testing.T, s Spec, arch Arch, program []byte) {
	t.Helper()
	p, err := decode(program)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	try := func(nr int, want Action, args [6]uint64) {
		got, err := run(p, data(arch, nr, args))
		if err != nil {
			t.Fatal(err)
		}
		if got != want && wrong < 10 {
			wrong++
			t.Errorf("%s(%#x) = %s, want %s", Name(arch, nr), args, got, want)
		}
	}
	for nr := range 600 {
		name := Name(arch, nr)
		rules := s.Rules(name)
		for _, args := range corners(rules) {
			try(nr, decide(rules, args), args)
		}
	}
	for _, nr := range []int{600, 1023, 4096, x32Bit - 1} {
		try(nr, s.Default, [6]uint64{})
	}
	if arch == X86_64 {
		for nr := range 600 {
			try(nr|x32Bit, Kill, [6]uint64{})
		}
	}
}

// corners are arguments around every value that the rules compare with.
func corners(rules []Rule) [][6]uint64 {
	all := [][6]uint64{{}, {^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}}
	r := rand.New(rand.NewPCG(1, 2))
	var values [6][]uint64
	for _, rule := range rules {
		for _, c := range rule.When {
			v := c.Value
			values[c.Arg] = append(values[c.Arg], v, v+1, v-1, v|^c.Mask, v|1<<36, ^v, v<<32, r.Uint64())
		}
	}
	for arg, vs := range values {
		for _, v := range vs {
			var a [6]uint64
			a[arg] = v
			all = append(all, a)
			for range 4 { // with others' values beside it
				for other, vs := range values {
					if other != arg && len(vs) > 0 {
						a[other] = vs[r.IntN(len(vs))]
					}
				}
				all = append(all, a)
			}
		}
	}
	return all
}

// TestSizes prints what the filters cost in instructions and at one call.
func TestSizes(t *testing.T) {
	for i := range embeddedFilters {
		e := &embeddedFilters[i]
		f := newFilter([]byte(*e.program))
		t.Logf("%-8s %-8s %4d instructions", e.policy, e.arch, f.Instructions)
		if !f.UsesNotify {
			t.Errorf("%s %s hands no call over", e.policy, e.arch)
		}
	}
}
