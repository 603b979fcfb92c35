package problem

import (
	"strings"
	"testing"
)

// outcome makes an Outcome of words: the final verdict, then NAME=VERDICT for cases.
func outcome(text string) Outcome {
	words := strings.Fields(text)
	o := Outcome{Final: Verdict(words[0]), Complete: true}
	for _, w := range words[1:] {
		name, verdict, _ := strings.Cut(w, "=")
		switch {
		case name == "score":
			f, _ := parseFloat(verdict)
			o.Score = &f
		case strings.HasPrefix(name, "group:"):
			if o.Groups == nil {
				o.Groups = map[string]GroupOutcome{}
			}
			v, score, _ := strings.Cut(verdict, ":")
			g := GroupOutcome{Verdict: Verdict(v)}
			if f, ok := parseFloat(score); ok {
				g.Score = &f
			}
			o.Groups[strings.TrimPrefix(name, "group:")] = g
		case name == "open":
			o.Complete = false
		default:
			v, message, _ := strings.Cut(verdict, ":")
			o.Cases = append(o.Cases, CaseOutcome{Name: name, Verdict: Verdict(v), Message: message})
		}
	}
	return o
}

// expect reads a package of one submission and gives its expectation.
func expect(t *testing.T, format, folder, source, yaml, more string) *Expectation {
	t.Helper()
	files := map[string]string{
		"problem.yaml":     "problem_format_version: " + format + "\nname: x\nuuid: x\n" + more,
		"data/secret/1.in": "", "data/secret/1.ans": "",
		"submissions/" + folder + "/s.py": source,
	}
	if strings.Contains(source, "GRADES") {
		delete(files, "data/secret/1.in")
		delete(files, "data/secret/1.ans")
		for _, name := range []string{"1/1", "2/1"} {
			files["data/secret/"+name+".in"], files["data/secret/"+name+".ans"] = "", ""
		}
	}
	if yaml != "" {
		files["submissions/submissions.yaml"] = yaml
	}
	p, err := Load(unpackMap(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Submissions) != 1 || p.Submissions[0].Expect == nil {
		t.Fatalf("no expectation; warnings %v", p.Warnings)
	}
	return p.Submissions[0].Expect
}

// TestAgreesLegacy: the final verdict decides, or what the specification says of the
// cases ("Example Submissions").
func TestAgreesLegacy(t *testing.T) {
	scoring := "type: scoring\n"
	for _, c := range []struct {
		name, folder, source, more, outcome string
		want                                bool
	}{
		{"accepted", "accepted", "", "", "AC a=AC b=AC", true},
		{"accepted with a wrong case", "accepted", "", "", "WA a=AC b=WA", false},
		{"accepted in spite of a wrong case", "accepted", "", "", "AC a=AC b=WA", false},
		{"accepted does not compile", "accepted", "", "", "CE", false},
		{"judge's own error", "accepted", "", "", "JE a=AC", false},
		{"wrong", "wrong_answer", "", "", "WA a=AC b=WA", true},
		{"wrong, and nothing wrong", "wrong_answer", "", "", "AC a=AC", false},
		{"wrong, then too slow, broken off before", "wrong_answer", "", "", "WA a=WA", true},
		{"wrong, then too slow, the worst counts", "wrong_answer", "", "", "TLE a=WA b=TLE", false},
		{"wrong, then too slow, the first counts", "wrong_answer", "", "", "WA a=WA b=TLE", true},
		{"slow", "time_limit_exceeded", "", "", "TLE a=TLE", true},
		{"slow and wrong, the first counts", "time_limit_exceeded", "", "", "WA a=WA b=TLE", true},
		{"slow, and only wrong", "time_limit_exceeded", "", "", "WA a=WA", false},
		{"slow, and it crashes first", "time_limit_exceeded", "", "", "RTE a=RTE b=TLE", false},
		{"crash", "run_time_error", "", "", "RTE a=RTE", true},
		{"crash by memory", "run_time_error", "", "", "MLE a=MLE", true},
		{"crash by output", "run_time_error", "", "", "OLE a=OLE", true},
		{"crash after a wrong answer", "run_time_error", "", "", "WA a=WA b=RTE", true},
		{"partial", "partially_accepted", "", scoring, "PAC score=0.5 a=AC b=WA", true},
		{"partial, and full", "partially_accepted", "", scoring, "AC score=1 a=AC", false},
		{"partial, and wrong", "partially_accepted", "", scoring, "WA score=0 a=WA", false},
		{"compiler error", "compiler_error", "", "", "CE", true},
		{"compiler error that compiles", "compiler_error", "", "", "AC a=AC", false},
		{"output limit", "output_limit", "", "", "OLE a=OLE", true},
		{"output limit is no crash", "output_limit", "", "", "RTE a=RTE", false},
		{"no output", "no_output", "", "", "WA a=WA", true},
		{"may be too slow", "slow_accepted", "", "", "TLE a=TLE", true},
		{"tag", "mixed", "# @EXPECTED_RESULTS@: TIMELIMIT, run_error", "", "TLE a=TLE", true},
		{"tag, second", "mixed", "# @EXPECTED_RESULTS@: TIMELIMIT, run_error", "", "RTE a=RTE", true},
		{"tag, neither", "mixed", "# @EXPECTED_RESULTS@: TIMELIMIT, run_error", "", "WA a=WA", false},
		{"tag narrows to the folder", "wrong_answer", "# @EXPECTED_RESULTS@: WRONG-ANSWER, CORRECT", "", "AC a=AC", false},
		{"tag of an output limit is exact", "mixed", "# @EXPECTED_RESULTS@: OUTPUT-LIMIT", "", "RTE a=RTE", false},
		{"tag after prose", "mixed", "# an @EXPECTED_RESULTS@ tag; how to use the @EXPECTED_RESULTS@: tag.\n# @EXPECTED_RESULTS@: TIMELIMIT", "", "TLE a=TLE", true},
		{"tag of a score with a result", "mixed-verdicts", "# we accept @EXPECTED_SCORE@ as tag.\n# @EXPECTED_SCORE@: WRONG-ANSWER", "", "AC a=AC", false},
		{"score", "partially_accepted", "# @EXPECTED_SCORE@: 0.3333333333", scoring, "PAC score=0.33333333331", true},
		{"another score", "partially_accepted", "# @EXPECTED_SCORE@: 0.3333", scoring, "PAC score=0.33333", false},
		{"no score", "partially_accepted", "# @EXPECTED_SCORE@: 0.3", scoring, "PAC", false},
		{"grades", "partially_accepted", "# @EXPECTED_GRADES@ AC WA", scoring, "PAC score=0.5 group:secret/1=AC group:secret/2=WA group:sample=WA", true},
		{"other grades", "partially_accepted", "# @EXPECTED_GRADES@ AC WA", scoring, "PAC score=0.5 group:secret/1=AC group:secret/2=TLE", false},
		{"fewer groups", "partially_accepted", "# @EXPECTED_GRADES@ AC WA", scoring, "PAC score=0.5 group:secret/1=AC", false},
		{"fewer grades", "partially_accepted", "# @EXPECTED_GRADES@ AC", scoring, "PAC score=0.5 group:secret/1=AC group:secret/2=AC", false},
		{"a partial score hides the verdict", "mixed", "# @EXPECTED_RESULTS@: WRONG-ANSWER", scoring, "PAC score=0.5 group:secret=WA", true},
		{"partial, and its verdict is wrong", "partially_accepted", "", scoring, "PAC score=0.5 group:secret=WA", false},
		{"accepted, and not with the best score", "accepted", "", scoring, "PAC score=0.5 group:secret=AC a=AC", true},
		{"accepted, and its verdict is wrong", "accepted", "", scoring, "PAC score=0.5 group:secret=WA", false},
		{"a partial score hides another verdict", "mixed", "# @EXPECTED_RESULTS@: WRONG-ANSWER", scoring, "PAC score=0.5 group:secret=TLE", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := expect(t, "legacy", c.folder, c.source, "", c.more).Agrees(outcome(c.outcome))
			if a.OK != c.want || a.OK != (a.Why == "") {
				t.Errorf("agrees: %+v, want %v", a, c.want)
			}
		})
	}
}

