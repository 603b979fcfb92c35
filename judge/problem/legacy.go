package problem

import (
	"math"
	"strings"
	"time"
)

// The version before the Kattis format had versions: spec/legacy of the problem
// package format. legacy-icpc is a subset of it.

var legacyKeys = []string{"problem_format_version", "type", "name", "uuid", "author", "source", "source_url", "license",
	"rights_owner", "limits", "validation", "validator_flags", "grading", "keywords"}

// legacySettings is what problem.yaml says to the rest of the package.
type legacySettings struct {
	custom         bool // validation: custom
	score          bool // validation: custom score
	validatorFlags []string
	grading        legacyOverride
}

// legacyOverride are keys of grading that were there before testdata.yaml was, and
// that the tools still let go before it.
type legacyOverride struct {
	onReject       string
	accept, reject *float64
	bounds         *Range
}

func (r *reader) legacy(doc value) {
	p := r.problem
	p.WriteFiles = true
	p.Limits.Timing = Timing{Lower: 5, Upper: 2, Resolution: time.Second}
	var s legacySettings
	for _, f := range doc.fields() {
		switch f.name {
		case "type":
			r.legacyType(f, &s)
		case "name":
			p.Title = f.title()
		case "limits":
			r.legacyLimits(f)
		case "validation":
			r.legacyValidation(f, &s)
		case "validator_flags":
			s.validatorFlags, _ = f.words()
			r.flags = append(r.flags, flagsAt{s.validatorFlags, f.value})
		case "grading":
			r.legacyGrading(f, &s.grading)
		default:
			if !oneOf(f.name, legacyKeys...) {
				f.unknown(legacyKeys)
			}
		}
	}
	if s.score && !p.Type.Scoring {
		r.warn(UnusedSetting, Place{File: "problem.yaml"}, "the validator scores, but type is not scoring: its scores are ignored")
	}
	if p.Type.MultiPass {
		p.Limits.ValidationPasses = max(2, p.Limits.ValidationPasses)
	} else {
		p.Limits.ValidationPasses = 1
	}
	r.legacyCheckers(s)
	r.includes()
	r.legacyGrader()
	r.inputValidators("input_validators", "input_format_validators")
	r.legacyData(s)
	r.domjudge()
	r.legacySubmissions()
}

// legacyType is pass-fail or scoring. DOMjudge takes several words, those of 2025-09, and
// then there is a validator of the package's own.
func (r *reader) legacyType(f field, s *legacySettings) {
	text, _ := f.str()
	t := &r.problem.Type
	for _, word := range strings.Fields(text) {
		switch word {
		case "pass-fail":
		case "scoring":
			t.Scoring = true
		case "interactive", "multi-pass":
			t.Interactive, t.MultiPass = t.Interactive || word == "interactive", t.MultiPass || word == "multi-pass"
			s.custom = true
			f.warn(StaleSetting, "%s is no type of legacy; it is used all the same", word)
		default:
			f.fail(BadValue, "should be pass-fail or scoring, and is %q", text)
			return
		}
	}
}

func (r *reader) legacyLimits(f field) {
	timing := &r.problem.Limits.Timing
	keys := append([]string{"time_multiplier", "time_safety_margin", "time_limit", "validation_passes"}, sharedLimits...)
	for _, l := range f.fields() {
		switch l.name {
		case "time_multiplier":
			if m, ok := l.positive(1000); ok {
				timing.Lower = m
			}
		case "time_safety_margin":
			if m, ok := l.positive(1000); ok {
				timing.Upper = m
			}
		case "time_limit": // of a later version, but DOMjudge and BAPCtools read it here too
			l.warn(StaleSetting, "is no key of legacy; it is used all the same")
			if s, ok := l.positive(maxSeconds); ok {
				r.problem.Limits.Time, r.problem.Limits.TimeFrom = seconds(s), "problem.yaml"
			}
		case "validation_passes": // DOMjudge, for validation: custom multi-pass
			if n, ok := l.count(2, 1<<20); ok {
				r.problem.Limits.ValidationPasses = int(n)
			}
		default:
			if !r.sharedLimit(l) {
				l.unknown(keys)
			}
		}
	}
}

