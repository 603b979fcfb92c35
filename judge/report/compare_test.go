package report_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
	"judge/sandbox"
)

// read takes results the way of a file.
func read(t *testing.T, list ...*judge.Result) []report.Brief {
	t.Helper()
	var b bytes.Buffer
	for _, r := range list {
		if err := json.NewEncoder(&b).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	briefs, err := report.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return briefs
}

// took makes every case of a result take so many milliseconds.
func took(r *judge.Result, ms int64) *judge.Result {
	for i := range r.Cases {
		r.Cases[i].Report.CPUTime = ms * 1e6
	}
	r.CPUTime = time.Duration(ms) * time.Millisecond
	return r
}

func TestCompare(t *testing.T) {
	accepted := func(ms int64) *judge.Result {
		r := result("a.c", problem.AC, oneCase("1", problem.AC, ""), oneCase("2", problem.AC, ""))
		return took(r, ms)
	}
	cached := func() *judge.Result {
		r := accepted(20)
		r.Cases[1].Cached = true
		return r
	}
	scored := func(s float64) *judge.Result {
		r := accepted(20)
		r.Score = points(s)
		return r
	}
	for _, c := range []struct {
		name   string
		a, b   []*judge.Result
		differ bool
		has    string
	}{
		{"the same", []*judge.Result{accepted(20)}, []*judge.Result{accepted(20)}, false, "1 the same, 0 with another verdict or score, 0 with another time, 0 missing, 0 new\nthe second took 1.00 times"},
		{"times within the ratio", []*judge.Result{accepted(100)}, []*judge.Result{accepted(114)}, false, "1 the same"},
		{"short times within the least", []*judge.Result{accepted(1)}, []*judge.Result{accepted(5)}, false, "1 the same"},
		{"slower is no difference", []*judge.Result{accepted(100)}, []*judge.Result{accepted(130)}, false, "slower: 100ms -> 130ms (1.30)"},
		{"faster", []*judge.Result{accepted(130)}, []*judge.Result{accepted(100)}, false, "faster: 130ms -> 100ms (0.77)"},
		{"another verdict, with its case", []*judge.Result{accepted(20)}, []*judge.Result{took(result("a.c", problem.WA, oneCase("1", problem.AC, ""), oneCase("2", problem.WA, "wrong")), 20)}, true, "AC -> WA; 2: AC -> WA"},
		{"the same verdict by other cases", []*judge.Result{result("a.c", problem.WA, oneCase("1", problem.AC, ""), oneCase("2", problem.WA, ""))},
			[]*judge.Result{result("a.c", problem.WA, oneCase("1", problem.WA, ""))}, true, "1: AC -> WA"},
		{"another score", []*judge.Result{scored(20)}, []*judge.Result{scored(35.5)}, true, "score 20 -> 35.5"},
		{"a score where there was none", []*judge.Result{accepted(20)}, []*judge.Result{scored(1)}, true, "score – -> 1"},
		{"times out of the result cache", []*judge.Result{accepted(20)}, []*judge.Result{cached()}, false, "cases of the second that are out of the result cache, with times of another grading: 1 ("},
		{"missing", []*judge.Result{accepted(20), result("b.c", problem.AC)}, []*judge.Result{accepted(20)}, true, "b.c  AC, missing in the second"},
		{"new", nil, []*judge.Result{accepted(20)}, true, "a.c  AC, new in the second"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := report.Compare(read(t, c.a...), read(t, c.b...), report.DefaultNoise)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := got.Print(&b); err != nil {
				t.Fatal(err)
			}
			if got.Differ() != c.differ || !strings.Contains(b.String(), c.has) {
				t.Errorf("differ %v, want %v, with %q in\n%s", got.Differ(), c.differ, c.has, &b)
			}
		})
	}
}

// TestCompareBasis: what the gradings rest on is told where it is not the same.
func TestCompareBasis(t *testing.T) {
	a, b := result("a.c", problem.AC), result("a.c", problem.AC)
	b.Provenance.Kernel, b.Provenance.CPU = "6.12", ""
	digest := "sha256:cc"
	a.Provenance.Policy, b.Provenance.Policy = &sandbox.PolicyID{Name: "strict", Digest: "sha256:dd"}, &sandbox.PolicyID{Name: "strict", Digest: "sha256:ee"}
	a.Provenance.Rootfs, b.Provenance.Rootfs = &sandbox.RootfsID{Name: "host"}, &sandbox.RootfsID{Name: "contest", Digest: &digest}
	got, err := report.Compare(read(t, a), read(t, b), report.DefaultNoise)
	if err != nil {
		t.Fatal(err)
	}
	want := []report.BasisChange{{What: "policy", A: "strict sha256:dd", B: "strict sha256:ee"}, {What: "rootfs", A: "host", B: "contest sha256:cc"},
		{What: "kernel", A: "6.1", B: "6.12"}, {What: "cpu", A: "Some CPU", B: ""}}
	if !slices.Equal(got.Basis, want) {
		t.Errorf("%v, want %v", got.Basis, want)
	}
	if got.Differ() {
		t.Error("another kernel alone is no difference")
	}
}

func TestCompareTwice(t *testing.T) {
	twice := read(t, result("a.c", problem.AC), result("a.c", problem.WA))
	if _, err := report.Compare(twice, nil, report.DefaultNoise); err == nil || !strings.Contains(err.Error(), "the first grading: a.c of squares is in it twice") {
		t.Errorf("%v", err)
	}
}

// TestCompareHostile: a name is one cell of one line, and no word to the terminal.
func TestCompareHostile(t *testing.T) {
	name := "a\x1b[2J\tb\r\n\u202ec\u2028.c"
	got, err := report.Compare(read(t, result(name, problem.AC)), nil, report.DefaultNoise)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := got.Print(&b); err != nil {
		t.Fatal(err)
	}
	if want := "squares  a\uFFFD[2J\uFFFDb\uFFFD\uFFFD\uFFFDc\uFFFD.c  AC, missing in the second\n"; !strings.Contains(b.String(), want) {
		t.Errorf("%q, want %q", &b, want)
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, text, wrong string }{
		{"nothing", "", ""},
		{"a document", `{"version":1,"submissions":[{"problem":"p","submission":"a.c","verdict":"AC"}],"summary":{"AC":1}}`, ""},
		{"an empty document", `{"version":1,"submissions":[],"summary":{}}`, ""},
		{"a line that was cut off", `{"version":1,"problem":"p","submission":"a.c","verdict":"AC"}` + "\n" + `{"version":1,"pro`, "result 2: unexpected EOF"},
		{"another version", `{"version":2,"submission":"a.c","verdict":"AC"}`, "has version 2"},
		{"a report of judge run", `{"version":1,"status":"ok"}`, "no submission"},
		{"no JSON", "SUBMISSION LANGUAGE", "result 1: invalid character"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := report.Read(strings.NewReader(c.text))
			if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%v, want %q", err, c.wrong)
			}
		})
	}
}
