package problems

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"judge/judge"
)

// defaults is the default validator's specification in pairs: flags, answer, output, verdict.
// Those with a remark are accepted, or rejected, wrongly by validators in use: they read
// numbers with sscanf, or strtod, which know more than the format does.
var defaults = []struct{ flags, answer, output, verdict string }{
	{"", "a b\n", "a  b", "AC"}, {"", "a b\n", " a\n\tb \r\n", "AC"}, {"", "a\vb\fc", "a b c", "AC"},
	{"", "Yes", "yES", "AC"}, {"", "é", "É", "WA"}, {"", "a b", "a", "WA"}, {"", "a", "a b", "WA"}, {"", "ab", "a b", "WA"},
	{"", "", "\n \n", "AC"}, {"", "1.0", "1", "WA"}, {"", "a\x00b", "a\x00c", "WA"}, // strcmp ends at NUL
	{"", "a\u00a0b", "a b", "WA"}, {"", "a\x85b", "a b", "WA"}, // white space elsewhere, not here
	{"case_sensitive", "Yes", "yes", "WA"}, {"case_sensitive", "Yes", " Yes ", "AC"},
	{"space_change_sensitive", "a b\n", "a b\n", "AC"}, {"space_change_sensitive", "a b\n", "a b", "WA"},
	{"space_change_sensitive", "a b\n", " a b\n", "WA"}, {"space_change_sensitive", "a b", "a\tb", "WA"},
	{"space_change_sensitive", "a b\n", "A b\n", "AC"}, {"space_change_sensitive", "a\n", "a\n\n", "WA"},
	{"space_change_sensitive case_sensitive", "a b\n", "A b\n", "WA"},
	{"float_tolerance 1e-2", "1", "1.01", "AC"}, {"float_tolerance 1e-2", "1", "1.011", "WA"}, // an integer is a number, too
	{"float_tolerance 1e-2", "100", "101", "AC"}, {"float_absolute_tolerance 1e-2", "100", "100.01", "AC"},
	{"float_absolute_tolerance 1e-2", "100", "100.02", "WA"}, {"float_relative_tolerance 1e-2", "100", "101", "AC"},
	{"float_relative_tolerance 1e-2", "100", "101.1", "WA"}, {"float_relative_tolerance 1e-2", "0", "0.001", "WA"},
	{"float_relative_tolerance 1e-2", "-100", "-99", "AC"}, {"float_relative_tolerance 1e-2 float_absolute_tolerance 0", "1", "1.01", "AC"},
	{"float_tolerance 1e-2", "1.5", "15e-1", "AC"}, {"float_tolerance 1e-2", "1.5", "+1.5E+0", "AC"}, {"float_tolerance 1e-2", ".5", "0.5", "AC"},
	{"float_tolerance 1e-2", "5.", "5", "AC"}, {"float_tolerance 1e-2", "1e-400", "0", "WA"},
	{"float_tolerance 1e-2", "0", "0x0", "WA"}, {"float_tolerance 1e-2", "16", "0x10", "WA"}, // sscanf takes hexadecimal
	{"float_tolerance 1e-2", "100", "100e", "WA"}, {"float_tolerance 1e-2", "100", "100abc", "WA"}, // sscanf stops
	{"float_tolerance 1e-2", "1", "1\x002", "WA"}, {"float_tolerance 1e-2", "1", "1,0", "WA"},
	{"float_tolerance 1e-2", "1", "nan", "WA"}, {"float_tolerance 1e-2", "1", "inf", "WA"}, // no comparison with NaN holds
	{"float_tolerance 1e-2", "nan", "NaN", "AC"}, {"float_tolerance 1e-2", "nan", "1", "WA"}, {"float_tolerance 1e-2", "inf", "inf", "AC"},
	{"float_tolerance 1e-2", "inf", "infinity", "WA"}, {"float_tolerance 1e-2", "0x10", "0X10", "AC"}, {"float_tolerance 1e-2", "0x10", "16", "WA"},
	{"float_tolerance 1e-2", "1 2", "1 2 3", "WA"}, {"float_tolerance 1e-2", "abc", "abd", "WA"}, {"float_tolerance 1e-2", "--1", "-1", "WA"},
	{"float_tolerance 1e300", "1", "1e299", "AC"}, {"float_tolerance 1e300", "1", "1e308", "WA"}, {"float_tolerance 1e-2", "1e308", "-1e308", "WA"},
	{"float_tolerance 0", "0.1", "1e-1", "AC"}, {"float_tolerance 0", "0.1", "0.10000000001", "WA"},
}

