package problem

import (
	"math"
	"slices"
	"strings"
)

// legacyGroup is what testdata.yaml says; every property that a group does not give
// is its parent's.
type legacyGroup struct {
	onReject, grading string
	graderFlags       []string
	flagsAt           value // grader_flags, for messages
	inputFlags        map[string][]string
	validator         string // the one output validator to use; "" is all
	validatorFlags    []string
	accept, reject    float64
	bounds            Range
}

var legacyGroupKeys = []string{"on_reject", "grading", "grader_flags", "input_validator_flags", "output_validator_flags",
	"accept_score", "reject_score", "range"}

func (r *reader) legacyData(s legacySettings) {
	if !r.folder("data") {
		r.fail(NoCases, Place{File: "data"}, "is missing: there is no test data")
		return
	}
	top := legacyGroup{onReject: "break", grading: "default", accept: 1, bounds: Range{math.Inf(-1), math.Inf(1)}}
	top = r.legacyTestdata("data", top, s)
	root := &Group{Rule: r.legacyRule(top, true)}
	for _, e := range r.list("data") {
		switch {
		case !e.dir:
			if strings.HasSuffix(e.name, ".in") {
				r.warn(BadName, Place{File: e.rel}, "is ignored: cases are in data/sample and data/secret")
			}
		case e.name == "sample" || e.name == "secret":
			if g := r.legacyTree(e.rel, e.name, top, s, nil); g != nil {
				root.Items = append(root.Items, Item{Group: g})
			}
		case !strings.HasPrefix(e.name, "invalid_") && !strings.HasPrefix(e.name, "valid_"):
			r.warn(BadName, Place{File: e.rel}, "is ignored: test data is in data/sample and data/secret")
		}
	}
	r.problem.Root = root
}

// legacyTree reads one group and those below it; nil if it is empty.
func (r *reader) legacyTree(rel, name string, above legacyGroup, s legacySettings, dirs []string) *Group {
	dirs, ok := r.enter(rel, dirs)
	if !ok {
		return nil
	}
	conf := r.legacyTestdata(rel, above, s)
	g := &Group{Name: name, Rule: r.legacyRule(conf, false)}
	score := r.legacyScore(conf, s)
	checks := r.legacyChecks(conf, s)
	files := r.caseFiles(rel)
	for _, n := range files.order {
		if n.dir {
			if sub := r.legacyTree(rel+"/"+n.name, name+"/"+n.name, conf, s, dirs); sub != nil {
				g.Items = append(g.Items, Item{Group: sub})
			}
			continue
		}
		c := r.readCase(files, rel, name, n.name)
		c.Checks, c.Score, c.ValidatorArgs = checks, score, conf.inputFlags
		r.problem.Cases = append(r.problem.Cases, c)
		g.Items = append(g.Items, Item{Case: c})
	}
	if len(g.Items) == 0 {
		return nil
	}
	return g
}

// legacyTestdata reads a folder's testdata.yaml over what it inherits.
func (r *reader) legacyTestdata(dir string, conf legacyGroup, s legacySettings) legacyGroup {
	doc, _ := r.yaml(dir + "/testdata.yaml")
	if doc.node != nil {
		for _, f := range doc.fields() {
			r.legacyProperty(f, &conf)
		}
	}
	o := s.grading
	if o.onReject != "" {
		conf.onReject = o.onReject
	}
	if o.accept != nil {
		conf.accept = *o.accept
	}
	if o.reject != nil {
		conf.reject = *o.reject
	}
	if o.bounds != nil {
		conf.bounds = *o.bounds
	}
	return conf
}

func (r *reader) legacyProperty(f field, conf *legacyGroup) {
	if oneOf(f.name, "accept_score", "reject_score", "range") && !r.problem.Type.Scoring {
		f.warn(UnusedSetting, "is ignored: the problem is pass-fail")
		return
	}
	name := f.name
	if r.old() { // the draft's names of the same
		name = strings.Replace(name, "_validator_args", "_validator_flags", 1)
	}
	switch name {
	case "on_reject":
		if s, ok := f.choice("break", "continue"); ok {
			conf.onReject = s
		}
	case "grading":
		if s, ok := f.choice("default", "custom"); ok {
			conf.grading = s
		}
	case "grader_flags":
		if w, ok := f.words(); ok {
			conf.graderFlags, conf.flagsAt = w, f.value
		}
	case "input_validator_flags":
		if name, w, ok := f.namedFlags(); ok {
			conf.inputFlags = map[string][]string{name: w}
		}
	case "output_validator_flags":
		if name, w, ok := f.namedFlags(); ok {
			conf.validator, conf.validatorFlags = name, w
			r.flags = append(r.flags, flagsAt{w, f.value})
			r.legacyValidatorName(f, conf)
		}
	case "accept_score":
		if x := f.score(); x != nil {
			conf.accept = *x
		}
	case "reject_score":
		if x := f.score(); x != nil {
			conf.reject = *x
		}
	case "range":
		if b := f.bounds(); b != nil {
			conf.bounds = *b
		}
	default:
		f.unknown(legacyGroupKeys)
	}
}

