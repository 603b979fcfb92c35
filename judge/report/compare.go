package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"judge/judge"
	"judge/judge/problem"
	"judge/sandbox"
)

// Noise says which differences of times mean nothing: those below either bound.
type Noise struct {
	Ratio float64       // of the smaller time: 0.15 is 15 %
	Least time.Duration // absolute
}

// DefaultNoise is what a quiet machine stays below.
var DefaultNoise = Noise{Ratio: 0.15, Least: 5 * time.Millisecond}

// A Comparison says what changed from one grading, A, to another, B.
type Comparison struct {
	Version int      `json:"version"`
	Same    int      `json:"same"` // submissions of which nothing changed
	Changed []Change `json:"changed"`
	OnlyA   []Named  `json:"only_a"`
	OnlyB   []Named  `json:"only_b"`

	// TimeRatio is the median over the cases that both accepted and that took longer
	// than the noise: B's processor time to A's. Null without such a case.
	TimeRatio *float64 `json:"time_ratio"`
	Timed     int      `json:"timed_cases"`

	// Cached is how many cases of A, and of B, are out of the result cache: their times were
	// measured by another grading, which may be the other one of these two.
	Cached [2]int `json:"cached_cases"`

	// Basis lists what the two rest on that is not the same.
	Basis []BasisChange `json:"basis"`
}

// A Named is a submission that only one grading has.
type Named struct {
	Problem    string          `json:"problem"`
	Submission string          `json:"submission"`
	Verdict    problem.Verdict `json:"verdict"`
}

// A Change is a submission that came out differently. Of each pair the first is A's.
type Change struct {
	Problem    string             `json:"problem"`
	Submission string             `json:"submission"`
	Verdict    [2]problem.Verdict `json:"verdict"`
	Score      [2]*float64        `json:"score"`
	CPUTime    [2]int64           `json:"cpu_time_ns"`
	Time       string             `json:"time"` // "faster", "slower", "" within the noise
	Cases      []CaseChange       `json:"cases"`
}

// A CaseChange is a case that both judged, with different verdicts.
type CaseChange struct {
	Name    string             `json:"name"`
	Verdict [2]problem.Verdict `json:"verdict"`
}

