package problems

import (
	"strconv"
	"strings"
	"testing"

	"judge/judge"
)

// compare holds results against what is wanted, both ways.
func compare(t *testing.T, doc document, w want) {
	t.Helper()
	got := map[string]*judge.Result{}
	for _, r := range doc.Submissions {
		_, name, _ := strings.Cut(r.Submission, "/") // submissions/, solutions/, sol/
		if got[name] != nil {
			t.Errorf("%s was judged twice", name)
		}
		got[name] = r
	}
	for _, s := range w.submissions {
		r := got[s.name]
		if r == nil {
			t.Errorf("%s was not judged", s.name)
			continue
		}
		delete(got, s.name)
		s.compare(t, r)
	}
	for name, r := range got {
		t.Errorf("%s is %s (%s), and nothing is said of it", name, r.Verdict, r.Reason)
	}
}

func (s wantSubmission) compare(t *testing.T, r *judge.Result) {
	t.Helper()
	if string(r.Verdict) != s.verdict || !strings.Contains(r.Reason, s.reason) {
		t.Errorf("%s is %s (%s), want %s (%s)", s.name, r.Verdict, r.Reason, s.verdict, s.reason)
	}
	if score := text(r.Score); score != s.score {
		t.Errorf("%s has the score %s, want %s", s.name, score, s.score)
	}
	if r.Agrees == nil {
		t.Errorf("%s: nothing is expected of it", s.name)
	} else if *r.Agrees == s.disagrees {
		t.Errorf("%s: agrees is %v: %s", s.name, *r.Agrees, r.Disagree)
	}
	cases, groups := map[string]judge.CaseResult{}, map[string]judge.GroupResult{}
	for _, c := range r.Cases {
		cases[c.Name] = c
	}
	for _, g := range r.Groups {
		groups[g.Name] = g
	}
	for _, c := range s.cases {
		got := cases[c.name]
		verdict := string(got.Verdict)
		if verdict == "" {
			verdict = "-" // was not judged
		}
		if verdict != c.verdict || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%s: %s is %s (%s), want %s (%s)", s.name, c.name, verdict, got.Reason, c.verdict, c.reason)
		}
	}
	for _, g := range s.groups {
		name := strings.TrimPrefix(g.name, "/") // "/" is the root
		got, is := groups[name]
		if !is || string(got.Verdict) != g.verdict || text(got.Score) != g.score {
			t.Errorf("%s: group %s is %s with %s, want %s with %s", s.name, g.name, got.Verdict, text(got.Score), g.verdict, g.score)
		}
	}
}

// text is a score as people write it; - is none.
func text(score *float64) string {
	if score == nil {
		return "-"
	}
	return strconv.FormatFloat(*score, 'g', 10, 64)
}
