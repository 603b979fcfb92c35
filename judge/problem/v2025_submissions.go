package problem

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// A rule2025 is one glob of submissions.yaml, or a default directory, with what it says.
type rule2025 struct {
	glob                 string
	at                   Place
	known                bool // matched a submission
	reqs                 []Requirement
	language, entryPoint string
	model                bool
}

// v2025Folders are the default directories ("Default directories").
var v2025Folders = map[string]Requirement{
	"accepted":            {Permitted: []Verdict{AC}},
	"rejected":            {Required: []Verdict{RTE, TLE, WA}},
	"wrong_answer":        {Permitted: []Verdict{AC, WA}, Required: []Verdict{WA}},
	"time_limit_exceeded": {Permitted: []Verdict{AC, TLE}, Required: []Verdict{TLE}},
	"run_time_error":      {Permitted: []Verdict{AC, RTE}, Required: []Verdict{RTE}},
	"brute_force":         {Permitted: []Verdict{AC, RTE, TLE}, Required: []Verdict{RTE, TLE}},
}

var v2025SubmissionKeys = []string{"language", "entrypoint", "authors", "model_solution", "permitted", "required", "score",
	"message", "use_for_time_limit"}

func (r *reader) v2025Submissions() {
	rules := r.v2025Rules()
	for _, s := range r.submissions() {
		name := upTo(s.Name)
		e := &Expectation{From: "folder " + path.Dir(name), Strict: true}
		matched := false
		for i := range rules {
			rule := &rules[i]
			if !matchGlob(rule.glob, name) {
				continue
			}
			rule.known, matched = true, true
			e.Require = append(e.Require, rule.reqs...)
			if rule.language != "" {
				s.Language = rule.language
			}
			if rule.entryPoint != "" {
				s.EntryPoint = rule.entryPoint
			}
			s.Model = s.Model || rule.model
			if rule.at.File != "" {
				e.From = rule.at.String()
			}
		}
		if matched {
			s.Expect = e
		} else {
			r.warn(BadExpected, Place{File: s.Name}, "is in no default directory, and submissions.yaml does not name it: nothing is expected")
		}
		r.consistent(s)
		r.tags(s, path.Dir(name))
	}
	for _, rule := range rules {
		if !rule.known && rule.at.File != "" && v2025Folders[rule.glob].empty() {
			r.warn(BadExpected, rule.at, "%s matches no submission", rule.glob)
		}
	}
}

// empty says that nothing is required.
func (q Requirement) empty() bool {
	return q.Permitted == nil && q.Required == nil && q.Score == nil && q.Message == "" && !q.Lower && !q.Upper
}

// v2025Rules are the default directories, as submissions.yaml changes them, and then
// its other globs.
func (r *reader) v2025Rules() []rule2025 {
	var rules []rule2025
	index := map[string]int{}
	for _, folder := range slices.Sorted(maps.Keys(v2025Folders)) {
		q := v2025Folders[folder]
		q.From = "folder " + folder
		q.bounds("")
		index[folder] = len(rules)
		rules = append(rules, rule2025{glob: folder, reqs: []Requirement{q}})
	}
	doc, ok := r.yaml("submissions/submissions.yaml")
	if !ok {
		return rules
	}
	for _, f := range doc.fields() {
		rule := r.v2025Submission(f)
		// "The defaults can be overwritten by simply specifying the name of the directory."
		if i, ok := index[strings.TrimSuffix(f.name, "/")]; ok {
			rules[i] = rule
		} else {
			rules = append(rules, rule)
		}
	}
	return rules
}

// v2025Submission reads one glob.
func (r *reader) v2025Submission(f field) rule2025 {
	glob := strings.TrimSuffix(f.name, "/")
	rule := rule2025{glob: glob, at: f.at}
	r.checkGlob(f, glob)
	q := v2025Folders[glob] // inherited by the directory itself
	q.From = f.at.String()
	use := ""
	var scoped []Requirement
	for _, sub := range f.fields() {
		switch {
		case sub.name == "language":
			rule.language, _ = sub.str()
		case sub.name == "entrypoint":
			rule.entryPoint, _ = sub.str()
		case sub.name == "model_solution":
			rule.model, _ = sub.boolean()
		case sub.name == "authors":
		case sub.requirement(&q, &use):
		case scopeName(sub.name):
			scoped = append(scoped, r.scoped(sub)...)
		default:
			sub.unknown(v2025SubmissionKeys)
		}
	}
	rule.reqs = append(q.resolve(use), scoped...)
	return rule
}

// scopeName says that a key names groups or cases.
func scopeName(s string) bool {
	first, _, _ := strings.Cut(s, "/")
	return oneOf(first, "sample", "secret") || strings.ContainsAny(s, "*{")
}

