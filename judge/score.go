package judge

import (
	"fmt"
	"math"
	"slices"

	"judge/judge/problem"
)

// An outcome is a verdict with a score: of a case, a group, or the whole.
type outcome struct {
	verdict problem.Verdict
	score   float64
	reason  string // of what is not accepted
}

// A court is where a tally gets its outcomes from.
type court struct {
	// Case judges a case, or knows how it was judged.
	Case func(*problem.Case) outcome

	// Skip is told of cases that will not be asked for, in this group.
	Skip func([]*problem.Case)

	// Static judges the source itself; called where a group says so.
	Static func(*problem.StaticCase) outcome

	// Grader makes a group's outcome of those of its items, for groups whose rule is
	// custom.
	Grader func(g *problem.Group, items []outcome) outcome
}

// A tally walks the tree of groups and makes one outcome of all. It asks for
// cases in order, and for none that the rules say is not judged.
type tally struct {
	court
	all    bool // judge every case, --all-cases: for people, no score changes by it
	named  map[string]*problem.Group
	left   map[string]problem.Verdict // groups that were not judged for what they require, with the verdict of that
	static map[string]outcome         // of groups' static validation
	groups []GroupResult
	scored bool
}

func newTally(p *problem.Problem, c court, all bool) *tally {
	t := &tally{court: c, all: all, named: map[string]*problem.Group{}, left: map[string]problem.Verdict{}, static: map[string]outcome{}, scored: p.Type.Scoring}
	t.index(p.Root)
	return t
}

func (t *tally) index(g *problem.Group) {
	t.named[g.Name] = g
	for _, item := range g.Items {
		if item.Group != nil {
			t.index(item.Group)
		}
	}
}

// group is the outcome of one group; the root's is that of the whole problem.
func (t *tally) group(g *problem.Group) outcome {
	at := len(t.groups)
	t.groups = append(t.groups, GroupResult{Name: g.Name}) // before those in it
	o := t.judge(g)
	t.groups[at].Verdict = o.verdict
	if t.scored {
		t.groups[at].Score = &o.score
	}
	return o
}

func (t *tally) judge(g *problem.Group) outcome {
	if name, v := t.lacks(g); name != "" {
		t.left[g.Name] = v
		t.skip(g.Items)
		return outcome{verdict: v, reason: fmt.Sprintf("not judged: it requires %s, which is not accepted", name)}
	}
	var items []outcome
	var secret *outcome
	failed := false
	if g.Rule.Static != nil {
		o := t.staticOf(g)
		items = append(items, o)
		failed = o.verdict != problem.AC
	}
	for i, item := range g.Items {
		if failed && g.Rule.Break {
			t.skip(g.Items[i:])
			break
		}
		var o outcome
		if item.Case != nil {
			o = t.Case(item.Case)
		} else {
			o = t.group(item.Group)
			if item.Group.Name == "secret" {
				secret = &o
			}
		}
		items = append(items, o)
		failed = failed || o.verdict != problem.AC
	}
	switch {
	case g.Rule.IgnoreSample && secret != nil:
		return *secret
	case g.Rule.Custom:
		return inRange(t.Grader(g, items), g)
	}
	return inRange(combine(g.Rule, items), g)
}

// staticOf judges the source, once for a group.
func (t *tally) staticOf(g *problem.Group) outcome {
	o, known := t.static[g.Name]
	if !known {
		o = t.Static(g.Rule.Static)
		t.static[g.Name] = o
	}
	return o
}

// lacks names a required group that is not accepted, and with what verdict.
func (t *tally) lacks(g *problem.Group) (string, problem.Verdict) {
	for _, name := range g.Rule.Requires {
		required := t.named[name]
		if required == nil {
			return name, problem.JE
		}
		if v, left := t.left[name]; left {
			return name, v
		}
		if required.Rule.Static != nil { // one of its test cases, too
			if o := t.staticOf(required); o.verdict != problem.AC {
				return name, o.verdict
			}
		}
		for _, c := range below(required.Items) {
			if o := t.Case(c); o.verdict != problem.AC {
				return name, o.verdict
			}
		}
	}
	return "", ""
}