// namedFlags is a string of flags, or a map of a program's name and flags.
func (f field) namedFlags() (name string, flags []string, ok bool) {
	if f.isList() && f.r.old() {
		flags, ok = f.strs()
		return "", flags, ok
	}
	if !f.isMap() {
		flags, ok = f.words()
		return "", flags, ok
	}
	ok = true
	for _, sub := range f.fields() {
		switch sub.name {
		case "name":
			name, _ = sub.str()
		case "flags":
			flags, ok = sub.words()
		default:
			sub.unknown([]string{"name", "flags"})
		}
	}
	return name, flags, ok
}

// legacyValidatorName makes out whether a string is flags or a name. The specification
// ("Test Data Groups") takes it for the name of the validator to use, every tool
// takes it for flags: it is a name if it is that of a validator.
func (r *reader) legacyValidatorName(f field, conf *legacyGroup) {
	known := func(name string) bool {
		return slices.ContainsFunc(r.problem.Checkers, func(c *Checker) bool { return c.Program != nil && c.Program.Name == name })
	}
	if conf.validator == "" && len(conf.validatorFlags) == 1 && known(conf.validatorFlags[0]) {
		conf.validator, conf.validatorFlags = conf.validatorFlags[0], nil
	}
	if conf.validator != "" && !known(conf.validator) {
		f.fail(BadValue, "there is no output validator named %q", conf.validator)
	}
}

// legacyRule turns a group's settings into its rule.
func (r *reader) legacyRule(conf legacyGroup, root bool) Rule {
	rule := Rule{Verdict: WorstError, Factor: 1, MinScore: conf.bounds.Min, MaxScore: conf.bounds.Max, Break: conf.onReject == "break"}
	if r.problem.Type.Scoring {
		rule.Score = ScoreSum
	}
	if conf.grading == "custom" {
		rule.Custom, rule.Flags = true, conf.graderFlags
		if r.problem.Grader == nil {
			r.fail(BadGroups, conf.place(), "grading is custom, but graders/ holds no program")
		}
		return rule
	}
	for _, flag := range conf.graderFlags {
		switch flag {
		case "worst_error", "first_error", "always_accept":
			rule.Verdict = VerdictMode(flag)
		case "sum", "avg", "min", "max":
			if r.problem.Type.Scoring {
				rule.Score = ScoreMode(flag)
			}
		case "ignore_sample": // for the root alone, though the others inherit the flags
			rule.IgnoreSample = root
			if root { // a sample that is ignored cannot be what ends judging
				rule.Break = false
			}
		case "accept_if_any_accepted":
			rule.AcceptIfAny = true
		default:
			conf.flagsAt.fail(BadValue, "%q is no flag of the default grader", flag)
		}
	}
	return rule
}

func (conf legacyGroup) place() Place {
	if conf.flagsAt.node == nil {
		return Place{File: "data"}
	}
	return conf.flagsAt.place()
}

// legacyScore is the same for all cases of a group.
func (r *reader) legacyScore(conf legacyGroup, s legacySettings) CaseScore {
	score := CaseScore{File: FileIgnored, Multiplier: FileIgnored}
	if r.problem.Type.Scoring {
		score.Accept, score.Reject, score.Max, score.OnReject = conf.accept, conf.reject, math.Inf(1), true
		if s.score {
			score.File = FileOptional
		}
	}
	return score
}

// legacyChecks are the validators of a group with their flags: the problem's, then
// the group's.
func (r *reader) legacyChecks(conf legacyGroup, s legacySettings) []Check {
	args := append(slices.Clone(s.validatorFlags), conf.validatorFlags...)
	var checks []Check
	for _, c := range r.problem.Checkers {
		if conf.validator == "" || c.Program != nil && c.Program.Name == conf.validator {
			checks = append(checks, Check{Checker: c, Args: args})
		}
	}
	return checks
}