func (r *reader) scoped(f field) []Requirement {
	scope := strings.TrimSuffix(f.name, "/")
	r.checkGlob(f, scope)
	q := Requirement{From: f.at.String(), Scope: scope}
	use := ""
	for _, sub := range f.fields() {
		if !sub.requirement(&q, &use) {
			sub.unknown([]string{"permitted", "required", "score", "message", "use_for_time_limit"})
		}
	}
	if !r.scopeExists(scope) {
		r.warn(BadExpected, f.at, "%s matches no group and no case", scope)
	}
	return q.resolve(use)
}

func (r *reader) scopeExists(scope string) bool {
	for _, c := range r.problem.Cases {
		if matchGlob(scope, c.Name) {
			return true
		}
	}
	return r.problem.Group(scope) != nil
}

// checkGlob refuses what the format does not have ("Glob patterns").
func (r *reader) checkGlob(f field, glob string) {
	if strings.Contains(glob, "**") || strings.ContainsAny(glob, "[]?") {
		r.warn(BadExpected, f.at, "%s: ** and [...] and ? are no wildcards here", glob)
	}
	if _, ok := braces(glob); !ok {
		r.fail(BadExpected, f.at, "%s: a brace is not closed, or there are too many of them", glob)
	}
}

// requirement reads one of the keys that both levels have.
func (f field) requirement(q *Requirement, use *string) (known bool) {
	switch f.name {
	case "permitted":
		f.verdicts(&q.Permitted)
	case "required":
		f.verdicts(&q.Required)
	case "score":
		q.Score = f.scoreRange()
	case "message":
		q.Message, _ = f.str()
	case "use_for_time_limit":
		if s, ok := f.str(); ok && oneOf(s, "lower", "upper") {
			*use = s
		} else if b, ok := f.boolean(); ok && !b {
			*use = "false"
		}
	default:
		return false
	}
	return true
}

func (f field) verdicts(to *[]Verdict) {
	list, ok := f.strOrStrs()
	if !ok {
		return
	}
	var all []Verdict
	for _, s := range list {
		if !oneOf(s, "AC", "WA", "TLE", "RTE") {
			f.fail(BadExpected, "%q is none of AC, WA, TLE, RTE", s)
			return
		}
		all = append(all, Verdict(s))
	}
	if len(all) == 0 {
		f.fail(BadExpected, "should name at least one verdict")
		return
	}
	*to = all
}

func (f field) scoreRange() *Range {
	if !f.r.problem.Type.Scoring {
		f.warn(UnusedSetting, "is ignored: the problem is pass-fail")
		return nil
	}
	if !f.isList() {
		x := f.score()
		if x == nil {
			return nil
		}
		return &Range{*x - scoreDigits, *x + scoreDigits}
	}
	b := f.bounds()
	if b != nil {
		b.Min, b.Max = b.Min-scoreDigits, b.Max+scoreDigits
	}
	return b
}

// bounds says how a requirement bounds the time limit ("Timelimit inference").
func (q *Requirement) bounds(use string) {
	if use == "false" {
		return
	}
	q.Lower = q.Permitted != nil && !slices.Contains(q.Permitted, TLE)
	q.Upper = slices.Equal(q.Required, []Verdict{TLE})
}

// resolve adds what use_for_time_limit stands for: lower is permitted: [AC, WA, RTE]
// as well, upper is required: [TLE].
func (q Requirement) resolve(use string) []Requirement {
	q.bounds(use)
	reqs := []Requirement{q}
	switch use {
	case "lower":
		extra := Requirement{From: q.From, Scope: q.Scope, Permitted: []Verdict{AC, WA, RTE}, Lower: true}
		reqs = append(reqs, extra)
	case "upper":
		extra := Requirement{From: q.From, Scope: q.Scope, Required: []Verdict{TLE}, Upper: true}
		reqs = append(reqs, extra)
	}
	return reqs
}

// consistent warns of requirements on all cases that no verdict can meet.
func (r *reader) consistent(s *Submission) {
	if s.Expect == nil {
		return
	}
	allowed := []Verdict{AC, WA, TLE, RTE}
	for _, q := range s.Expect.Require {
		if q.Scope == "" && q.Permitted != nil {
			allowed = slices.DeleteFunc(slices.Clone(allowed), func(v Verdict) bool { return !slices.Contains(q.Permitted, v) })
		}
	}
	if len(allowed) == 0 {
		r.warn(BadExpected, Place{File: s.Name}, "cannot be as expected: no verdict is permitted by all rules that match it")
		return
	}
	for _, q := range s.Expect.Require {
		if q.Required != nil && !slices.ContainsFunc(q.Required, func(v Verdict) bool { return slices.Contains(allowed, v) }) {
			r.warn(BadExpected, Place{File: s.Name}, "cannot be as expected: %s requires a verdict that another rule does not permit", q.From)
		}
	}
}