// skip passes over items, or judges them all the same where every case is wanted.
func (t *tally) skip(items []problem.Item) {
	cases := below(items)
	if !t.all {
		t.Skip(cases)
		return
	}
	for _, c := range cases {
		t.Case(c)
	}
}

// below lists the cases of some items, however deep.
func below(items []problem.Item) []*problem.Case {
	var cases []*problem.Case
	for _, item := range items {
		if item.Case != nil {
			cases = append(cases, item.Case)
		} else {
			cases = append(cases, below(item.Group.Items)...)
		}
	}
	return cases
}

// combine makes one outcome of several.
func combine(rule problem.Rule, items []outcome) outcome {
	o := outcome{verdict: problem.AC}
	bad := slices.DeleteFunc(slices.Clone(items), func(i outcome) bool { return i.verdict == problem.AC })
	fault := slices.IndexFunc(bad, func(i outcome) bool { return i.verdict == problem.JE })
	switch {
	case fault >= 0: // no rule makes anything else of judge's own fault, and there is no score
		return outcome{verdict: problem.JE, reason: bad[fault].reason}
	case len(bad) == 0, rule.Verdict == problem.AlwaysAccept, rule.AcceptIfAny && len(bad) < len(items):
	case rule.Verdict == problem.FirstError:
		o.verdict, o.reason = bad[0].verdict, bad[0].reason
	default:
		worst := slices.MinFunc(bad, func(a, b outcome) int { return gravity(a.verdict) - gravity(b.verdict) })
		o.verdict, o.reason = worst.verdict, worst.reason
	}
	o.score = combineScores(rule, items)
	if rule.Score == problem.ScoreThreshold && o.score != 0 {
		o.verdict, o.reason = problem.AC, "" // every cost is within: only the group can tell
	}
	return o
}

// gravity orders verdicts for worst_error, the gravest lowest. OLE after TLE as in
// problemtools, whose IF (illegal function) is among RTE here.
func gravity(v problem.Verdict) int {
	return slices.Index([]problem.Verdict{problem.JE, problem.CE, problem.RTE, problem.MLE, problem.TLE, problem.OLE, problem.WA, problem.PAC, problem.AC}, v)
}

// combineScores makes one score of several.
func combineScores(rule problem.Rule, items []outcome) float64 {
	accepted := !slices.ContainsFunc(items, func(i outcome) bool { return i.verdict != problem.AC })
	if rule.Score == problem.ScorePassFail && !accepted {
		return 0
	}
	scores := make([]float64, len(items))
	for i, item := range items {
		scores[i] = item.score
	}
	return rule.Aggregate(scores)
}

// inRange holds a group's score against its range: outside it is the package's fault.
func inRange(o outcome, g *problem.Group) outcome {
	if o.verdict == problem.JE || g.Rule.InRange(o.score) {
		return o
	}
	return outcome{verdict: problem.JE, reason: fmt.Sprintf("group %q: the score %g is not in its range, %g to %g", g.Name, o.score, g.Rule.MinScore, g.Rule.MaxScore)}
}

// final is the verdict on the whole of a problem with scores: PAC says that there is a
// score, and that it is not the best one. In the legacy format a submission has its
// score only if it is accepted.
func final(v problem.Verdict, score, best float64, format problem.Format, minimize bool) problem.Verdict {
	short := score < best-1e-9*math.Max(1, math.Abs(best))
	if minimize {
		short = score > best+1e-9*math.Max(1, math.Abs(best))
	}
	switch {
	case math.IsInf(best, 0) || !short || v == problem.JE || v == problem.CE:
		return v
	case v == problem.AC, v == problem.PAC, format != problem.Legacy && score > 0:
		return problem.PAC
	}
	return v
}
