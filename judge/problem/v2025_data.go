package problem

import (
	"cmp"
	"math"
	"slices"
)

var v2025CaseKeys = []string{"args", "input_validator_args", "output_validator_args", "input_visualizer_args",
	"output_visualizer_args", "full_feedback", "hint", "description"}

func (r *reader) v2025Data() {
	p := r.problem
	p.Root = &Group{Rule: unbounded()}
	p.Root.Rule.Break = !p.Type.Scoring
	if p.Type.Scoring {
		// "Samples for judging team submissions": they do not count for the score.
		p.Root.Rule.IgnoreSample, p.Root.Rule.Score = true, ScoreSum
	}
	var above caseSettings
	if r.old() {
		above = r.v2025Group("data", "", above).cases
	}
	if r.folder("data/sample") {
		sample := above
		sample.feedback = true
		r.v2025Leaf("data/sample", "sample", r.v2025Group("data/sample", "sample", sample), p.Root)
	}
	if !r.folder("data/secret") {
		r.fail(NoCases, Place{File: "data/secret"}, "is missing: there is no test data")
		return
	}
	r.v2025Secret(r.v2025Group("data/secret", "secret", above))
	for _, e := range r.list("data") {
		if e.dir && !oneOf(e.name, "sample", "secret", "invalid_input", "invalid_output", "valid_output") {
			r.warn(BadName, Place{File: e.rel}, "is ignored: test data is in data/sample and data/secret")
		}
	}
}

// v2025Secret reads secret, which holds either cases or groups.
func (r *reader) v2025Secret(conf v2025Group) {
	dir := "data/secret"
	var groups, cases []string
	for _, n := range r.caseFiles(dir).order {
		if n.dir {
			groups = append(groups, n.name)
		} else {
			cases = append(cases, n.name)
		}
	}
	if len(groups) == 0 {
		if g := r.v2025Leaf(dir, "secret", conf, r.problem.Root); g != nil {
			r.v2025Requires(g, conf, nil)
		}
		return
	}
	secret := &Group{Name: "secret", Rule: r.v2025Rule(conf, "secret")}
	r.problem.Root.Items = append(r.problem.Root.Items, Item{Group: secret})
	if len(cases) > 0 {
		r.failMixed(dir, cases[0], groups[0])
		r.v2025Leaf(dir, "secret", conf, secret)
	}
	r.v2025Requires(secret, conf, nil)
	confs := map[string]v2025Group{}
	sum := 0.0
	for _, name := range groups {
		above := conf.cases
		if !r.old() { // "Test data configuration": a group inherits nothing
			above = caseSettings{}
		}
		sub := r.v2025Group(dir+"/"+name, "secret/"+name, above)
		if g := r.v2025Leaf(dir+"/"+name, "secret/"+name, sub, secret); g != nil {
			r.v2025Requires(g, sub, confs)
			r.v2025GroupAgainst(g, sub, secret, conf)
			sum += g.Rule.MaxScore
		}
		confs["secret/"+name] = sub // not before it: a group cannot require itself
	}
	if r.problem.Type.Scoring && secret.Rule.Score == ScoreSum && sum > secret.Rule.MaxScore && !math.IsInf(sum, 1) {
		r.warn(BadGroups, conf.at, "the groups' max_score add up to %g, more than the %g of secret", sum, secret.Rule.MaxScore)
	}
}

// failMixed: a draft allowed both in secret; this version does not.
func (r *reader) failMixed(dir, aCase, aGroup string) {
	if r.old() {
		r.warn(BadGroups, Place{File: dir}, "holds both cases (%s) and groups (%s)", aCase, aGroup)
		return
	}
	r.fail(BadGroups, Place{File: dir}, "holds both cases (%s) and groups (%s); it holds one or the other", aCase, aGroup)
}

