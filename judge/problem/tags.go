package problem

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strings"
)

// DOMjudge lets a source say what it is for (its manual, "Judging": "Testing jury
// solutions"), and so do tools for scoring problems: a tag anywhere in the source.
var (
	tagResults = regexp.MustCompile(`(?i)@EXPECTED_RESULTS?@(:?)[ \t]*([^\r\n]*)`)
	tagScore   = regexp.MustCompile(`(?i)@EXPECTED_SCORE@(:?)[ \t]*([^\r\n]*)`)
	tagGrades  = regexp.MustCompile(`(?i)@EXPECTED_GRADES@(:?)[ \t]*([^\r\n]*)`)
)

// tagNames are the names in @EXPECTED_RESULTS@, hyphens for underscores. "" is a name
// that says nothing of a verdict.
var tagNames = map[string]Verdict{
	"CORRECT": AC, "ACCEPTED": AC, "AC": AC,
	"WRONG-ANSWER": WA, "WRONG": WA, "WA": WA, "NO-OUTPUT": WA, "PRESENTATION-ERROR": WA,
	"TIMELIMIT": TLE, "TIME-LIMIT": TLE, "TIME-LIMIT-EXCEEDED": TLE, "TIMELIMIT-EXCEEDED": TLE, "TLE": TLE,
	"RUN-ERROR": RTE, "RUNTIME-ERROR": RTE, "RUN-TIME-ERROR": RTE, "RTE": RTE,
	"MEMORY-LIMIT": MLE, "MEMORYLIMIT": MLE, "MEMORY-LIMIT-EXCEEDED": MLE, "MLE": MLE,
	"OUTPUT-LIMIT": OLE, "OUTPUTLIMIT": OLE, "OUTPUT-LIMIT-EXCEEDED": OLE, "OLE": OLE,
	"COMPILER-ERROR": CE, "COMPILE-ERROR": CE, "CE": CE,
	"CHECK-MANUALLY": "",
}

// A tag is what one tag says, and where.
type tag struct {
	text  string
	colon bool
	at    Place
}

// tags reads the tags of a submission's files into its expectation.
func (r *reader) tags(s *Submission, folder string) {
	var results, scores, grades []tag
	for _, f := range s.Files {
		data, err := readLimited(f.Path, maxSource)
		if err != nil {
			r.failErr(Unreadable, Place{File: s.fileNamed(f)}, err, "read")
			continue
		}
		if !bytes.Contains(bytes.ToUpper(data), []byte("@EXPECTED_")) {
			continue
		}
		results = append(results, findTags(tagResults, s.fileNamed(f), data)...)
		scores = append(scores, findTags(tagScore, s.fileNamed(f), data)...)
		grades = append(grades, findTags(tagGrades, s.fileNamed(f), data)...)
	}
	// DOMjudge takes the second name for the first (its PROBLEM_RESULT_MATCHSTRING).
	if i := slices.IndexFunc(scores, func(t tag) bool { return saysResults(t.text) }); i >= 0 {
		results, scores = append(results, scores[i]), slices.Delete(scores, i, i+1)
	}
	if t, ok := r.oneTag("@EXPECTED_RESULTS@", results, saysResults); ok {
		r.expectResults(s, folder, t)
	}
	if t, ok := r.oneTag("@EXPECTED_SCORE@", scores, saysScore); ok {
		r.expectScore(s, t)
	}
	if t, ok := r.oneTag("@EXPECTED_GRADES@", grades, saysGrades); ok {
		r.expectGrades(s, t)
	}
}

func findTags(re *regexp.Regexp, file string, data []byte) []tag {
	var all []tag
	at, done := Place{file, 1, 1}, 0 // counted on from the tag before
	for _, m := range re.FindAllSubmatchIndex(data, -1) {
		line, column := position(data[done:], m[0]-done)
		if line == 1 {
			column += at.Column - 1
		}
		at.Line, at.Column, done = at.Line+line-1, column, m[0]
		all = append(all, tag{closeComment(string(data[m[4]:m[5]])), m[2] < m[3], at})
	}
	return all
}

// closeComment takes what ends a comment off the end of a line.
func closeComment(s string) string {
	for _, end := range []string{"*/", "-->", "*)", "#}", `"""`, "-}", "|#"} {
		s, _, _ = strings.Cut(s, end)
	}
	return strings.TrimSpace(s)
}