// TestAgrees2025: every rule that matches holds on the cases of its scope ("Example
// submissions").
func TestAgrees2025(t *testing.T) {
	scoring := "type: scoring\n"
	for _, c := range []struct {
		name, folder, yaml, more, outcome string
		want, open                        bool
	}{
		{"accepted", "accepted", "", "", "AC secret/1=AC", true, false},
		{"accepted, wrong", "accepted", "", "", "WA secret/1=WA", false, false},
		{"wrong", "wrong_answer", "", "", "WA secret/1=AC secret/2=WA", true, false},
		{"wrong and too slow", "wrong_answer", "", "", "WA secret/1=WA secret/2=TLE", false, false},
		{"wrong, not so far", "wrong_answer", "", "", "AC secret/1=AC open=1", false, true},
		{"wrong, never", "wrong_answer", "", "", "AC secret/1=AC", false, false},
		{"slow, and wrong", "time_limit_exceeded", "", "", "TLE secret/1=WA secret/2=TLE", false, false},
		{"crash by memory", "run_time_error", "", "", "MLE secret/1=MLE", true, false},
		{"rejected", "rejected", "", "", "WA secret/1=WA", true, false},
		{"rejected, accepted", "rejected", "", "", "AC secret/1=AC", false, false},
		{"brute force", "brute_force", "", "", "TLE secret/1=TLE secret/2=RTE", true, false},
		{"brute force, wrong", "brute_force", "", "", "TLE secret/1=TLE secret/2=WA", false, false},
		{"default replaced", "time_limit_exceeded", "time_limit_exceeded: {permitted: [AC, WA, TLE]}", "", "TLE secret/1=WA secret/2=TLE", true, false},
		{"default added to", "time_limit_exceeded", "time_limit_exceeded/*: {permitted: [AC, WA, TLE]}", "", "TLE secret/1=WA secret/2=TLE", false, false},
		{"message", "rejected", "rejected: {message: odd}", "", "WA secret/1=WA:an.odd.one", true, false},
		{"no message", "rejected", "rejected: {message: odd}", "", "WA secret/1=WA:Odd", false, false},
		{"scope", "mine", "mine/s.py: {secret/1: {permitted: [AC]}, secret/2-*: {required: [WA]}}", "", "WA secret/1=AC secret/2-a=WA", true, false},
		{"scope, wrong", "mine", "mine/s.py: {secret/1: {permitted: [AC]}, secret/2-*: {required: [WA]}}", "", "WA secret/1=WA secret/2-a=WA", false, false},
		{"scope of a group", "mine", "mine: {secret/g: {permitted: [AC]}}", "", "WA secret/g/1=WA", false, false},
		{"scope beside a group", "mine", "mine: {secret/g: {permitted: [AC]}}", "", "WA secret/gg/1=WA", true, false},
		{"score", "mine", "mine: {score: 20}", scoring, "PAC score=20", true, false},
		{"score range", "mine", "mine: {score: [10, 20]}", scoring, "PAC score=21", false, false},
		{"group's score", "mine", "mine: {secret/g: {score: 5}}", scoring, "PAC score=9 group:secret/g=AC:5", true, false},
		{"group's other score", "mine", "mine: {secret/g: {score: 5}}", scoring, "PAC score=5 group:secret/g=AC:6", false, false},
		{"left out counts as not accepted", "mine", "mine: {secret/g: {permitted: [AC]}}", scoring, "WA secret/g/1=", false, false},
		{"left out may be wrong", "mine", "mine: {secret/g: {permitted: [AC, WA]}}", scoring, "WA secret/g/1=", true, false},
		{"upper is required TLE", "mine", "mine: {use_for_time_limit: upper}", "", "WA secret/1=WA", false, false},
		{"lower is no TLE", "mine", "mine: {use_for_time_limit: lower}", "", "TLE secret/1=TLE", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			more := c.more
			a := expect2025(t, c.folder, c.yaml, more).Agrees(outcome(c.outcome))
			if a.OK != c.want || a.Open != c.open {
				t.Errorf("agrees: %+v, want %v, open %v", a, c.want, c.open)
			}
		})
	}
}