// A BasisChange is something that the gradings rest on. Each side lists its values.
type BasisChange struct {
	What string `json:"what"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// Differ says whether anything but times changed.
func (c Comparison) Differ() bool {
	return len(c.OnlyA) > 0 || len(c.OnlyB) > 0 || slices.ContainsFunc(c.Changed, Change.decides)
}

// decides says that the change is not one of time alone.
func (c Change) decides() bool {
	return c.Verdict[0] != c.Verdict[1] || !sameScore(c.Score) || len(c.Cases) > 0
}

func sameScore(s [2]*float64) bool {
	return s[0] == nil && s[1] == nil || s[0] != nil && s[1] != nil && *s[0] == *s[1]
}

type key struct{ problem, submission string }

// Compare finds what changed. A submission that one side has twice is an error.
func Compare(a, b []Brief, noise Noise) (Comparison, error) {
	c := Comparison{Version: 1, Changed: []Change{}, OnlyA: []Named{}, OnlyB: []Named{}}
	of, err := index(b)
	if err != nil {
		return c, fmt.Errorf("the second grading: %w", err)
	}
	seen, err := index(a)
	if err != nil {
		return c, fmt.Errorf("the first grading: %w", err)
	}
	var ratios []float64
	for _, one := range a {
		other, both := of[key{one.Problem, one.Submission}]
		if !both {
			c.OnlyA = append(c.OnlyA, Named{one.Problem, one.Submission, one.Verdict})
			continue
		}
		change, timed := changeOf(one, *other, noise)
		ratios = append(ratios, timed...)
		if change.decides() || change.Time != "" {
			c.Changed = append(c.Changed, change)
		} else {
			c.Same++
		}
	}
	for _, one := range b {
		if _, both := seen[key{one.Problem, one.Submission}]; !both {
			c.OnlyB = append(c.OnlyB, Named{one.Problem, one.Submission, one.Verdict})
		}
	}
	slices.SortStableFunc(c.Changed, func(x, y Change) int {
		return cmp.Or(strings.Compare(x.Problem, y.Problem), strings.Compare(x.Submission, y.Submission))
	})
	if c.Timed = len(ratios); c.Timed > 0 {
		slices.Sort(ratios)
		c.TimeRatio = &ratios[len(ratios)/2]
	}
	c.Cached = [2]int{cachedIn(a), cachedIn(b)}
	c.Basis = basis(a, b)
	return c, nil
}

func cachedIn(list []Brief) int {
	n := 0
	for _, one := range list {
		for _, c := range one.Cases {
			if c.Cached {
				n++
			}
		}
	}
	return n
}

func index(list []Brief) (map[key]*Brief, error) {
	of := make(map[key]*Brief, len(list))
	for i := range list {
		k := key{list[i].Problem, list[i].Submission}
		if of[k] != nil {
			return nil, fmt.Errorf("%s of %s is in it twice", k.submission, k.problem)
		}
		of[k] = &list[i]
	}
	return of, nil
}

// changeOf compares one submission, and gives the ratios of times of its cases.
func changeOf(a, b Brief, noise Noise) (Change, []float64) {
	c := Change{Problem: a.Problem, Submission: a.Submission, Verdict: [2]problem.Verdict{a.Verdict, b.Verdict}, Score: [2]*float64{a.Score, b.Score},
		CPUTime: [2]int64{a.CPUTime, b.CPUTime}, Cases: []CaseChange{}}
	// Times of submissions that stopped at different cases say nothing.
	if a.Verdict == b.Verdict && len(a.Cases) == len(b.Cases) {
		c.Time = noise.judge(a.CPUTime, b.CPUTime)
	}
	others := make(map[string]BriefCase, len(b.Cases))
	for _, one := range b.Cases {
		others[one.Name] = one
	}
	var ratios []float64
	for _, one := range a.Cases {
		other, both := others[one.Name]
		switch {
		case !both:
		case one.Verdict != other.Verdict:
			c.Cases = append(c.Cases, CaseChange{one.Name, [2]problem.Verdict{one.Verdict, other.Verdict}})
		case one.Verdict == problem.AC && one.Report != nil && other.Report != nil && time.Duration(one.Report.CPUTime) > noise.Least:
			ratios = append(ratios, float64(other.Report.CPUTime)/float64(one.Report.CPUTime))
		}
	}
	return c, ratios
}

// judge says whether b is faster or slower than a.
func (n Noise) judge(a, b int64) string {
	gap, least := max(a, b)-min(a, b), min(a, b)
	switch {
	case gap <= int64(n.Least) || float64(gap) <= n.Ratio*float64(least):
		return ""
	case b > a:
		return "slower"
	}
	return "faster"
}

// basis compares provenances: the values of all results of each side.
func basis(a, b []Brief) []BasisChange {
	list := []BasisChange{}
	for _, part := range basisParts {
		x, y := basisValues(a, part.of), basisValues(b, part.of)
		if x != y {
			list = append(list, BasisChange{part.what, x, y})
		}
	}
	return list
}

// basisParts are what a provenance is compared by; "" is what it does not say.
var basisParts = []struct {
	what string
	of   func(*judge.Provenance) string
}{
	{"judge", func(p *judge.Provenance) string { return p.Judge }},
	{"package", func(p *judge.Provenance) string { return p.Package }},
	{"policy", func(p *judge.Provenance) string { return policyText(p.Policy) }},
	{"compile policy", func(p *judge.Provenance) string { return policyText(p.CompilePolicy) }},
	{"rootfs", func(p *judge.Provenance) string { return rootfsText(p.Rootfs) }},
	{"kernel", func(p *judge.Provenance) string { return p.Kernel }},
	{"arch", func(p *judge.Provenance) string { return p.Arch }},
	{"cpu", func(p *judge.Provenance) string { return p.CPU }},
	{"microcode", func(p *judge.Provenance) string { return p.Microcode }},
}

func policyText(p *sandbox.PolicyID) string {
	if p == nil {
		return ""
	}
	return p.Name + " " + p.Digest
}

func rootfsText(r *sandbox.RootfsID) string {
	switch {
	case r == nil:
		return ""
	case r.Digest == nil:
		return r.Name
	}
	return r.Name + " " + *r.Digest
}

func basisValues(list []Brief, of func(*judge.Provenance) string) string {
	set := map[string]bool{}
	for _, one := range list {
		if one.Provenance == nil {
			continue
		}
		if v := of(one.Provenance); v != "" {
			set[v] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}
