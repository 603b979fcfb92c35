package problem

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A subtask is one group of a CMS task.
type subtask struct {
	points    float64
	cases     []int // numbers of the cases in it
	threshold float64
	at        Place
}

// cmsData reads the cases and the subtasks that they are in.
func (r *reader) cmsData(t cmsTask, checks []Check) {
	gen, total, hasGen := r.cmsGEN()
	n := t.inputs
	switch {
	case hasGen && n >= 0 && n != total:
		r.warn(BadValue, t.inputsAt, "n_input is %d, but gen/GEN has %d cases, which counts", n, total)
		n = total
	case hasGen:
		n = total
	case n < 0:
		for n = 0; r.stat(fmt.Sprintf("input/input%d.txt", n)) != nil; n++ {
		}
	}
	cases := r.cmsCases(n, t, checks)
	if t.scoreType != "" && t.parameters.node != nil {
		gen = r.cmsParameters(t, cases)
	} else {
		if t.scoreType != "" || t.parameters.node != nil {
			r.warn(UnusedSetting, Place{File: "task.yaml"}, "score_type and score_type_parameters count only if both are given")
		}
		t.scoreType = "Sum"
		if len(gen) > 0 {
			t.scoreType = "GroupMin"
		}
	}
	r.cmsGroups(t, cases, gen)
}

// cmsGEN reads gen/GEN: a line is a case, "# ST: POINTS" begins a subtask, "# COPY: FILE"
// is a case too.
func (r *reader) cmsGEN() (subtasks []subtask, total int, ok bool) {
	data, ok := r.text("gen/GEN")
	if !ok {
		return nil, 0, false
	}
	for i, line := range strings.Split(string(data), "\n") {
		at := Place{File: "gen/GEN", Line: i + 1}
		call, comment, _ := strings.Cut(strings.TrimSpace(line), "#")
		call, comment = strings.TrimSpace(call), strings.TrimSpace(comment)
		points, isSubtask := strings.CutPrefix(comment, "ST:")
		isCase := call != "" || strings.HasPrefix(comment, "COPY:")
		switch {
		case isCase && isSubtask || call != "" && strings.HasPrefix(comment, "COPY:"):
			r.fail(BadSyntax, at, "a case and a command in one line")
		case isSubtask:
			x, err := strconv.ParseFloat(strings.TrimSpace(points), 64)
			if err != nil || !(x >= 0 && x < 1e9) {
				r.fail(BadValue, at, "# ST: takes points, and is given %q", strings.TrimSpace(points))
			}
			if len(subtasks) == 0 && total > 0 {
				r.fail(BadGroups, at, "%d cases stand before the first subtask", total)
			}
			subtasks = append(subtasks, subtask{points: x, at: at})
		case isCase:
			if n := len(subtasks); n > 0 {
				subtasks[n-1].cases = append(subtasks[n-1].cases, total)
			}
			total++
		}
	}
	return subtasks, total, true
}

// cmsCases reads input/inputN.txt and output/outputN.txt.
func (r *reader) cmsCases(n int, t cmsTask, checks []Check) []*Case {
	p := r.problem
	if p.Type.Interactive { // the manager is the checker
		checks = nil
	}
	public := map[int]bool{}
	for _, word := range strings.Split(t.public, ",") {
		if i, err := strconv.Atoi(strings.TrimSpace(word)); err == nil {
			public[i] = true
		}
	}
	for i := range n {
		in, out := fmt.Sprintf("input/input%d.txt", i), fmt.Sprintf("output/output%d.txt", i)
		c := &Case{Name: "secret/" + codename(i), Input: r.file(in), Answer: r.file(out), Checks: checks,
			Feedback: public[i] || t.public == "all",
			Score:    CaseScore{Accept: 1, Max: 1, File: FileIgnored, Multiplier: FileOptional, OnReject: true}}
		if p.Type.SubmitAnswer {
			c.OutputNames = []string{"output_" + codename(i) + ".txt", fmt.Sprintf("output%d.txt", i)}
		}
		if c.Input == "" {
			r.fail(NoInput, Place{File: in}, "is missing; run the package's generator first")
		}
		if c.Answer == "" && !p.Type.Interactive {
			r.fail(NoAnswer, Place{File: out}, "is missing; run the package's generator first")
		}
		if t.scoreType == "GroupThreshold" {
			c.Score = CaseScore{Accept: 1, Max: math.Inf(1), File: FileOptional, Multiplier: FileIgnored, OnReject: true}
		}
		p.Cases = append(p.Cases, c)
	}
	if next := fmt.Sprintf("input/input%d.txt", n); n > 0 && r.stat(next) != nil {
		r.warn(UnusedSetting, Place{File: next}, "is not used: there are %d cases", n)
	}
	return p.Cases
}

