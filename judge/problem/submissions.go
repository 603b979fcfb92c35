package problem

import (
	"math"
	"path"
	"strings"
)

// A folder's expectation, the same for every submission in it.
type folderRule struct {
	final   []Verdict
	require []Requirement
	strict  bool
	exact   bool
	partial bool
	silent  bool // the folder is known, but says nothing of a verdict
}

// legacyFolders are the folders of legacy ("Example Submissions") and, below, those
// that other tools know.
var legacyFolders = map[string]folderRule{
	"accepted": {final: []Verdict{AC, PAC}, strict: true,
		require: []Requirement{{Permitted: []Verdict{AC}, Lower: true}}},
	"partially_accepted": {final: []Verdict{AC, PAC}, partial: true},
	"wrong_answer": {final: []Verdict{WA},
		require: []Requirement{{Permitted: []Verdict{AC, WA}, Required: []Verdict{WA}}}},
	"time_limit_exceeded": {final: []Verdict{TLE},
		require: []Requirement{{Permitted: []Verdict{AC, WA, TLE}, Required: []Verdict{TLE}, Upper: true}}},
	"run_time_error": {final: []Verdict{RTE}, require: []Requirement{{Required: []Verdict{RTE}}}},

	// slow_accepted: right, but perhaps too slow for the margin; no bound on the limit.
	"slow_accepted":         {final: []Verdict{AC, PAC, TLE}, require: []Requirement{{Permitted: []Verdict{AC, TLE}}}},
	"rejected":              {final: []Verdict{WA, TLE, RTE, MLE, OLE}},
	"memory_limit_exceeded": {final: []Verdict{MLE}, exact: true},
	"output_limit":          {final: []Verdict{OLE}, exact: true},
	"output_limit_exceeded": {final: []Verdict{OLE}, exact: true},
	"no_output":             {final: []Verdict{WA}},
	"compiler_error":        {final: []Verdict{CE}},
	"compile_error":         {final: []Verdict{CE}},
	"mixed_verdicts":        {silent: true},
	"mixed-verdicts":        {silent: true},
	"mixed":                 {silent: true},
	"multiple":              {silent: true},
	"different":             {silent: true},
	byHand:                  {silent: true},
}

// byHand is DOMjudge's folder of submissions that a person looks at: those whose tags
// cannot be read are there too.
const byHand = "check_manually"

func (r *reader) legacySubmissions() {
	for _, s := range r.submissions() {
		folder := path.Base(path.Dir(s.Name))
		if _, known := legacyFolders[folder]; !known {
			r.warn(BadExpected, Place{File: path.Dir(s.Name)}, "is no known folder of submissions: nothing is expected of %s, unless it says so itself", path.Base(s.Name))
		}
		if folder == byHand {
			continue
		}
		r.legacyFolder(s, folder)
		r.tags(s, folder)
	}
}

// legacyFolder expects what a folder of this name stands for.
func (r *reader) legacyFolder(s *Submission, folder string) {
	if rule, ok := legacyFolders[folder]; ok && !rule.silent {
		s.Expect = r.legacyExpectation(folder, rule)
	}
}

func (r *reader) legacyExpectation(folder string, rule folderRule) *Expectation {
	e := &Expectation{From: "folder " + folder, Final: rule.final, Strict: rule.strict, Exact: rule.exact, Partial: rule.partial}
	for _, q := range rule.require {
		q.From = e.From
		e.Require = append(e.Require, q)
	}
	root := r.problem.Root
	if root == nil {
		return e
	}
	e.Best = r.problem.BestScore()
	if rule.partial && !r.problem.Type.Scoring {
		r.warn(BadExpected, Place{File: "submissions/" + folder}, "is for scoring problems only")
		e.Partial = false
	}
	if e.Partial && math.IsInf(e.Best, 0) {
		r.warn(BadExpected, Place{File: "submissions/" + folder}, "cannot be checked in full: the range of scores has no bound")
	}
	// Where a group accepts in spite of a case, an accepted submission may fail it.
	if lenient(root) {
		e.Strict = false
	}
	return e
}

// lenient says that some group's verdict may be AC though a case in it is not.
func lenient(g *Group) bool {
	r := g.Rule
	if r.Custom || r.AcceptIfAny || r.IgnoreSample || r.Verdict == AlwaysAccept {
		return true
	}
	for _, item := range g.Items {
		if item.Group != nil && lenient(item.Group) {
			return true
		}
	}
	return false
}

// submissions reads submissions/FOLDER/, in which every file and every folder is one.
func (r *reader) submissions() []*Submission {
	for _, folder := range r.list("submissions") {
		if !folder.dir {
			if folder.name != "submissions.yaml" && !notes(folder.name) {
				r.warn(BadName, Place{File: folder.rel}, "is ignored: submissions are in folders of submissions/")
			}
			continue
		}
		for _, e := range r.list(folder.rel) {
			if s := r.submission(e); s != nil {
				r.problem.Submissions = append(r.problem.Submissions, s)
			}
		}
	}
	return r.problem.Submissions
}

// submission reads one; nil if it is none.
func (r *reader) submission(e entry) *Submission {
	s := &Submission{Name: e.rel, Path: e.host, Dir: e.dir}
	if !e.dir {
		if notes(e.name) && !r.problem.Type.SubmitAnswer {
			return nil
		}
		s.Files = []File{{Name: e.name, Path: e.host}}
		return s
	}
	if s.Files = r.files(e.rel); len(s.Files) == 0 {
		r.warn(EmptyProgram, Place{File: e.rel}, "is ignored: it holds no file")
		return nil
	}
	return s
}

// fileNamed gives a file of the submission as messages name it.
func (s *Submission) fileNamed(f File) string {
	if s.Dir {
		return s.Name + "/" + f.Name
	}
	return s.Name
}

// upTo is the part of a path below submissions/.
func upTo(name string) string { return strings.TrimPrefix(name, "submissions/") }
