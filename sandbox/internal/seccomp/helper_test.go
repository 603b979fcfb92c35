package seccomp

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"judge/policy"
	"judge/testcases/built"
)

// builtDir is where programs for the tests are built; TestMain makes and removes it.
var builtDir string

// buildHelper builds judge-seccomp once for all tests.
var buildHelper = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builtDir, "judge-seccomp")
	return path, built.Go(path, "judge-seccomp", true)
})

func helper(t testing.TB) string {
	t.Helper()
	path, err := buildHelper()
	if err != nil {
		t.Skip("feature missing: a C compiler with libseccomp's headers: ", err)
	}
	return path
}

// pinned says whether the installed libseccomp is the one of the embedded filters.
func pinned(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command(helper(t), "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.HasSuffix(strings.TrimSpace(string(out)), " libseccomp "+PinnedLibseccomp)
}

// at is an Options.Helper that is there.
func at(path string) func() string { return func() string { return path } }

func builtin(t testing.TB, name string) policy.Seccomp {
	t.Helper()
	p, ok := policy.Builtin(name)
	if !ok {
		t.Fatalf("no built-in policy %s", name)
	}
	return p.Seccomp
}

func builtinSpec(t testing.TB, name string) Spec {
	t.Helper()
	s, err := Resolve(builtin(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
