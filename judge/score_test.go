package judge

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"judge/judge/problem"
)

// tree makes a group of a text: "name{a b sub{c}}"; the rules come apart.
func tree(text string, cases map[string]*problem.Case) *problem.Group {
	rest := text
	var parse func(prefix string) []problem.Item
	parse = func(prefix string) []problem.Item {
		var items []problem.Item
		for rest != "" {
			rest = strings.TrimLeft(rest, " ")
			n := strings.IndexAny(rest, " {}")
			if n < 0 {
				n = len(rest)
			}
			name, end := rest[:n], byte(' ')
			if n < len(rest) {
				end = rest[n]
			}
			rest = rest[min(n+1, len(rest)):]
			if end == '{' {
				g := &problem.Group{Name: prefix + name, Rule: free()}
				g.Items = parse(g.Name + "/")
				items = append(items, problem.Item{Group: g})
				continue
			}
			if name != "" {
				if cases[name] == nil {
					cases[name] = &problem.Case{Name: name}
				}
				items = append(items, problem.Item{Case: cases[name]})
			}
			if end == '}' {
				return items
			}
		}
		return items
	}
	return &problem.Group{Rule: free(), Items: parse("")}
}

func free() problem.Rule {
	return problem.Rule{Verdict: problem.WorstError, Score: problem.ScoreSum, Factor: 1, MinScore: math.Inf(-1), MaxScore: math.Inf(1)}
}

// A world is what a tally is told and what it asks for.
type world struct {
	results map[string]outcome
	asked   []string
	skipped []string
}

func (w *world) court() court {
	return court{
		Case: func(c *problem.Case) outcome {
			w.asked = append(w.asked, c.Name)
			o, known := w.results[c.Name]
			if !known {
				return outcome{verdict: problem.AC, score: 1}
			}
			return o
		},
		Skip: func(list []*problem.Case) {
			for _, c := range list {
				w.skipped = append(w.skipped, c.Name)
			}
		},
		Static: func(c *problem.StaticCase) outcome { return w.results["static"] },
		Grader: func(g *problem.Group, items []outcome) outcome {
			return outcome{verdict: problem.AC, score: float64(100 * len(items))}
		},
	}
}

