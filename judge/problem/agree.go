package problem

import (
	"fmt"
	"slices"
	"strings"
)

// An Outcome is how a submission did, as far as an expectation asks.
type Outcome struct {
	Final Verdict
	Score *float64 // nil without one

	Cases []CaseOutcome // those that were judged, or left out because of Rule.Requires

	// Groups are the results of groups by name.
	Groups map[string]GroupOutcome

	// Complete says that no case was left out but for Rule.Requires, so that what did
	// not happen will not.
	Complete bool
}

// A CaseOutcome is one case's part of an Outcome.
type CaseOutcome struct {
	Name    string
	Verdict Verdict // "": not judged, since a group that its own requires has failed
	Message string  // judgemessage.txt
}

// A GroupOutcome is one group's part of an Outcome.
type GroupOutcome struct {
	Verdict Verdict
	Score   *float64 // nil without one
}

// An Agreement says whether an outcome is as expected.
type Agreement struct {
	OK bool
	// Why is a sentence about the first thing that is not as expected; "" if OK.
	Why string
	// Open says that an outcome that is not OK could become so by judging the cases
	// that were left out: something that must happen has not happened yet.
	Open bool
	// Extra says that it is OK with extra time only, see [Expectation.AgreesWithin].
	Extra bool
}

// Agrees compares an outcome with the expectation. JE never agrees.
func (e *Expectation) Agrees(o Outcome) Agreement {
	if o.Final == JE {
		return Agreement{Why: "judging failed (JE)"}
	}
	if o.Final == CE && !slices.Contains(e.Final, CE) {
		return Agreement{Why: "it does not compile (CE)"}
	}
	for _, part := range []func(Outcome) Agreement{e.verdicts, e.score, e.grades} {
		if a := part(o); !a.OK {
			return a
		}
	}
	return Agreement{OK: true}
}

// AgreesWithin compares the outcome at the time limit and, if that is not as expected,
// the one at the limit times the safety margin: "accepted with extra time".
func (e *Expectation) AgreesWithin(limit, extra Outcome) Agreement {
	a := e.Agrees(limit)
	if a.OK {
		return a
	}
	if b := e.Agrees(extra); b.OK {
		return Agreement{OK: true, Extra: true}
	}
	return a
}

// meets says that a verdict is one of a list: itself, or RTE, of which MLE and OLE are
// kinds in a format that does not know them.
func (e *Expectation) meets(list []Verdict, v Verdict) bool {
	if slices.Contains(list, v) {
		return true
	}
	return !e.Exact && (v == MLE || v == OLE) && slices.Contains(list, RTE)
}

// verdicts compares the final verdict and the cases'.
func (e *Expectation) verdicts(o Outcome) Agreement {
	final := Agreement{OK: true}
	if e.Final != nil && !e.meets(e.Final, e.final(o)) {
		final = Agreement{Why: fmt.Sprintf("the verdict is %s, expected is %s", o.Final, list(e.Final))}
	}
	cases := Agreement{OK: true}
	for _, q := range e.Require {
		if a := e.requirement(q, o); !a.OK && (cases.OK || cases.Open && !a.Open) {
			cases = a
		}
	}
	switch {
	case e.Strict && !final.OK:
		return final
	case e.Strict:
		return cases
	case final.OK || len(e.Require) > 0 && cases.OK:
		return Agreement{OK: true}
	}
	final.Open = cases.Open && len(e.Require) > 0
	return final
}

// final is the verdict to compare. PAC says of a submission that is accepted that its score
// is not the best; of another, it hides the verdict that the groups' rules make, and
// that is what folders and tags are about. Exact expectations take it as it is.
func (e *Expectation) final(o Outcome) Verdict {
	if o.Final != PAC || e.Exact {
		return o.Final
	}
	behind, ok := o.Groups[""]
	if !ok {
		behind = o.Groups["secret"]
	}
	if v := behind.Verdict; v != "" && v != AC {
		return v
	}
	return PAC
}

