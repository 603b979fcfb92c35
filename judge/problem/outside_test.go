package problem

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
)

// TestOutside: what is expected of a submission follows from where it lies and what it says,
// in a package or not.
func TestOutside(t *testing.T) {
	for _, version := range []string{"legacy", "2025-09"} {
		files := minimal()
		files["problem.yaml"] = "problem_format_version: " + version + "\nname: x\nuuid: x\n"
		files["submissions/accepted/a.py"] = ""
		p, err := Load(unpackMap(t, files))
		if err != nil {
			t.Fatal(err)
		}
		out := unpackMap(t, map[string]string{
			"wrong_answer/w.py":             "",
			"time_limit_exceeded/s/main.py": "",
			"mine/tagged.py":                "# @EXPECTED_RESULTS@: RUN-ERROR\n",
			"mine/plain.py":                 "",
			"mine/twice.py":                 "@EXPECTED_RESULTS@: CORRECT\n@EXPECTED_RESULTS@: CORRECT\n",
			"LINKS":                         "mine/stolen.d/x.py -> /etc/passwd\nlink.py -> " + filepath.Join(p.Dir, "submissions/accepted/a.py") + "\n",
		})
		for name, want := range map[string][]Verdict{
			"wrong_answer/w.py": {WA}, "time_limit_exceeded/s": {TLE}, "mine/tagged.py": {RTE}, "mine/plain.py": nil,
		} {
			e, _, err := p.Outside(filepath.Join(out, name))
			var got []Verdict
			if e != nil {
				got = e.Verdicts()
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, %s: expected is %v, %v; want %v", version, name, got, err, want)
			}
		}
		if e, _, err := p.Outside(filepath.Join(out, "link.py")); err != nil || e != p.Submissions[0].Expect {
			t.Errorf("%s: a link to the package's own is not it: %v, %v", version, e, err)
		}
		for _, name := range []string{"mine/twice.py", "mine/stolen.d", "mine/none"} {
			var all Errors
			if _, _, err := p.Outside(filepath.Join(out, name)); !errors.As(err, &all) {
				t.Errorf("%s, %s: %v", version, name, err)
			}
		}
	}
}

// TestVerdicts of expectations that are about cases only.
func TestVerdicts(t *testing.T) {
	for folder, want := range map[string][]Verdict{"accepted": {AC}, "wrong_answer": {WA}, "brute_force": {RTE, TLE}, "rejected": {RTE, TLE, WA}} {
		if got := expect2025(t, folder, "", "").Verdicts(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", folder, got, want)
		}
	}
	if got := (&Expectation{}).Verdicts(); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