func TestTally(t *testing.T) {
	wa, tle, je := outcome{verdict: problem.WA}, outcome{verdict: problem.TLE}, outcome{verdict: problem.JE, reason: "broken"}
	tests := []struct {
		name    string
		tree    string
		rules   func(g map[string]*problem.Group)
		results map[string]outcome
		all     bool
		want    string // verdict, score, cases asked for
		skipped string
	}{
		{"all accepted", "a b", nil, nil, false, "AC 2 a b", ""},
		{"the worst", "a b c", nil, map[string]outcome{"a": wa, "c": tle}, false, "TLE 1 a b c", ""},
		{"the first", "a b c", func(g map[string]*problem.Group) { g[""].Rule.Verdict = problem.FirstError },
			map[string]outcome{"a": wa, "c": tle}, false, "WA 1 a b c", ""},
		{"any is enough", "a b", func(g map[string]*problem.Group) { g[""].Rule.AcceptIfAny = true }, map[string]outcome{"a": wa}, false, "AC 1 a b", ""},
		{"any, and none is", "a", func(g map[string]*problem.Group) { g[""].Rule.AcceptIfAny = true }, map[string]outcome{"a": wa}, false, "WA 0 a", ""},
		{"always", "a", func(g map[string]*problem.Group) { g[""].Rule.Verdict = problem.AlwaysAccept }, map[string]outcome{"a": wa}, false, "AC 0 a", ""},
		{"judge's fault is never accepted", "a b", func(g map[string]*problem.Group) {
			g[""].Rule.Verdict = problem.AlwaysAccept
			g[""].Rule.AcceptIfAny = true
		}, map[string]outcome{"a": je}, false, "JE 0 a b", ""},
		{"break", "a b c", func(g map[string]*problem.Group) { g[""].Rule.Break = true }, map[string]outcome{"b": wa}, false, "WA 1 a b", "c"},
		{"break in a group only", "g{a b} c", func(g map[string]*problem.Group) { g["g"].Rule.Break = true }, map[string]outcome{"a": wa}, false, "WA 1 a c", "b"},
		{"break above groups", "g{a b} h{c d}", func(g map[string]*problem.Group) { g[""].Rule.Break = true }, map[string]outcome{"b": wa}, false, "WA 1 a b", "c d"},
		{"a group that accepts breaks nothing", "g{a b} c", func(g map[string]*problem.Group) {
			g[""].Rule.Break = true
			g["g"].Rule.Verdict = problem.AlwaysAccept
		}, map[string]outcome{"a": wa}, false, "AC 2 a b c", ""},
		{"all cases, same score", "a b c", func(g map[string]*problem.Group) { g[""].Rule.Break = true }, map[string]outcome{"b": wa}, true, "WA 1 a b c", ""},
		{"ignore the sample", "sample{a} secret{b}", func(g map[string]*problem.Group) { g[""].Rule.IgnoreSample = true }, map[string]outcome{"a": wa}, false, "AC 1 a b", ""},
		{"required", "g{a} h{b}", func(g map[string]*problem.Group) { g["h"].Rule.Requires = []string{"g"} }, nil, false, "AC 2 a a b", ""},
		{"required and failed", "g{a} h{b}", func(g map[string]*problem.Group) { g["h"].Rule.Requires = []string{"g"} },
			map[string]outcome{"a": tle}, false, "TLE 0 a a", "b"},
		{"required by way of another", "g{a} h{b} i{c}", func(g map[string]*problem.Group) {
			g["h"].Rule.Requires = []string{"g"}
			g["i"].Rule.Requires = []string{"h"}
		}, map[string]outcome{"a": wa}, false, "WA 0 a a", "b c"},
		{"pass or fail", "g{a b}", func(g map[string]*problem.Group) {
			g["g"].Rule.Score, g["g"].Rule.MaxScore = problem.ScorePassFail, 40
		}, nil, false, "AC 40 a b", ""},
		{"fail", "g{a b}", func(g map[string]*problem.Group) {
			g["g"].Rule.Score, g["g"].Rule.MaxScore = problem.ScorePassFail, 40
		}, map[string]outcome{"b": wa}, false, "WA 0 a b", ""},
		{"the least", "g{a b}", func(g map[string]*problem.Group) { g["g"].Rule.Score, g["g"].Rule.Factor = problem.ScoreMin, 3 },
			map[string]outcome{"b": {verdict: problem.PAC, score: 0.5}}, false, "PAC 1.5 a b", ""},
		{"out of range", "a b", func(g map[string]*problem.Group) { g[""].Rule.MaxScore = 1 }, nil, false, "JE 0 a b", ""},
		{"the grader's word", "g{a b} c", func(g map[string]*problem.Group) { g["g"].Rule.Custom = true }, map[string]outcome{"a": wa}, false, "AC 201 a b c", ""},
		{"static", "g{a}", func(g map[string]*problem.Group) {
			g["g"].Rule.Static, g["g"].Rule.Break = &problem.StaticCase{}, true
		}, map[string]outcome{"static": wa}, false, "WA 0 ", "a"},
		{"required, but for its static validation", "g{a} h{b}", func(g map[string]*problem.Group) {
			g["g"].Rule.Static = &problem.StaticCase{}
			g["h"].Rule.Requires = []string{"g"}
		}, map[string]outcome{"static": wa}, false, "WA 1 a", "b"},
		{"a cost within the threshold", "a b", func(g map[string]*problem.Group) {
			g[""].Rule.Score, g[""].Rule.Threshold, g[""].Rule.Factor = problem.ScoreThreshold, 5, 7
		}, map[string]outcome{"a": {verdict: problem.PAC, score: 5}, "b": {verdict: problem.PAC, score: 2}}, false, "AC 7 a b", ""},
		{"a cost above the threshold", "a b", func(g map[string]*problem.Group) {
			g[""].Rule.Score, g[""].Rule.Threshold, g[""].Rule.Factor = problem.ScoreThreshold, 5, 7
		}, map[string]outcome{"a": {verdict: problem.PAC, score: 5.5}, "b": {verdict: problem.PAC, score: 2}}, false, "PAC 0 a b", ""},
		{"a case in two groups", "g{a} h{a b}", nil, nil, false, "AC 3 a a b", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := tree(test.tree, map[string]*problem.Case{})
			w := &world{results: test.results}
			tally := newTally(&problem.Problem{Root: root, Type: problem.Type{Scoring: true}}, w.court(), test.all)
			if test.rules != nil {
				test.rules(tally.named)
			}
			o := tally.group(root)
			if got := fmt.Sprintf("%s %g %s", o.verdict, o.score, strings.Join(w.asked, " ")); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if got := strings.Join(w.skipped, " "); got != test.skipped {
				t.Errorf("skipped %q, want %q", got, test.skipped)
			}
			for _, g := range tally.groups {
				if tally.named[g.Name] == nil || g.Verdict == "" || g.Score == nil {
					t.Errorf("a group in the result: %+v", g)
				}
			}
		})
	}
}

