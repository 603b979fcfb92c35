package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
)

func junit(t *testing.T, list ...*judge.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	j := report.NewJUnit(&b, at, "")
	for _, r := range list {
		if err := j.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestJUnitSchema holds documents against Jenkins's schema, whatever bytes are in them.
func TestJUnitSchema(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("feature missing: xmllint")
	}
	evil := result(hostile, problem.WA, oneCase(hostile, problem.WA, hostile))
	evil.Cases[0].Cached, evil.Compile = true, &judge.Compile{OK: true, Cached: true}
	evil.Problem, evil.Language, evil.Reason = hostile, hostile, hostile
	for name, list := range map[string][]*judge.Result{"nothing": nil, "any bytes": {evil, result("", problem.JE)}, "a batch": sample(60)} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "junit.xml")
			if err := os.WriteFile(path, junit(t, list...), 0o644); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(lint, "--nonet", "--noout", "--schema", "testdata/junit-4.xsd", path).CombinedOutput(); err != nil {
				t.Errorf("%v\n%.2000s", err, out)
			}
		})
	}
}

func sample(n int) []*judge.Result {
	var list []*judge.Result
	batch(n, 20, func(r *judge.Result) { list = append(list, r) })
	return list
}

func TestJUnitFailures(t *testing.T) {
	expected := func(r *judge.Result, agrees bool) *judge.Result {
		r.Expected, r.Agrees = []problem.Verdict{problem.WA}, &agrees
		if !agrees {
			r.Disagree = "the verdict is TLE, expected is WA"
		}
		return r
	}
	broken := result("ce.c", problem.CE)
	broken.Compile = &judge.Compile{Output: "error: expected ';'"}
	old := result("a.c", problem.AC, oneCase("1", problem.AC, ""), oneCase("2", problem.AC, ""))
	old.Cases[1].Cached = true
	for _, c := range []struct {
		name string
		r    *judge.Result
		want string // of the suite
		has  string
	}{
		{"accepted", result("a.c", problem.AC, oneCase("1", problem.AC, "")), `tests="1" failures="0" errors="0"`, ""},
		{"a time of an earlier grading", old, `tests="2" failures="0" errors="0"`, `<property name="cached_cases" value="1">`},
		{"a case that is not", result("a.c", problem.WA, oneCase("1", problem.AC, ""), oneCase("2", problem.WA, "wrong")), `tests="2" failures="1" errors="0"`, `<failure message="wrong" type="WA">wrong`},
		{"as expected", expected(result("a.c", problem.WA, oneCase("1", problem.WA, "wrong")), true), `tests="2" failures="0" errors="0"`, `name="expectation"`},
		{"not as expected", expected(result("a.c", problem.TLE, oneCase("1", problem.TLE, "slow")), false), `tests="2" failures="2" errors="0"`, "the verdict is TLE, expected is WA"},
		{"accepted though a sample is not", result("a.c", problem.AC, oneCase("sample/1", problem.WA, "wrong"), oneCase("1", problem.AC, "")), `tests="2" failures="0" errors="0"`, ""},
		{"does not compile", broken, `tests="1" failures="1" errors="0"`, "error: expected &#39;;&#39;"},
		{"judge's error is none of the submission's", result("a.c", problem.JE, oneCase("1", problem.JE, "checker crashed")), `tests="1" failures="0" errors="1"`, `<error message="checker crashed"`},
		{"judge's error without a case", result("a.c", problem.JE), `tests="1" failures="0" errors="1"`, `name="verdict"`},
		{"a score below the best", result("a.c", problem.PAC, oneCase("1", problem.AC, "")), `tests="2" failures="1" errors="0"`, `type="PAC"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if text := string(junit(t, c.r)); !strings.Contains(text, c.want) || !strings.Contains(text, c.has) {
				t.Errorf("want %s and %s in\n%s", c.want, c.has, text)
			}
		})
	}
}

func TestGradescope(t *testing.T) {
	r := result("a.c", problem.WA, oneCase("sample/1", problem.AC, ""), oneCase("sample/2", problem.WA, "got 7, expected 9"), oneCase("secret/1", problem.WA, "got 41, expected 42"),
		oneCase("secret/2", problem.RTE, "ended by signal 11 (SIGSEGV)"))
	r.Reason = "on secret/1: got 41, expected 42"
	var b bytes.Buffer
	g := report.NewGradescope(&b)
	if err := errors.Join(g.Add(r), g.Close()); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Score *float64
		Tests []struct{ Name, Status, Output, Visibility string }
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Score == nil || *doc.Score != 0 || len(doc.Tests) != 4 || doc.Tests[0].Status != "passed" || doc.Tests[3].Status != "failed" {
		t.Errorf("%s", &b)
	}
	if strings.Contains(b.String(), "42") || doc.Tests[2].Output != "WA\nlook at the borders" {
		t.Errorf("a secret answer is told: %s", &b)
	}
	if !strings.Contains(doc.Tests[1].Output, "expected 9") || !strings.Contains(doc.Tests[3].Output, "SIGSEGV") {
		t.Errorf("what may be told is not: %s", &b)
	}
	if err := g.Add(r); !errors.Is(err, report.ErrOneSubmission) {
		t.Errorf("a second submission: %v", err)
	}
}

func TestAnnotations(t *testing.T) {
	var b bytes.Buffer
	a := report.NewAnnotations(&b)
	good, bad, met := result("good.c", problem.AC), result("a,b:c%.c", problem.WA), result("known.c", problem.TLE)
	bad.Reason = "line 1\nline 2: 100%\r::error::no"
	met.Agrees = yes(true)
	broken := result("ce/main.c", problem.CE)
	broken.Reason, broken.Compile = "expected ';'", &judge.Compile{Output: "In file included from main.c:1:\nmain.c:7:12: error: expected ';'\nmain.c:9:1: error: more\n"}
	for _, r := range []*judge.Result{good, bad, met, broken} {
		if err := a.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	want := "::error file=a%2Cb%3Ac%25.c,title=squares%3A WA::line 1%0Aline 2: 100%25%0D::error::no\n" +
		"::error file=ce/main.c,title=squares%3A CE,line=7,col=12::expected ';'\n" +
		"::notice title=judge::4 submissions: 1 AC, 1 WA, 1 TLE, 1 CE\n"
	if b.String() != want {
		t.Errorf("%q\nwant %q", &b, want)
	}
}
