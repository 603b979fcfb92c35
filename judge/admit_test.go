package judge_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/problem"
	"judge/sandbox"
)

const answers = "#include <stdio.h>\nint main(void) { puts(\"1\"); return 0; }\n"

// oneCase is a package with one case and a submission that answers it.
func oneCase(yaml string) map[string]string {
	return map[string]string{
		"problem.yaml":        "problem_format_version: 2025-09\nuuid: 7f0d7c4e-b1f0-4b0e-8e5a-3f1e6b7f3c17\nname: One\n" + yaml,
		"data/secret/1.in":    "1\n",
		"data/secret/1.ans":   "1\n",
		"submissions/x/one.c": answers, "submissions/submissions.yaml": "x/one.c: {}\n",
	}
}

// A problem that this host cannot hold is refused before anything starts.
func TestTooLargeForTheHost(t *testing.T) {
	needRoot(t)
	p := loaded(t, oneCase("limits: {time_limit: 1, memory: 100000000}\n"))
	e, err := judge.New(judge.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, err = e.Prepare(context.Background(), p)
	var usage *sandbox.UsageError
	if !errors.As(err, &usage) || usage.Hint == "" || !strings.Contains(err.Error(), "memory") {
		t.Errorf("the error is %v", err)
	}
}

// Nothing of a grading runs beside one that measures alone.
func TestWaitsForOneThatIsAlone(t *testing.T) {
	needRoot(t)
	d := docketOf(t, oneCase("limits: {time_limit: 1}\n"))
	other, err := sandbox.NewAdmission()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s := d.Submissions()[0]
	if _, err := d.Grade(context.Background(), s); err != nil { // what is compiled is compiled
		t.Fatal(err)
	}
	release, err := other.Admit(context.Background(), sandbox.Request{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan *judge.Result, 1)
	go func() {
		r, err := d.Grade(context.Background(), s)
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	select {
	case <-done:
		t.Error("graded beside one that is alone")
		release()
		return
	case <-time.After(300 * time.Millisecond):
	}
	release()
	select {
	case r := <-done:
		if r.Verdict != problem.AC {
			t.Errorf("%s: %s", r.Verdict, r.Reason)
		}
	case <-time.After(time.Minute):
		t.Error("the machine was not given back")
	}
}

// loaded is the package with these files.
func loaded(t testing.TB, files map[string]string) *problem.Problem {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "p")
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := problem.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