func TestFinal(t *testing.T) {
	tests := []struct {
		name        string
		v           problem.Verdict
		score, best float64
		format      problem.Format
		minimize    bool
		want        problem.Verdict
	}{
		{"the best", problem.AC, 100, 100, problem.Legacy, false, problem.AC},
		{"but for rounding", problem.AC, 99.9999999999, 100, problem.Legacy, false, problem.AC},
		{"less", problem.AC, 60, 100, problem.Legacy, false, problem.PAC},
		{"legacy, rejected", problem.WA, 60, 100, problem.Legacy, false, problem.WA},
		{"in others a score counts", problem.WA, 60, 100, problem.V2025, false, problem.PAC},
		{"but none is none", problem.TLE, 0, 100, problem.CMS, false, problem.TLE},
		{"no bound", problem.AC, 60, math.Inf(1), problem.Legacy, false, problem.AC},
		{"the lower the better", problem.AC, 2, 1, problem.Legacy, true, problem.PAC},
		{"the lowest", problem.AC, 1, 1, problem.Legacy, true, problem.AC},
		{"judge's fault", problem.JE, 1, 2, problem.CMS, false, problem.JE},
	}
	for _, test := range tests {
		if got := final(test.v, test.score, test.best, test.format, test.minimize); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// A grader is told four verdicts, and the one it gives is shown as it was judged.
func TestGraderVerdicts(t *testing.T) {
	items := func(words string) (list []outcome) {
		for _, v := range strings.Fields(words) {
			list = append(list, outcome{verdict: problem.Verdict(v), score: 0.5})
		}
		return list
	}
	if got := gradeLines(items("AC WA TLE RTE MLE OLE")); got != "AC 0.5\nWA 0.5\nTLE 0.5\nRTE 0.5\nRTE 0.5\nRTE 0.5\n" {
		t.Errorf("a grader reads %q", got)
	}
	for _, test := range []struct{ said, items, want problem.Verdict }{
		{"RTE", "AC OLE MLE", "OLE"}, {"RTE", "MLE RTE", "RTE"}, {"RTE", "AC WA", "RTE"}, {"WA", "MLE WA", "WA"}, {"AC", "MLE", "AC"},
	} {
		if got := asJudged(test.said, items(string(test.items))); got != test.want {
			t.Errorf("%s of %s is shown as %s, want %s", test.said, test.items, got, test.want)
		}
	}
}

func TestReadGrade(t *testing.T) {
	for text, want := range map[string]string{
		"AC 12.5\n": "AC 12.5", "WA 0": "WA 0", "IF 1": "RTE 1", "": "printed", "AC": "printed", "AC 1 2": "printed", "XX 1": "verdict", "AC one": "score",
		"AC NaN": "score", "AC inf": "score", "AC 1\nAC 2\n": "printed",
	} {
		o, fault := readGrade(text)
		if got := fmt.Sprintf("%s %g", o.verdict, o.score); fault == "" && got != want || fault != "" && !strings.Contains(fault, want) {
			t.Errorf("%q: %q, %q, want %q", text, got, fault, want)
		}
	}
}
