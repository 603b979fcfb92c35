package problem

import (
	"cmp"
	"math"
	"path"
	"strings"
)

// A polygonTest is one test of a testset.
type polygonTest struct {
	at     Place
	c      *Case
	group  string
	points float64
}

// polygonTests reads the tests of a testset and the groups that they are in; checks are
// those of every test.
func (r *reader) polygonTests(set *element, checks []Check) {
	tests := r.polygonCases(set, checks)
	scoring := false
	for _, t := range tests {
		scoring = scoring || t.points != 0
	}
	groups := set.all("groups/group")
	for _, g := range groups {
		points, given := g.points("points")
		scoring = scoring || given && points != 0
	}
	p := r.problem
	p.Type.Scoring = scoring
	p.Root = &Group{Rule: unbounded()}
	if !scoring {
		p.Root.Rule.Break = true
		r.polygonPlain(tests)
		return
	}
	p.Root.Rule.Score = ScoreSum
	if len(groups) == 0 {
		r.polygonPlain(tests)
		return
	}
	r.polygonGroups(tests, groups)
}

// polygonCases reads the tests in order; their names are made by polygonPlain and
// polygonGroups.
func (r *reader) polygonCases(set *element, checks []Check) []*polygonTest {
	pattern := func(name, usual string) string {
		return cmp.Or(set.first(name).content(), usual)
	}
	in, ans := pattern("input-path-pattern", "tests/%02d"), pattern("answer-path-pattern", "tests/%02d.a")
	elements := set.all("tests/test")
	count := int(set.number("test-count", maxEntries))
	if len(elements) == 0 { // some packages give the number alone
		for range count {
			elements = append(elements, &element{r: r, at: set.at})
		}
	} else if count != 0 && count != len(elements) {
		r.warn(BadValue, set.at, "test-count is %d, but there are %d tests", count, len(elements))
	}
	var tests []*polygonTest
	for i, e := range elements {
		inRel, ansRel := packagePath(patternPath(in, i+1)), packagePath(patternPath(ans, i+1))
		c := &Case{Input: r.file(inRel), Answer: r.file(ansRel), Sample: e.attr("sample") == "true", Checks: checks,
			Description: e.attr("description")}
		c.Feedback = c.Sample
		c.Name = baseName(inRel)
		if path.Ext(inRel) == "" {
			c.Name = path.Base(inRel)
		}
		if c.Input == "" {
			r.fail(NoInput, e.at, "test %d: %s is missing; a full package has all tests", i+1, inRel)
		}
		if c.Answer == "" {
			r.fail(NoAnswer, e.at, "test %d: %s is missing; a full package has all answers", i+1, ansRel)
		}
		points, _ := e.points("points")
		tests = append(tests, &polygonTest{at: e.at, c: c, group: e.attr("group"), points: points})
	}
	return tests
}

// packagePath makes a path of the package of one that a file names: it cannot climb out.
func packagePath(rel string) string { return path.Clean("/" + strings.ReplaceAll(rel, "\\", "/"))[1:] }

// polygonPlain puts tests into "sample" and "secret", as the other formats have it.
func (r *reader) polygonPlain(tests []*polygonTest) {
	p := r.problem
	for _, name := range []string{"sample", "secret"} {
		g := &Group{Name: name, Rule: p.Root.Rule}
		for _, t := range tests {
			if t.c.Sample != (name == "sample") {
				continue
			}
			r.polygonPlace(t, g)
		}
		if len(g.Items) > 0 {
			p.Root.Items = append(p.Root.Items, Item{Group: g})
		}
	}
}

// polygonPlace puts a test into its group.
func (r *reader) polygonPlace(t *polygonTest, g *Group) {
	t.c.Name = g.Name + "/" + t.c.Name
	t.c.Score = CaseScore{Max: t.points, File: FileIgnored, Multiplier: FileIgnored, Percent: r.percent}
	if g.Rule.Score == ScoreSum {
		t.c.Score = CaseScore{Accept: t.points, Max: t.points, File: FileOptional, Multiplier: FileOptional, Percent: r.percent, OnReject: true}
	}
	g.Items = append(g.Items, Item{Case: t.c})
	r.problem.Cases = append(r.problem.Cases, t.c)
}

// polygonGroups makes a group of "secret" of each of the testset's, in the order of their
// first tests. Tests without a group are scored each by itself.
func (r *reader) polygonGroups(tests []*polygonTest, elements []*element) {
	p := r.problem
	secret := &Group{Name: "secret", Rule: p.Root.Rule}
	p.Root.Items = []Item{{Group: secret}}
	known := map[string]*element{}
	for _, e := range elements {
		if known[e.attr("name")] != nil {
			r.fail(Duplicate, e.at, "there are two groups named %q", e.attr("name"))
		}
		known[e.attr("name")] = e
	}
	members := map[string][]*polygonTest{}
	var order []string
	for _, t := range tests {
		if members[t.group] == nil {
			order = append(order, t.group)
		}
		members[t.group] = append(members[t.group], t)
	}
	for _, name := range order {
		g := &Group{Name: "secret/" + groupName(name), Rule: r.polygonRule(known[name], members[name])}
		if name != "" && known[name] == nil {
			r.warn(BadGroups, members[name][0].at, "group %q is not among the testset's groups; its tests are scored each by itself", name)
		}
		for _, t := range members[name] {
			r.polygonPlace(t, g)
		}
		secret.Items = append(secret.Items, Item{Group: g})
	}
}

// groupName makes a path element of a group's name.
func groupName(name string) string {
	if name == "" {
		return "ungrouped"
	}
	return strings.ReplaceAll(name, "/", "_")
}

// polygonRule is the rule of a group: complete-group gives its points if all tests pass,
// each-test the points of each. The points are its tests', or its own where they have
// none.
func (r *reader) polygonRule(e *element, tests []*polygonTest) Rule {
	rule := unbounded()
	sum := 0.0
	for _, t := range tests {
		sum += t.points
	}
	own, given := 0.0, false
	if e != nil {
		own, given = e.points("points")
	}
	if given && sum != 0 && math.Abs(own-sum) > 1e-6 {
		r.warn(BadGroups, e.at, "group %q has %g points, but its tests have %g, which count", e.attr("name"), own, sum)
	}
	if sum == 0 && own != 0 {
		sum = own
		for _, t := range tests {
			t.points = own / float64(len(tests))
		}
	}
	rule.Score = ScoreSum
	switch policy := e.attr("points-policy"); policy {
	case "complete-group":
		rule.Score, rule.MinScore, rule.MaxScore, rule.Break = ScorePassFail, 0, sum, true
	case "each-test", "":
	default:
		r.fail(BadGroups, e.at, "points-policy %q is neither complete-group nor each-test", policy)
	}
	for _, d := range e.all("dependencies/dependency") {
		rule.Requires = append(rule.Requires, "secret/"+groupName(d.attr("group")))
	}
	return rule
}
