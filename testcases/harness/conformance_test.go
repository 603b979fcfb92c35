package harness

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// underJudge returns a session with the built binary, which $JUDGE names.
func underJudge(t *testing.T) *Session {
	t.Helper()
	if testing.Short() {
		t.Skip("needs judge and some minutes")
	}
	judge := os.Getenv("JUDGE")
	if judge == "" {
		judge = "../../bin/judge"
	}
	s, err := NewSession(judge)
	if err != nil {
		t.Fatalf("%v; build it with make build, name another in $JUDGE, or leave the cases out with go test -short", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// runAll runs the cases below a directory, each as a subtest.
func runAll(t *testing.T, dir string) {
	s := underJudge(t)
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			r := s.Run(c)
			for _, note := range r.Notes {
				t.Log(note)
			}
			for _, f := range r.Failures {
				t.Error(f)
			}
			if r.Skip != "" {
				t.Skip(r.Skip)
			}
		})
	}
}

// TestConformance runs the cases that any runner must pass.
func TestConformance(t *testing.T) {
	runAll(t, "../conformance/cases")
}

// TestHostile runs our own programs, by the causes that must end them.
func TestHostile(t *testing.T) {
	entries, err := os.ReadDir("../hostile")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			t.Run(e.Name(), func(t *testing.T) { runAll(t, filepath.Join("../hostile", e.Name())) })
		}
	}
}

// TestHostileProgramsSitInTheirFolders holds the folder's name against the
// verdicts that the header allows, and asks for an @unsandboxed line.
func TestHostileProgramsSitInTheirFolders(t *testing.T) {
	cases, err := Load("../hostile")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		verdicts, err := parseVerdicts(c.Expect[0])
		if err != nil {
			t.Fatal(err)
		}
		cause := filepath.Base(filepath.Dir(c.File))
		if !slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.Word == cause }) {
			t.Errorf("%s is in %s, and expects %s", c.Name, cause, c.Expect[0])
		}
		text, err := os.ReadFile(c.File)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "@unsandboxed ") {
			t.Errorf("%s says nothing about @unsandboxed", c.Name)
		}
	}
}