// legacyValidation reads "default", or "custom" and what the validator does.
func (r *reader) legacyValidation(f field, s *legacySettings) {
	text, _ := f.str()
	words := strings.Fields(text)
	if len(words) == 0 {
		return
	}
	custom := words[0] == "custom"
	if !custom && words[0] != "default" {
		f.fail(BadValue, "should begin with default or custom, and is %q", text)
		return
	}
	s.custom = s.custom || custom
	for _, w := range words[1:] {
		switch {
		case !custom:
			f.fail(BadValue, "%q says something of a custom validator, but begins with default", text)
			return
		case w == "interactive":
			r.problem.Type.Interactive = true
		case w == "score":
			s.score = true
		case w == "multi-pass": // DOMjudge
			r.problem.Type.MultiPass = true
			f.warn(StaleSetting, "multi-pass is no word of legacy; it is used all the same")
		default:
			f.fail(BadValue, "%q is neither score nor interactive", w)
		}
	}
}

func (r *reader) legacyGrading(f field, o *legacyOverride) {
	keys := []string{"objective", "show_test_data_groups", "on_reject", "accept_score", "reject_score", "range"}
	for _, g := range f.fields() {
		switch g.name {
		case "objective":
			s, ok := g.choice("max", "min")
			r.problem.Minimize = ok && s == "min"
		case "show_test_data_groups":
			g.boolean()
			continue
		case "on_reject":
			s, _ := g.choice("first_error", "worst_error", "grade")
			o.onReject = map[string]string{"first_error": "break", "grade": "continue"}[s]
		case "accept_score":
			o.accept = g.score()
		case "reject_score":
			o.reject = g.score()
		case "range":
			o.bounds = g.bounds()
		default:
			g.unknown(keys)
			continue
		}
		if g.name != "objective" {
			g.warn(StaleSetting, "belongs into testdata.yaml; it goes before what is said there")
		}
	}
}

// score is a finite number.
func (v value) score() *float64 {
	f, ok := v.float()
	if ok && math.IsInf(f, 0) {
		v.fail(BadValue, "should be finite")
		ok = false
	}
	if !ok {
		return nil
	}
	return &f
}

// bounds are two numbers in one string, or in a list.
func (v value) bounds() *Range {
	var words []string
	if v.isList() {
		words, _ = v.strs()
	} else {
		s, _ := v.str()
		words = strings.Fields(s)
	}
	if len(words) == 2 {
		low, ok1 := parseBound(words[0])
		high, ok2 := parseBound(words[1])
		if ok1 && ok2 && low <= high {
			return &Range{low, high}
		}
	}
	v.fail(BadValue, "should be two numbers, the lower one first, and is %s", v.kind())
	return nil
}

func parseBound(s string) (float64, bool) {
	switch strings.ToLower(s) {
	case "inf", "+inf", "infinity", "+infinity", ".inf", "+.inf":
		return math.Inf(1), true
	case "-inf", "-infinity", "-.inf":
		return math.Inf(-1), true
	}
	return parseFloat(s)
}

// legacyCheckers reads output_validators/, all of which must accept.
func (r *reader) legacyCheckers(s legacySettings) {
	p := r.problem
	dir := "output_validators"
	programs := r.programs(dir)
	if later := "output_validator"; s.custom && len(programs) == 0 {
		if one := r.oneProgram(later); one != nil { // DOMjudge's examples have it
			r.warn(StaleSetting, Place{File: later}, "is the folder of a later version; this one has %s", dir)
			programs = []*Program{one}
		}
	}
	if !s.custom {
		if len(programs) > 0 {
			r.warn(UnusedSetting, Place{File: dir}, "is ignored, since problem.yaml does not say validation: custom")
		}
		p.Checkers = []*Checker{{Kind: CheckDefault}}
		return
	}
	if len(programs) == 0 {
		r.fail(Missing, Place{File: dir}, "should hold a program: problem.yaml says validation: custom")
		p.Checkers = []*Checker{{Kind: CheckDefault}}
		return
	}
	for _, prog := range programs {
		p.Checkers = append(p.Checkers, &Checker{Kind: CheckKattis, Program: prog})
	}
	if p.Type.Interactive {
		if len(programs) > 1 {
			r.fail(BadValue, Place{File: dir}, "holds %d programs; an interactive problem has one", len(programs))
		}
		p.Interactor = &Interactor{Kind: InteractKattis, Program: programs[0], Processes: 1}
	}
}

// legacyGrader reads graders/, which holds one program at most.
func (r *reader) legacyGrader() {
	programs := r.programs("graders")
	if len(programs) > 1 {
		r.fail(BadGroups, Place{File: "graders"}, "holds %d programs; there is one grader at most", len(programs))
	}
	if len(programs) > 0 {
		r.problem.Grader = programs[0]
	}
}
