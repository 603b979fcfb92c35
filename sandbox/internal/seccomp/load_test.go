package seccomp

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"judge/policy"
)

// ownSpec is a filter that no built-in policy has.
func ownSpec(t testing.TB) Spec {
	t.Helper()
	p := builtin(t, "strict")
	p.Allow = append(p.Allow, "uselib")
	s, err := Resolve(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoadEmbedded(t *testing.T) {
	for _, name := range policy.Names() {
		for _, arch := range []Arch{X86_64, ARM64} {
			a, err := Load(builtinSpec(t, name), arch, Options{})
			if err != nil {
				t.Fatal(err)
			}
			b, err := LoadPolicy(builtin(t, name), arch, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(a.Program, b.Program) || a.Instructions*8 != len(a.Program) {
				t.Errorf("%s %s: Load and LoadPolicy differ", name, arch)
			}
		}
	}
	// The caller may change what it got.
	f, _ := Load(builtinSpec(t, "strict"), X86_64, Options{})
	clear(f.Program)
	if g, _ := Load(builtinSpec(t, "strict"), X86_64, Options{}); bytes.Equal(f.Program, g.Program) {
		t.Error("two loads share their program")
	}
	// A policy that says the same in other words is found by its spec.
	p := builtin(t, "strict")
	p.Deny = append(p.Deny, "ptrace")
	if _, err := LoadPolicy(p, X86_64, Options{}); err != nil {
		t.Error(err)
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := Load(ownSpec(t), X86_64, Options{}); !errors.Is(err, ErrNoHelper) {
		t.Errorf("without a helper: %v", err)
	}
	if _, err := Load(ownSpec(t), X86_64, Options{Helper: at("/nonexistent/judge-seccomp")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("with a helper that is not there: %v", err)
	}
	if _, err := Load(ownSpec(t), X86_64, Options{Helper: at("/bin/true")}); err == nil {
		t.Error("a helper that says nothing is believed")
	}
	if _, err := Load(ownSpec(t), X86_64, Options{Helper: at("/bin/cat")}); err == nil {
		t.Error("a helper that repeats the request is believed")
	}
	if _, err := Load(ownSpec(t), I386, Options{Helper: at("/bin/true")}); err == nil {
		t.Error("a filter for i386")
	}
}

func TestLinkRefusesForeignTrees(t *testing.T) {
	l, err := newLayout(ownSpec(t), X86_64)
	if err != nil {
		t.Fatal(err)
	}
	leaf := uint32(leafBase) | uint32(l.def)
	for what, p := range map[string][]instruction{
		"a return of allow":       {{code: opLoad, k: offsetArch}, {code: opLoad}, {code: opReturn, k: uint32(Allow)}},
		"a leaf that is not":      {{code: opLoad, k: offsetArch}, {code: opLoad}, {code: opReturn, k: uint32(leafBase) | 0xfff}},
		"nothing but foreign":     {{code: opReturn, k: uint32(leafBase) | uint32(l.foreign)}},
		"an argument":             {{code: opLoad, k: offsetArgs}, {code: opReturn, k: leaf}},
		"a comparison of nothing": {{code: opEqual}, {code: opReturn, k: leaf}},
		"no end":                  {{code: opLoad, k: offsetNumber}, {code: opEqual}},
		"a jump far out":          {{code: opJump, k: 1<<32 - 1}},
		"another instruction":     {{code: opAnd}, {code: opReturn, k: leaf}},
		"foreign let through":     {{code: opLoad, k: offsetArch}, {code: opEqual, k: uint32(X86_64)}, {code: opReturn, k: leaf}},
		"no look at the number":   {{code: opLoad, k: offsetNumber}, {code: opLoad}, {code: opReturn, k: leaf}},
	} {
		if _, err := l.link(encode(p), nil); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	for _, n := range []int{0, 7, 8 * (maxInstructions + 1)} {
		if _, err := l.link(make([]byte, n), nil); err == nil {
			t.Errorf("a tree of %d bytes is taken", n)
		}
	}
}

// BenchmarkLoadPolicy is what judge run pays for a built-in filter.
// TestHelperUnasked: whoever has the filter already does not look for the helper.
func TestHelperUnasked(t *testing.T) {
	asked := 0
	o := Options{Cache: filepath.Join(t.TempDir(), "cache"), Helper: func() string { asked++; return helper(t) }}
	if _, err := LoadPolicy(builtin(t, "strict"), X86_64, o); err != nil || asked != 0 {
		t.Errorf("a built-in filter: %v, asked %d times", err, asked)
	}
	own := builtin(t, "strict")
	own.Deny = []string{"pause"}
	for range 3 {
		if _, err := LoadPolicy(own, X86_64, o); err != nil || asked != 1 {
			t.Errorf("one that was made once: %v, asked %d times", err, asked)
		}
	}
}

func BenchmarkLoadPolicy(b *testing.B) {
	p := builtin(b, "strict")
	for b.Loop() {
		if _, err := LoadPolicy(p, X86_64, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad is what it pays for a spec that it has resolved already.
func BenchmarkLoad(b *testing.B) {
	s := builtinSpec(b, "strict")
	for b.Loop() {
		if _, err := Load(s, X86_64, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	p := builtin(b, "strict")
	for b.Loop() {
		if _, err := Resolve(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadPolicyCached(b *testing.B) {
	p := builtin(b, "strict")
	p.Allow = append(p.Allow, "uselib")
	o := Options{Cache: filepath.Join(b.TempDir(), "cache"), Helper: at(helper(b))}
	for b.Loop() {
		if _, err := LoadPolicy(p, X86_64, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	s, path := ownSpec(b), helper(b)
	for b.Loop() {
		if _, err := Compile(s, X86_64, path); err != nil {
			b.Fatal(err)
		}
	}
}