// cmsParameters reads score_type_parameters ("Score types" in CMS's manual): a number for
// Sum; lists of points, a number of cases or a pattern of their names, and for
// GroupThreshold a threshold.
func (r *reader) cmsParameters(t cmsTask, cases []*Case) []subtask {
	if t.scoreType == "Sum" {
		if x, ok := t.parameters.positive(1e9); ok {
			return []subtask{{points: x, at: t.parameters.place()}}
		}
		return nil
	}
	items, ok := t.parameters.items()
	if !ok {
		return nil
	}
	var all []subtask
	next := 0
	for _, item := range items {
		parts, ok := item.items()
		if !ok || len(parts) < 2 || t.scoreType == "GroupThreshold" && len(parts) < 3 {
			item.fail(BadValue, "should be points, and a number of cases or a pattern%s", map[bool]string{true: ", and a threshold"}[t.scoreType == "GroupThreshold"])
			return all
		}
		s := subtask{at: item.place()}
		s.points, _ = parts[0].float()
		if len(parts) > 2 {
			s.threshold, _ = parts[2].float()
		}
		s.cases, next = parts[1].cmsMembers(cases, next)
		all = append(all, s)
	}
	if next != 0 && next != len(cases) {
		t.parameters.warn(BadGroups, "the subtasks have %d cases of %d", next, len(cases))
	}
	return all
}

// cmsMembers are the next cases of a number, or those whose name a pattern matches from
// its start on, as Python's re.match does.
func (v value) cmsMembers(cases []*Case, next int) ([]int, int) {
	var members []int
	if n := v.resolved().node; n.ShortTag() == "!!str" {
		re, err := regexp.Compile(`^(?:` + n.Value + `)`)
		if err != nil {
			v.fail(BadValue, "is no pattern: %v", err)
			return nil, next
		}
		for i := range cases {
			if re.MatchString(codename(i)) {
				members = append(members, i)
			}
		}
		return members, next
	}
	count, _ := v.count(0, maxEntries)
	for range count {
		if next >= len(cases) {
			v.fail(BadGroups, "the subtasks have more cases than there are (%d)", len(cases))
			break
		}
		members = append(members, next)
		next++
	}
	return members, next
}

// cmsGroups makes the tree: "secret", and below it a group a subtask. CMS has a score for
// every task; a case may be in several subtasks.
func (r *reader) cmsGroups(t cmsTask, cases []*Case, subtasks []subtask) {
	p := r.problem
	p.Type.Scoring = true
	rule := unbounded()
	rule.Score, rule.MinScore = ScoreSum, 0
	secret := &Group{Name: "secret", Rule: rule}
	p.Root = &Group{Rule: rule, Items: []Item{{Group: secret}}}
	if t.scoreType == "Sum" {
		each := t.total / float64(max(1, len(cases)))
		if len(subtasks) == 1 {
			each = subtasks[0].points
		}
		secret.Rule.Factor, secret.Rule.MaxScore = each, each*float64(len(cases))
		for _, c := range cases {
			secret.Items = append(secret.Items, Item{Case: c})
		}
		return
	}
	sum := 0.0
	for i, s := range subtasks {
		g := &Group{Name: fmt.Sprintf("secret/subtask%d", i+1), Rule: rule}
		g.Rule.Factor, g.Rule.MaxScore, g.Rule.Threshold = s.points, s.points, s.threshold
		g.Rule.Score = map[string]ScoreMode{"GroupMin": ScoreMin, "GroupMul": ScoreMul, "GroupThreshold": ScoreThreshold}[t.scoreType]
		for _, n := range s.cases {
			g.Items = append(g.Items, Item{Case: cases[n]})
		}
		if len(s.cases) == 0 {
			r.fail(BadGroups, s.at, "subtask %d has no case", i+1)
		}
		secret.Items = append(secret.Items, Item{Group: g})
		sum += s.points
	}
	if sum != t.total && len(subtasks) > 0 {
		r.warn(BadGroups, subtasks[0].at, "the subtasks have %g points in all, not %g", sum, t.total)
	}
	used := map[*Case]bool{}
	p.Root.Each(func(g *Group) {
		for _, item := range g.Items {
			used[item.Case] = true
		}
	})
	for _, c := range cases {
		if !used[c] {
			r.warn(BadGroups, Place{File: "task.yaml"}, "case %s is in no subtask and does not count", c.Name)
		}
	}
}