// TestDefaultValidator grades outputs as a submission prints them: one that copies its input.
func TestDefaultValidator(t *testing.T) {
	files := map[string]string{"data/testdata.yaml": "on_reject: continue\n"}
	for i, d := range defaults {
		at := fmt.Sprintf("data/secret/%02d/", i)
		files[at+"1.in"], files[at+"1.ans"] = d.output, d.answer
		files[at+"testdata.yaml"] = "output_validator_flags: " + d.flags + "\n"
	}
	dir := echo(t, filepath.Join(t.TempDir(), "default"), files)
	_, out, said := run(t, command(t, "grade", "--format", "json", "--all-cases", dir, filepath.Join(dir, "submissions/accepted/echo.c")))
	got := map[string]judge.CaseResult{}
	for _, r := range decode(t, out).Submissions {
		for _, c := range r.Cases {
			got[c.Name] = c
		}
	}
	for i, d := range defaults {
		c := got[fmt.Sprintf("secret/%02d/1", i)]
		if string(c.Verdict) != d.verdict {
			t.Errorf("%s: answer %q, output %q: %s (%s), want %s", d.flags, d.answer, d.output, c.Verdict, c.Reason, d.verdict)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
}

// TestToleranceTwice: legacy takes the last one; in 2025-09 it is the package's fault, and
// said before anything starts.
func TestToleranceTwice(t *testing.T) {
	for _, flags := range []string{"float_tolerance, 1e-1, float_tolerance, 1e-2", "float_tolerance, 1e-1, float_absolute_tolerance, 1e-2"} {
		legacy := echo(t, filepath.Join(t.TempDir(), "legacy"), map[string]string{
			"problem.yaml": "validator_flags: " + strings.ReplaceAll(flags, ",", "") + "\n"})
		accepted(t, 1, "verify", "--format", "json", legacy)
		dir := echo(t, filepath.Join(t.TempDir(), "new"), map[string]string{
			"problem.yaml":                "problem_format_version: 2025-09\nname: Echo\nlimits: {time_limit: 1}\n",
			"data/secret/test_group.yaml": "output_validator_args: [" + flags + "]\n"})
		status, out, said := run(t, command(t, "verify", "--format", "json", dir))
		if status != 125 || out != "" || !strings.Contains(said, "data/secret/test_group.yaml:1:24") {
			t.Errorf("%s: exit status %d, %q: %s", flags, status, out, said)
		}
	}
}

// TestManyCases: hundreds of cases, all judged, in order.
func TestManyCases(t *testing.T) {
	const n = 500
	files := map[string]string{}
	for i := range n {
		name := fmt.Sprintf("data/secret/%04d", i)
		files[name+".in"], files[name+".ans"] = fmt.Sprint(i), fmt.Sprint(i)
	}
	dir := echo(t, filepath.Join(t.TempDir(), "many"), files)
	status, out, said := run(t, command(t, "verify", "--format", "json", dir))
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, said)
	}
	cases := decode(t, out).Submissions[0].Cases
	if len(cases) != n+1 {
		t.Errorf("%d cases, want %d", len(cases), n+1)
	}
	for i, c := range cases[:min(n, len(cases))] {
		if c.Name != fmt.Sprintf("secret/%04d", i) && i < n {
			t.Fatalf("case %d is %s", i, c.Name)
		}
	}
}