func expect2025(t *testing.T, folder, yaml, more string) *Expectation {
	return expect(t, "2025-09", folder, "", yaml, more)
}

// TestAgreesExact: what a person asks for on the command line is taken at its word.
func TestAgreesExact(t *testing.T) {
	for _, c := range []struct {
		final   Verdict
		outcome string
		want    bool
	}{
		{PAC, "PAC group:secret=WA", true},
		{WA, "PAC group:secret=WA", false},
		{AC, "PAC group:secret=AC", false},
		{RTE, "MLE", false},
		{JE, "JE", false},
	} {
		e := &Expectation{Final: []Verdict{c.final}, Exact: true}
		if a := e.Agrees(outcome(c.outcome)); a.OK != c.want {
			t.Errorf("%s, and it is %s: %+v", c.final, c.outcome, a)
		}
	}
}

func TestAgreesWithin(t *testing.T) {
	e := &Expectation{Final: []Verdict{AC}}
	if a := e.AgreesWithin(outcome("TLE"), outcome("AC")); !a.OK || !a.Extra {
		t.Errorf("accepted with extra time: %+v", a)
	}
	if a := e.AgreesWithin(outcome("AC"), outcome("AC")); !a.OK || a.Extra {
		t.Errorf("accepted: %+v", a)
	}
	if a := e.AgreesWithin(outcome("WA"), outcome("WA")); a.OK || a.Why == "" {
		t.Errorf("wrong: %+v", a)
	}
}