// oneTag gives the one tag of a name. Comments speak of tags too: what says nothing is
// left out if it has no colon, or if another one says something.
func (r *reader) oneTag(name string, all []tag, says func(string) bool) (tag, bool) {
	var said, prose []tag
	for _, t := range all {
		switch {
		case says(t.text):
			said = append(said, t)
		case t.colon:
			prose = append(prose, t)
		}
	}
	if len(said) == 0 {
		said, prose = prose, nil
	}
	for _, t := range prose {
		r.warn(BadExpected, t.at, "%s: %q is ignored: it says nothing, unlike that at %s", name, t.text, said[0].at)
	}
	if len(said) > 1 {
		r.fail(BadExpected, said[1].at, "%s stands here and at %s; a submission has one", name, said[0].at)
	}
	if len(said) == 0 {
		return tag{}, false
	}
	return said[0], true
}

// saysResults says that every word of a list is the name of a result.
func saysResults(text string) bool {
	for _, word := range strings.Split(text, ",") {
		if _, known := result(word); !known {
			return false
		}
	}
	return true
}

func saysScore(text string) bool {
	_, ok := parseFloat(text)
	return ok
}

// saysGrades says that the first word is a verdict; a remark may follow the last.
func saysGrades(text string) bool { return len(gradeWords(text)) > 0 }

// result is the verdict that a name in @EXPECTED_RESULTS@ stands for.
func result(word string) (v Verdict, known bool) {
	v, known = tagNames[strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(word)), "_", "-")]
	return v, known
}

// expectResults narrows the folder's expectation: to the folder's own verdict if the
// list holds it, to the list otherwise.
func (r *reader) expectResults(s *Submission, folder string, t tag) {
	var list []Verdict
	for _, word := range strings.Split(t.text, ",") {
		v, known := result(word)
		switch {
		case !known:
			r.fail(BadExpected, t.at, "%q is no result", strings.TrimSpace(word))
			return
		case v == "": // a person decides
			return
		case !slices.Contains(list, v):
			list = append(list, v)
		}
	}
	e := &Expectation{From: "@EXPECTED_RESULTS@ at " + t.at.String(), Final: list,
		Exact: slices.Contains(list, MLE) || slices.Contains(list, OLE)}
	if s.Expect != nil {
		if own := s.Expect.verdict(); own != "" && slices.Contains(list, own) {
			return
		}
		r.warn(BadExpected, t.at, "the folder %s expects something else than %s, which the source says and which counts", folder, t.text)
	}
	s.Expect = e
}

// verdict is the one that a folder stands for; "" if there is no such.
func (e *Expectation) verdict() Verdict {
	if len(e.Final) > 0 {
		return e.Final[0]
	}
	var own Verdict
	for _, q := range e.Require {
		switch {
		case q.Scope != "":
		case len(q.Required) == 1:
			own = q.Required[0]
		case len(q.Permitted) == 1:
			own = q.Permitted[0]
		}
	}
	return own
}

// scoreDigits is half a unit in the ninth decimal, to which scores are compared.
const scoreDigits = 0.5e-9

func (r *reader) expectScore(s *Submission, t tag) {
	x, ok := parseFloat(t.text)
	if !ok || math.IsInf(x, 0) {
		r.fail(BadExpected, t.at, "@EXPECTED_SCORE@ should be a number, and is %q", t.text)
		return
	}
	if !r.problem.Type.Scoring {
		r.warn(BadExpected, t.at, "@EXPECTED_SCORE@ is ignored: the problem is pass-fail")
		return
	}
	if s.Expect == nil {
		s.Expect = &Expectation{From: "@EXPECTED_SCORE@ at " + t.at.String()}
	}
	s.Expect.Score = &Range{x - scoreDigits, x + scoreDigits}
}

func (r *reader) expectGrades(s *Submission, t tag) {
	list := gradeWords(t.text)
	if len(list) == 0 {
		r.fail(BadExpected, t.at, "@EXPECTED_GRADES@ should be verdicts, one a group, and is %q", t.text)
		return
	}
	var names []string
	for _, g := range r.problem.SecretGroups() {
		names = append(names, g.Name)
	}
	if len(names) != len(list) {
		r.warn(BadExpected, t.at, "@EXPECTED_GRADES@ names %d verdicts, but there are %d secret groups", len(list), len(names))
	}
	if s.Expect == nil {
		s.Expect = &Expectation{From: "@EXPECTED_GRADES@ at " + t.at.String()}
	}
	s.Expect.Grades, s.Expect.Graded = list, names
}

// gradeWords are the verdicts at the beginning of @EXPECTED_GRADES@.
func gradeWords(text string) []Verdict {
	var list []Verdict
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' }) {
		v, known := tagNames[strings.ToUpper(word)]
		if !known || v == "" {
			break // a remark may follow
		}
		list = append(list, v)
	}
	return list
}