// requirement compares the cases of one scope.
func (e *Expectation) requirement(q Requirement, o Outcome) Agreement {
	where := ""
	if q.Scope != "" {
		where = " of " + q.Scope
	}
	happened, said := q.Required == nil, q.Message == ""
	for _, c := range o.Cases {
		if q.Scope != "" && !matchGlob(q.Scope, c.Name) {
			continue
		}
		if q.Permitted != nil && !e.permits(q.Permitted, c.Verdict) {
			got := string(c.Verdict)
			if got == "" {
				got = "not judged, since a group that it requires failed"
			}
			return Agreement{Why: fmt.Sprintf("case %s is %s, permitted is %s (%s)", c.Name, got, list(q.Permitted), q.From)}
		}
		happened = happened || c.Verdict != "" && e.meets(q.Required, c.Verdict)
		said = said || strings.Contains(c.Message, q.Message)
	}
	switch {
	case !happened:
		return Agreement{Why: fmt.Sprintf("no case%s is %s (%s)", where, list(q.Required), q.From), Open: !o.Complete}
	case !said:
		return Agreement{Why: fmt.Sprintf("no judge message%s contains %q (%s)", where, q.Message, q.From), Open: !o.Complete}
	case q.Score != nil:
		return q.scores(o)
	}
	return Agreement{OK: true}
}

// permits: a case that was left out "is treated as having received a verdict that is not
// accepted" (2025-09, "Group dependencies"); which one is open.
func (e *Expectation) permits(permitted []Verdict, v Verdict) bool {
	if v == "" {
		return slices.ContainsFunc(permitted, func(p Verdict) bool { return p != AC })
	}
	return e.meets(permitted, v)
}

// scores compares the scores of the groups that the scope names.
func (q Requirement) scores(o Outcome) Agreement {
	if q.Scope == "" {
		return q.Score.holds("the score", o.Score)
	}
	for name, g := range o.Groups {
		// The pattern names the group itself: a group below it has a score of its own.
		if strings.Count(name, "/") != strings.Count(q.Scope, "/") || !matchGlob(q.Scope, name) {
			continue
		}
		if a := q.Score.holds("the score of "+name, g.Score); !a.OK {
			return a
		}
	}
	return Agreement{OK: true}
}

func (r *Range) holds(what string, score *float64) Agreement {
	switch {
	case score == nil:
		return Agreement{Why: "there is no score"}
	case *score < r.Min || *score > r.Max:
		if r.Max-r.Min <= 4*scoreDigits {
			return Agreement{Why: fmt.Sprintf("%s is %g, expected is %g", what, *score, (r.Min+r.Max)/2)}
		}
		return Agreement{Why: fmt.Sprintf("%s is %g, expected is %g to %g", what, *score, r.Min, r.Max)}
	}
	return Agreement{OK: true}
}

// score compares the final score.
func (e *Expectation) score(o Outcome) Agreement {
	if e.Score != nil {
		if a := e.Score.holds("the score", o.Score); !a.OK {
			return a
		}
	}
	if e.Partial && o.Score != nil && *o.Score == e.Best {
		return Agreement{Why: fmt.Sprintf("the score %g is the best possible; expected is a partial one", *o.Score)}
	}
	return Agreement{OK: true}
}

// grades compares the groups of secret.
func (e *Expectation) grades(o Outcome) Agreement {
	if e.Grades == nil {
		return Agreement{OK: true}
	}
	if len(e.Graded) != len(e.Grades) {
		return Agreement{Why: fmt.Sprintf("there are %d secret groups, expected are the verdicts of %d", len(e.Graded), len(e.Grades))}
	}
	for i, name := range e.Graded {
		v := o.Groups[name].Verdict
		if !e.meets([]Verdict{e.Grades[i]}, v) && !(v == PAC && e.Grades[i] == AC) {
			return Agreement{Why: fmt.Sprintf("group %s is %s, expected is %s", name, v, e.Grades[i])}
		}
	}
	return Agreement{OK: true}
}

func list(verdicts []Verdict) string {
	words := make([]string, len(verdicts))
	for i, v := range verdicts {
		words[i] = string(v)
	}
	return strings.Join(words, " or ")
}
