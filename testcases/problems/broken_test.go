package problems

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"judge/judge/problem"
)

// broken lists the packages in broken/ with the first thing that must be said of each.
var broken = map[string]struct {
	exit    int // of judge verify; 125: it was not graded, or with JE
	warning bool
	code    problem.Code
	place   string
	words   string
}{
	"yaml":             {125, false, problem.BadSyntax, "problem.yaml:4", ""},
	"yaml-tab":         {125, false, problem.BadSyntax, "problem.yaml:3", ""},
	"yaml-twice":       {0, true, problem.Duplicate, "problem.yaml:2", "given twice"},
	"yaml-type":        {125, false, problem.BadType, "problem.yaml:3:11", "lots"},
	"yaml-value":       {125, false, problem.BadValue, "problem.yaml:3:11", "-5"},
	"yaml-list":        {125, false, problem.BadType, "problem.yaml:1:1", "a list"},
	"yaml-encoding":    {125, false, problem.BadEncoding, "problem.yaml:1:10", "0xe9"},
	"misspelt":         {0, true, problem.UnknownKey, "problem.yaml:2:1", "validation"},
	"version":          {125, false, problem.Unsupported, "problem.yaml:1:25", "2031-01"},
	"no-answer":        {125, false, problem.NoAnswer, "data/secret/2.in", "2.ans"},
	"no-input":         {0, true, problem.NoInput, "data/secret/2.ans", "2.in"},
	"no-cases":         {125, false, problem.NoCases, "", "no secret test data"},
	"no-validator":     {125, false, problem.Missing, "output_validators", "custom"},
	"no-accepted":      {0, true, problem.NoAccepted, "submissions/accepted", ""},
	"nothing-accepted": {1, true, problem.NoSample, "data/sample", ""},
	"flags":            {125, false, problem.BadValue, "problem.yaml:2:18", "float_tolerance lacks its tolerance"},
	"flags-unknown":    {125, false, problem.BadValue, "problem.yaml:2:18", `has no flag "exactly"`},
	"flags-group":      {125, false, problem.BadValue, "data/secret/g/test_group.yaml:1:24", `tolerance "1e-x" is not a number`},
	"flags-case":       {125, false, problem.BadValue, "data/secret/1.yaml:1:24", "float_tolerance is given twice"},
	"script-mode":      {125, false, problem.NotExecutable, "output_validators/v/build", "is not executable"},
	"flags-grader":     {125, false, problem.BadValue, "data/testdata.yaml:1:15", `"most" is no flag of the default grader`},
	"tags":             {125, false, problem.BadExpected, "submissions/accepted/one.py:2:3", "one.py:1:3"},
	"link-out":         {125, false, problem.OutsideLink, "data/secret/2.in", "leads out of the package"},
	"link-nowhere":     {125, false, problem.OutsideLink, "data/secret/2.in", ""},
	"link-circle":      {125, false, problem.OutsideLink, "data/secret/again", ""},
	"mixed-groups":     {125, false, problem.BadGroups, "data/secret", "both cases (1) and groups (g)"},
	"types":            {125, false, problem.BadValue, "problem.yaml:4:7", "exclude each other"},
	"polygon-twice":    {125, false, problem.Unsupported, "problem.xml:4", "run 2 times"},
	"polygon-xml":      {125, false, problem.BadSyntax, "problem.xml:4", ""},
	"cms-no-output":    {125, false, problem.NoAnswer, "output/output1.txt", ""},
	"nothing":          {125, false, problem.NotAPackage, "", "no problem package"},
}

// TestBroken: what is wrong with a package is said with its place, and judge verify ends
// with a status that is not mistaken for a verdict.
func TestBroken(t *testing.T) {
	entries, err := os.ReadDir("broken")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, known := broken[e.Name()]; !known {
			t.Errorf("broken/%s is in no table", e.Name())
		}
	}
	for name, want := range broken {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("broken", name)
			var texts []string
			found := false
			say := func(code problem.Code, place problem.Place, text string) {
				texts = append(texts, string(code)+" "+place.String()+": "+text)
				found = found || code == want.code && strings.HasPrefix(place.String(), want.place) && strings.Contains(text, want.words)
			}
			p, err := problem.Load(dir)
			var errs problem.Errors
			switch {
			case errors.As(err, &errs):
				for _, e := range errs {
					say(e.Code, e.Place, e.Text)
				}
			case err != nil:
				t.Fatalf("not an error of a package: %v", err)
			default:
				for _, w := range p.Warnings {
					say(w.Code, w.Place, w.Text)
				}
			}
			if !found || want.warning != (err == nil) {
				t.Errorf("found %q (an error: %v), want %s %s: %s", texts, err != nil, want.code, want.place, want.words)
			}
			status, out, said := run(t, command(t, "verify", "--format", "json", dir))
			if status != want.exit {
				t.Errorf("exit status %d, want %d: %s", status, want.exit, said)
			}
			if err != nil && (out != "" || !strings.Contains(said, want.words) || !strings.Contains(said, want.place)) {
				t.Errorf("judge verify said %q and %q", out, said)
			}
		})
	}
}
