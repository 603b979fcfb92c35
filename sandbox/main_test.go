package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"judge/policy"
	"judge/testcases/built"
)

// builtDir is where programs for the tests are built; TestMain makes and removes it.
var builtDir string

func TestMain(m *testing.M) {
	os.Exit(withBuildDir(m))
}

func withBuildDir(m *testing.M) int {
	var err error
	if builtDir, err = os.MkdirTemp("", "judge-sandbox-test"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(builtDir)
	return m.Run()
}

// buildJudge builds the command once for all tests.
var buildJudge = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builtDir, "judge")
	return path, built.Go(path, "judge", false)
})

// judgeBinary is the real command.
func judgeBinary(t testing.TB) string {
	t.Helper()
	path, err := buildJudge()
	if err != nil {
		t.Fatalf("build judge: %v", err)
	}
	return path
}

// buildCompiler builds judge-seccomp beside the test, where judge would have it
// beside itself. The directory is go test's, which removes it.
var buildCompiler = sync.OnceValue(func() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return built.Go(filepath.Join(filepath.Dir(self), "judge-seccomp"), "judge-seccomp", true)
})

// needCompiler is for runs under filters that are not built in.
func needCompiler(t testing.TB) {
	t.Helper()
	if err := buildCompiler(); err != nil {
		t.Skip("feature missing: libseccomp to build judge-seccomp with: ", err)
	}
}

// buildActor builds testdata/actor.c, whose head says what it can do.
var buildActor = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builtDir, "actor")
	return path, built.C(path, "testdata/actor.c", []string{"-static", "-O1"})
})

func actor(t testing.TB) string {
	t.Helper()
	path, err := buildActor()
	if err != nil {
		t.Skip("feature missing: gcc with a static C library: ", err)
	}
	return path
}

// emulated is a bound of time as it holds where the processor may be emulated:
// there CPU time is counted too high while several are busy, and all is slow
// (testcases/vm).
func emulated(bound time.Duration) time.Duration {
	if os.Getenv("JUDGE_VM") != "" {
		return 5 * bound
	}
	return bound
}

func builtinPolicy(name string) (policy.Policy, error) {
	p, ok := policy.Builtin(name)
	if !ok {
		return p, fmt.Errorf("no built-in policy %s", name)
	}
	p.Limits.CPUTime = emulated(p.Limits.CPUTime)
	return p, nil
}

func builtin(t testing.TB, name string) policy.Policy {
	t.Helper()
	p, err := builtinPolicy(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
