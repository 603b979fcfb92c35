package problem

import (
	"slices"
	"strings"
	"time"
)

// Version 2025-09 of the problem package format: spec/2025-09. Where a draft of it,
// 2023-07, put things elsewhere, they are looked for there too.

var v2025Keys = []string{"problem_format_version", "type", "name", "uuid", "version", "credits", "source", "license",
	"rights_owner", "embargo_until", "limits", "keywords", "languages", "allow_file_writing", "constants"}

func (r *reader) v2025(doc value) {
	p := r.problem
	p.Limits.Timing = Timing{Lower: 2, Upper: 1.5, Resolution: time.Second, Strict: true}
	passes := int64(2)
	given := map[string]bool{}
	for _, f := range doc.fields() {
		given[f.name] = true
		switch f.name {
		case "type":
			r.v2025Type(f)
		case "name":
			p.Title = f.title()
		case "limits":
			r.v2025Limits(f, &passes)
		case "languages":
			if list, ok := f.strOrStrs(); ok && !slices.Equal(list, []string{"all"}) {
				p.Languages = list
			}
		case "allow_file_writing":
			p.WriteFiles, _ = f.boolean()
		case "constants":
			r.v2025Constants(f)
		default:
			if !oneOf(f.name, v2025Keys...) {
				f.unknown(v2025Keys)
			}
		}
	}
	if p.Type.MultiPass {
		p.Limits.ValidationPasses = int(passes)
	}
	for _, key := range []string{"name", "uuid"} { // required, but nothing is graded by them
		if !given[key] {
			r.warn(Missing, Place{File: "problem.yaml"}, "has no %s, which the format requires", key)
		}
	}
	r.v2025Checkers()
	r.includes()
	r.inputValidators("input_validators")
	if r.draftGroups() {
		r.legacyData(legacySettings{score: p.Checkers[0].Program != nil})
	} else {
		r.v2025Data()
		if !r.old() {
			r.v2025Probes()
		}
	}
	r.domjudge()
	if r.draftGroups() && r.stat("submissions/submissions.yaml") == nil {
		r.legacySubmissions()
	} else {
		r.v2025Submissions()
	}
}

// draftGroups says that a scoring package of 2023-07 describes its groups as legacy does,
// in testdata.yaml: problemtools read that draft so, and there are packages of the kind.
func (r *reader) draftGroups() bool {
	if !r.old() || !r.problem.Type.Scoring {
		return false
	}
	found := false
	for _, dir := range []string{"data", "data/sample", "data/secret"} {
		found = found || r.stat(dir+"/testdata.yaml") != nil
	}
	for _, e := range r.list("data/secret") {
		found = found || e.dir && r.stat(e.rel+"/testdata.yaml") != nil
		if e.dir && r.stat(e.rel+"/test_group.yaml") != nil {
			return false
		}
	}
	return found && r.stat("data/secret/test_group.yaml") == nil
}

// v2025Type reads one type or several, of which some exclude each other ("Type").
func (r *reader) v2025Type(f field) {
	list, ok := f.strOrStrs()
	if !ok {
		return
	}
	if len(list) == 0 {
		f.fail(BadValue, "should name at least one type")
	}
	t := &r.problem.Type
	flags := map[string]*bool{"pass-fail": new(bool), "scoring": &t.Scoring, "interactive": &t.Interactive,
		"multi-pass": &t.MultiPass, "submit-answer": &t.SubmitAnswer}
	if len(list) == 1 && strings.Contains(list[0], " ") { // DOMjudge splits a string
		f.warn(BadType, "should be a list; %q is read as one", list[0])
		list = strings.Fields(list[0])
	}
	for _, name := range list {
		flag, known := flags[name]
		switch {
		case !known:
			f.fail(BadValue, "%q is no type; there are pass-fail, scoring, multi-pass, interactive and submit-answer", name)
		case *flag:
			f.fail(BadValue, "%s is given twice", name)
		default:
			*flag = true
		}
	}
	for _, pair := range [][2]string{{"pass-fail", "scoring"}, {"submit-answer", "multi-pass"}, {"submit-answer", "interactive"}} {
		if *flags[pair[0]] && *flags[pair[1]] {
			f.fail(BadValue, "%s and %s exclude each other", pair[0], pair[1])
		}
	}
}