// v2025Leaf reads a folder of cases, those in folders below it included, which are no
// groups ("Test data groups"). Without a case, it is an error but in sample.
func (r *reader) v2025Leaf(dir, name string, conf v2025Group, into *Group) *Group {
	g := &Group{Name: name, Rule: r.v2025Rule(conf, name)}
	cases := r.v2025Cases(dir, name, conf.cases, nil)
	slices.SortFunc(cases, func(a, b *Case) int { return cmp.Compare(a.Name, b.Name) })
	if len(cases) == 0 && conf.static == nil {
		if name != "sample" {
			r.fail(NoCases, Place{File: dir}, "holds no test case (NAME.in)")
		}
		return nil
	}
	score := r.v2025Score(conf, name, len(cases))
	for _, c := range cases {
		c.Score = score
		g.Items = append(g.Items, Item{Case: c})
	}
	r.problem.Cases = append(r.problem.Cases, cases...)
	if into.Name == name { // the cases of a secret that wrongly holds groups as well
		into.Items = append(into.Items, g.Items...)
		return into
	}
	into.Items = append(into.Items, Item{Group: g})
	return g
}

func (r *reader) v2025Cases(dir, name string, conf caseSettings, above []string) []*Case {
	above, ok := r.enter(dir, above)
	if !ok {
		return nil
	}
	var all []*Case
	files := r.caseFiles(dir)
	for _, n := range files.order {
		switch {
		case !n.dir:
			c := r.readCase(files, dir, name, n.name)
			r.v2025Case(files, dir, n.name, conf, c)
			all = append(all, c)
		case name == "sample":
			r.fail(BadGroups, Place{File: dir + "/" + n.name}, "is a folder; sample holds none")
		case name != "secret":
			all = append(all, r.v2025Cases(dir+"/"+n.name, name+"/"+n.name, conf, above)...)
		}
	}
	return all
}

// v2025Case reads a case's own settings over its group's.
func (r *reader) v2025Case(files caseFiles, dir, base string, conf caseSettings, c *Case) {
	if base == "test_group" {
		r.fail(BadName, Place{File: dir + "/test_group.in"}, "a case cannot be named test_group")
		return
	}
	args := c.Args // of a file .args
	if _, ok := files.byName[base+".yaml"]; ok {
		doc, _ := r.yaml(dir + "/" + base + ".yaml")
		if doc.node != nil {
			for _, f := range doc.fields() {
				switch {
				case f.name == "hint":
					c.Hint, _ = f.str()
				case f.name == "description":
					c.Description, _ = f.str()
				case !f.v2025Args(&conf):
					f.unknown(v2025CaseKeys)
				}
			}
		}
	}
	if args == nil {
		args = conf.args
	}
	c.Args, c.Feedback, c.ValidatorArgs = args, conf.feedback, conf.inputArgs
	if !r.old() {
		c.ValidatorArgs = withArgs(conf.inputArgs, args)
	}
	c.Checks = []Check{{Checker: r.problem.Checkers[0], Args: conf.outputArgs}}
}

// withArgs are the arguments of input validators: their own, and then those of the
// submission ("Input validators", "Invocation").
func withArgs(own map[string][]string, args []string) map[string][]string {
	if len(args) == 0 {
		return own
	}
	all := map[string][]string{"": args}
	for name, list := range own {
		all[name] = append(slices.Clone(list), args...)
	}
	return all
}

// v2025Score is the same for all n cases of a group ("Scoring test cases").
func (r *reader) v2025Score(conf v2025Group, name string, n int) CaseScore {
	switch {
	case !r.problem.Type.Scoring || name == "sample":
		return CaseScore{File: FileIgnored, Multiplier: FileIgnored}
	case conf.aggregation == ScorePassFail:
		return CaseScore{File: FileForbidden, Multiplier: FileForbidden}
	case math.IsInf(conf.max, 1):
		return CaseScore{Max: math.Inf(1), File: FileRequired, Multiplier: FileForbidden}
	}
	most := conf.max
	if conf.aggregation == ScoreSum && n > 0 {
		most = (conf.max - conf.staticMax) / float64(n)
		if most < 0 {
			r.fail(BadGroups, conf.at, "static_validation_score %g is more than the max_score %g of %s", conf.staticMax, conf.max, name)
		}
	}
	return CaseScore{Accept: most, Max: most, File: FileOptional, Multiplier: FileOptional}
}
