package problem

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// caseSettings are what a group says of its cases, and a case of itself.
type caseSettings struct {
	args, outputArgs []string
	inputArgs        map[string][]string
	feedback         bool
}

// v2025Group is what test_group.yaml says of one group.
type v2025Group struct {
	cases       caseSettings
	at          Place // the file
	max         float64
	maxGiven    bool
	aggregation ScoreMode
	requires    []string
	requiresAt  value
	static      *StaticCase
	staticMax   float64 // of the static case, 0 without one or for pass-fail
}

var v2025GroupKeys = []string{"max_score", "score_aggregation", "static_validation_score", "require_pass", "args",
	"input_validator_args", "static_validator_args", "output_validator_args", "input_visualizer_args",
	"output_visualizer_args", "full_feedback"}

// v2025Group reads a folder's test_group.yaml.
func (r *reader) v2025Group(dir, name string, above caseSettings) v2025Group {
	conf := v2025Group{cases: above, max: math.Inf(1), aggregation: ScorePassFail}
	conf.cases.feedback = name == "sample" || r.old() && above.feedback
	if name == "secret" {
		conf.max, conf.aggregation = 100, ScoreSum
	}
	conf.at = Place{File: dir + "/test_group.yaml"}
	data, ok := r.text(conf.at.File)
	if !ok && r.stat(dir+"/testdata.yaml") != nil {
		r.warn(StaleSetting, Place{File: dir + "/testdata.yaml"}, "is of earlier versions, and is read as test_group.yaml")
		conf.at.File = dir + "/testdata.yaml"
		data, ok = r.text(conf.at.File)
	}
	if !ok {
		conf.at = Place{File: dir}
		return conf
	}
	doc, _ := r.parseYAML(conf.at.File, r.problem.Expand(data))
	if doc.node == nil {
		return conf
	}
	var static field
	var staticArgs []string
	for _, f := range doc.fields() {
		switch f.name {
		case "max_score", "score_aggregation", "require_pass":
			r.v2025Scoring(f, name, &conf)
		case "static_validation_score":
			static = f
		case "static_validator_args":
			f.argList(&staticArgs)
		case "on_reject", "grading", "grader_flags", "accept_score", "reject_score", "range", "scoring":
			f.warn(StaleSetting, "is of earlier versions and is ignored")
		default:
			if !f.v2025Args(&conf.cases) {
				f.unknown(v2025GroupKeys)
			}
		}
	}
	if static.node != nil {
		r.v2025Static(static, staticArgs, &conf)
	} else if len(staticArgs) > 0 {
		r.fail(BadGroups, conf.at, "has static_validator_args, but no static_validation_score")
	}
	return conf
}

// v2025Scoring reads a key that only groups of scoring problems have.
func (r *reader) v2025Scoring(f field, name string, conf *v2025Group) {
	switch {
	case name == "sample" || name == "":
		f.fail(BadGroups, "is not permitted in %s", f.file)
		return
	case !r.problem.Type.Scoring:
		f.warn(UnusedSetting, "is ignored: the problem is pass-fail")
		return
	}
	switch f.name {
	case "max_score":
		conf.maxGiven = true
		if f.resolved().node.Value == "unbounded" {
			conf.max = math.Inf(1)
		} else if n, ok := f.count(0, 1<<53); ok {
			conf.max = float64(n)
		}
	case "score_aggregation":
		if s, ok := f.choice("pass-fail", "sum", "min"); ok {
			conf.aggregation = ScoreMode(s)
		}
	case "require_pass":
		if list, ok := f.strOrStrs(); ok {
			conf.requires, conf.requiresAt = list, f.value
		}
	}
}

// v2025Static reads a group's static validation case ("Static validation test cases").
func (r *reader) v2025Static(f field, args []string, conf *v2025Group) {
	if r.problem.Static == nil {
		f.fail(BadGroups, "there is no static_validator")
		return
	}
	s := &StaticCase{Args: args, Score: CaseScore{File: FileForbidden, Multiplier: FileForbidden}}
	conf.static = s
	if f.resolved().node.Value == "pass-fail" {
		if r.problem.Type.Scoring && conf.aggregation != ScorePassFail {
			f.fail(BadGroups, "is pass-fail in a group whose score_aggregation is %s", conf.aggregation)
		}
		return
	}
	n, ok := f.count(0, 1<<53)
	if !ok {
		return
	}
	if !r.problem.Type.Scoring || conf.aggregation == ScorePassFail {
		f.fail(BadGroups, "is a score in a group without scores; it should be pass-fail")
		return
	}
	conf.staticMax = float64(n)
	s.Score = CaseScore{Accept: float64(n), Max: float64(n), File: FileOptional, Multiplier: FileOptional}
}

// v2025Rule turns a group's settings into its rule ("Result aggregation").
func (r *reader) v2025Rule(conf v2025Group, name string) Rule {
	rule := unbounded()
	rule.Static = conf.static
	if !r.problem.Type.Scoring || name == "sample" {
		rule.Break = !r.problem.Type.Scoring
		return rule
	}
	rule.Score, rule.MinScore, rule.MaxScore = conf.aggregation, 0, conf.max
	// Once a case failed, the score of such a group is 0 whatever follows.
	rule.Break = conf.aggregation == ScorePassFail || conf.aggregation == ScoreMin
	if conf.aggregation == ScorePassFail && math.IsInf(conf.max, 1) {
		r.fail(BadGroups, conf.at, "%s has no max_score, which a group with score_aggregation pass-fail needs", name)
	}
	return rule
}

// v2025GroupAgainst checks a group's scores against those of secret.
func (r *reader) v2025GroupAgainst(g *Group, conf v2025Group, secret *Group, above v2025Group) {
	switch {
	case !r.problem.Type.Scoring:
	case math.IsInf(conf.max, 1) && conf.aggregation != ScorePassFail && !math.IsInf(above.max, 1):
		r.fail(BadGroups, conf.at, "%s is unbounded, but secret is not; it needs a max_score", g.Name)
	case secret.Rule.Score == ScorePassFail && conf.aggregation != ScorePassFail:
		r.fail(BadGroups, conf.at, "the score_aggregation of secret is pass-fail, so %s cannot have %s", g.Name, conf.aggregation)
	}
}

// v2025Requires checks a group's dependencies ("Group dependencies"); earlier are the
// secret groups that come before it, by name.
func (r *reader) v2025Requires(g *Group, conf v2025Group, earlier map[string]v2025Group) {
	for _, name := range conf.requires {
		before, known := earlier[name]
		switch {
		case name == "sample" && r.folder("data/sample"):
		case g.Name == "secret" || name == "sample":
			conf.requiresAt.fail(BadGroups, "%s cannot depend on %q", g.Name, name)
		case !known || name == g.Name:
			conf.requiresAt.fail(BadGroups, "%q is no group that comes before %s; earlier ones are: %s", name, g.Name,
				strings.Join(slices.Sorted(maps.Keys(earlier)), " "))
		case before.aggregation != ScorePassFail:
			conf.requiresAt.fail(BadGroups, "%s has score_aggregation %s; only pass-fail groups can be required", name, before.aggregation)
		}
		g.Rule.Requires = append(g.Rule.Requires, name)
	}
}