func (r *reader) v2025Limits(f field, passes *int64) {
	l := &r.problem.Limits
	keys := append([]string{"time_multipliers", "time_limit", "time_resolution", "validation_passes"}, sharedLimits...)
	for _, sub := range f.fields() {
		switch sub.name {
		case "time_multipliers":
			r.multipliers(sub)
		case "time_limit":
			if s, ok := sub.positive(maxSeconds); ok {
				l.Time, l.TimeFrom = seconds(s), "problem.yaml"
			}
		case "time_resolution":
			if s, ok := sub.positive(maxSeconds); ok && seconds(s) > 0 {
				l.Timing.Resolution = seconds(s)
			}
		case "validation_passes":
			if n, ok := sub.count(2, 1<<20); ok {
				*passes = n
			}
		case "time_multiplier", "time_safety_margin":
			sub.warn(StaleSetting, "is a key of legacy and is ignored; this version has time_multipliers")
		default:
			if !r.sharedLimit(sub) {
				sub.unknown(keys)
			}
		}
	}
}

func (r *reader) multipliers(f field) {
	timing := &r.problem.Limits.Timing
	for _, m := range f.fields() {
		to := map[string]*float64{"ac_to_time_limit": &timing.Lower, "time_limit_to_tle": &timing.Upper}[m.name]
		if to == nil {
			m.unknown([]string{"ac_to_time_limit", "time_limit_to_tle"})
			continue
		}
		if x, ok := m.float(); ok {
			if !(x >= 1 && x <= 1000) {
				m.fail(BadValue, "should be from 1 to 1000, and is %g", x)
				continue
			}
			*to = x
		}
	}
}

// v2025Checkers reads output_validator/ and static_validator/.
func (r *reader) v2025Checkers() {
	p := r.problem
	prog := r.oneProgram("output_validator")
	if prog == nil && r.folder("output_validators") {
		r.warn(StaleSetting, Place{File: "output_validators"}, "is the folder of earlier versions; this one has output_validator")
		prog = r.oneProgram("output_validators")
	}
	p.Checkers = []*Checker{{Kind: CheckDefault}}
	if prog != nil {
		p.Checkers = []*Checker{{Kind: CheckKattis, Program: prog}}
	}
	if (p.Type.Interactive || p.Type.MultiPass) && prog == nil {
		r.fail(Missing, Place{File: "output_validator"}, "is missing: an interactive or multi-pass problem has a program there")
	}
	if p.Type.Interactive && prog != nil {
		p.Interactor = &Interactor{Kind: InteractKattis, Program: prog, Processes: 1}
	}
	p.Static = r.oneProgram("static_validator")
	if p.Static != nil && p.Type.SubmitAnswer {
		r.fail(BadValue, Place{File: "static_validator"}, "cannot be in a package of type submit-answer")
	}
}

// v2025Args reads one key of the arguments that groups and cases share.
func (f field) v2025Args(a *caseSettings) (known bool) {
	name := f.name
	if strings.HasSuffix(name, "_flags") && f.early() {
		if words, ok := f.words(); ok {
			switch name { // as legacy has them
			case "output_validator_flags":
				a.outputArgs = words
				f.r.flags = append(f.r.flags, flagsAt{words, f.value})
			case "input_validator_flags":
				a.inputArgs = map[string][]string{"": words}
			default:
				return false
			}
		}
		return true
	}
	switch name {
	case "args":
		f.argList(&a.args)
	case "output_validator_args":
		f.argList(&a.outputArgs)
		f.r.flags = append(f.r.flags, flagsAt{a.outputArgs, f.value})
	case "input_validator_args":
		f.inputArgs(a)
	case "input_visualizer_args", "output_visualizer_args":
		f.argList(new([]string))
	case "full_feedback":
		if b, ok := f.boolean(); ok {
			a.feedback = b
		}
	default:
		return false
	}
	return true
}

// early says that drafts of the version allowed more here: in their packages, and in the
// file of their name.
func (f field) early() bool {
	return f.r.old() || strings.HasSuffix(f.file, "/testdata.yaml")
}

// argList is a list of strings; a draft of the version allowed one string of words.
func (f field) argList(to *[]string) {
	if !f.isList() && f.early() {
		if words, ok := f.words(); ok {
			*to = words
		}
		return
	}
	if list, ok := f.strs(); ok {
		*to = list
	}
}

// inputArgs is a list for all input validators, or a map of a list for each.
func (f field) inputArgs(a *caseSettings) {
	if !f.isMap() {
		var list []string
		f.argList(&list)
		a.inputArgs = map[string][]string{"": list}
		return
	}
	a.inputArgs = map[string][]string{}
	for _, v := range f.fields() {
		var list []string
		v.argList(&list)
		a.inputArgs[v.name] = list
	}
}
