package problem

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Polygon's packages. There is no specification of Polygon's own; this follows what its
// packages hold and the description of them by others ("problem.xml specification",
// purplesyringa/problem-xml-specs: judging, grading, valuation).

// polygonTags are what the tags of solutions stand for; nil is nothing.
var polygonTags = map[string][]Verdict{
	"main": {AC}, "accepted": {AC},
	"wrong-answer": {WA}, "presentation-error": {WA},
	"time-limit-exceeded":                          {TLE},
	"time-limit-exceeded-or-accepted":              {AC, TLE},
	"time-limit-exceeded-or-memory-limit-exceeded": {TLE, MLE},
	"memory-limit-exceeded":                        {MLE},
	"runtime-error":                                {RTE},
	"rejected":                                     {WA, TLE, MLE, OLE, RTE, CE, PAC},
	"incorrect":                                    {WA, TLE, MLE, OLE, RTE, CE, PAC},
	"failed":                                       {WA, TLE, MLE, OLE, RTE, CE, PAC},
	"do-not-run":                                   nil,
}

// polygonLanguages are the beginnings of Polygon's names of languages ("cpp.g++17",
// "python.pypy3-64", "java21"), the longer ones first.
var polygonLanguages = []struct{ prefix, code string }{
	{"cpp", "cpp"}, {"csharp", "csharp"}, {"c.", "c"}, {"python.2", "python2"}, {"python.pypy2", "python2"}, {"python", "python3"},
	{"javascript", "javascript"}, {"js", "javascript"}, {"java", "java"}, {"kotlin", "kotlin"}, {"go", "go"}, {"rust", "rust"},
	{"pas", "pascal"}, {"delphi", "pascal"}, {"fpc", "pascal"}, {"haskell", "haskell"}, {"php", "php"}, {"perl", "perl"}, {"ruby", "ruby"},
	{"scala", "scala"}, {"ocaml", "ocaml"}, {"d.", "d"}, {"d", "d"}, {"c", "c"},
}

func polygonLanguage(name string) string {
	for _, l := range polygonLanguages {
		if strings.HasPrefix(name, l.prefix) {
			return l.code
		}
	}
	return ""
}

func (r *reader) polygon() {
	doc := r.xml("problem.xml")
	if doc == nil {
		return
	}
	if doc.name != "problem" {
		r.fail(BadSyntax, doc.at, "should be an element problem, and is %s", doc.name)
		return
	}
	p := r.problem
	p.WriteFiles = true
	if name := doc.attr("short-name"); plainName(name) {
		p.Name = name
	}
	for i, n := range doc.all("names/name") {
		if i == 0 || n.attr("language") == "english" {
			p.Title = n.attr("value")
		}
	}
	judging := doc.first("judging")
	p.InputFile, p.OutputFile = ioFile(judging.attr("input-file"), "stdin"), ioFile(judging.attr("output-file"), "stdout")
	r.checkIO(doc.at)
	r.percent = judging.attr("treat-points-from-checker-as-percent") == "true"
	r.polygonUnsupported(doc, judging)
	checks := r.polygonPrograms(doc)
	tests := r.polygonTestset(judging)
	if tests == nil {
		return
	}
	r.polygonLimits(tests)
	r.polygonTests(tests, checks)
	r.polygonIncludes(doc)
	r.polygonSolutions(doc)
}

// polygonUnsupported says what would come out wrong: problems that run a submission twice,
// on what became of the first run, and programs that make the score of those of the tests.
func (r *reader) polygonUnsupported(doc, judging *element) {
	twice := judging.attr("run-count")
	for _, tag := range doc.all("tags/tag") {
		if tag.attr("value") == "run-twice" && twice == "" {
			twice = "2"
		}
	}
	if !oneOf(twice, "", "1") {
		r.fail(Unsupported, judging.at, "a submission is to be run %s times (run-count), which is not supported", twice)
	}
	if s := doc.first("assets/scorer"); s != nil {
		r.warn(Unsupported, s.at, "a scorer is not run: the score is the sum of the tests' and groups'")
	}
}

// ioFile is the name of a file to read or write; "" and the stream's name are the
// stream.
func ioFile(name, stream string) string {
	if name == stream || name == "standard "+strings.TrimPrefix(stream, "std") {
		return ""
	}
	return name
}

// plainName says that a name is that of a file in a folder, and not a path.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\\") && !strings.ContainsFunc(name, unicode.IsControl)
}

// checkIO refuses files that would not be in the working directory.
func (r *reader) checkIO(at Place) {
	for _, name := range []string{r.problem.InputFile, r.problem.OutputFile} {
		if name != "" && !plainName(name) {
			r.fail(BadValue, at, "the submission's file %q should be a name in its working directory", name)
		}
	}
}

// polygonTestset is the testset to judge by: "tests", or the last one (before it come
// pretests).
func (r *reader) polygonTestset(judging *element) *element {
	sets := judging.all("testset")
	for _, s := range sets {
		if s.attr("name") == "tests" {
			return s
		}
	}
	if len(sets) == 0 {
		r.fail(NoCases, Place{File: "problem.xml"}, "has no testset")
		return nil
	}
	return sets[len(sets)-1]
}

func (r *reader) polygonLimits(tests *element) {
	l := &r.problem.Limits
	*l = kattisDefaults()
	// Polygon knows no limit of output; what a program can write on Codeforces in
	// its time is less than this.
	l.Output, l.Code = 256*mebi, 0
	l.Timing = Timing{Lower: 1, Upper: 1, Resolution: time.Millisecond}
	if ms := tests.number("time-limit", maxSeconds*1000); ms > 0 {
		l.Time, l.TimeFrom = seconds(ms/1000), "problem.xml"
	} else {
		r.fail(BadLimits, tests.at, "the testset has no time-limit")
	}
	if bytes := tests.number("memory-limit", 1<<50); bytes > 0 {
		l.Memory = int64(bytes)
	}
}

// polygonSource is the program at the path of an element's source; nil if the package
// lacks it.
func (r *reader) polygonSource(e *element) *Program {
	src := e.first("source")
	rel := src.attr("path")
	if rel == "" {
		return nil
	}
	p := r.program(packagePath(rel))
	if p == nil {
		return nil
	}
	p.Language = polygonLanguage(src.attr("type"))
	p.Executable = false
	for _, f := range r.list(path.Dir(packagePath(rel))) {
		if !f.dir && oneOf(path.Ext(f.name), ".h", ".hpp", ".hh") {
			p.Extra = append(p.Extra, File{Name: f.name, Path: f.host})
		}
	}
	return p
}

// polygonPrograms reads checker, interactor and validators. checks are those of every test:
// none if the interactor's word is all there is.
func (r *reader) polygonPrograms(doc *element) (checks []Check) {
	p := r.problem
	if in := doc.first("assets/interactor"); in != nil {
		p.Type.Interactive = true
		p.Interactor = &Interactor{Kind: InteractTestlib, Program: r.polygonSource(in), Processes: 1}
		if p.Interactor.Program == nil {
			r.fail(Missing, in.at, "the interactor's source %s is missing", in.first("source").attr("path"))
		}
	}
	for _, v := range doc.all("assets/validators/validator") {
		if prog := r.polygonSource(v); prog != nil {
			p.InputValidators = append(p.InputValidators, prog)
		}
	}
	check := doc.first("assets/checker")
	if prog := r.polygonSource(check); prog != nil {
		p.Checkers = []*Checker{{Kind: CheckTestlib, Program: prog}}
		return []Check{{Checker: p.Checkers[0]}}
	}
	p.Checkers = []*Checker{{Kind: CheckDefault}}
	if check == nil {
		if p.Interactor == nil {
			r.fail(Missing, Place{File: "problem.xml"}, "names no checker")
		}
		return nil
	}
	flags, known := polygonStandard[check.attr("name")]
	if !known {
		r.fail(Missing, check.at, "the source of the checker %s is missing", check.attr("name"))
	}
	return []Check{{Checker: p.Checkers[0], Args: flags}}
}

// polygonStandard are the flags of the default validator that do what a standard checker
// does, for packages without its source. Those that look at lines are not among them.
var polygonStandard = map[string][]string{
	"std::wcmp.cpp": {"case_sensitive"}, "std::ncmp.cpp": {"case_sensitive"}, "std::hcmp.cpp": {"case_sensitive"}, "std::icmp.cpp": {"case_sensitive"},
	"std::yesno.cpp": nil, "std::nyesno.cpp": nil,
	"std::rcmp.cpp": {"float_tolerance", "1.5e-6"}, "std::rcmp4.cpp": {"float_tolerance", "1e-4"},
	"std::rcmp6.cpp": {"float_tolerance", "1e-6"}, "std::rcmp9.cpp": {"float_tolerance", "1e-9"},
}

// polygonIncludes reads resources that are compiled with a solution.
func (r *reader) polygonIncludes(doc *element) {
	for _, f := range doc.all("files/resources/file") {
		solution := false
		for _, a := range f.all("assets/asset") {
			solution = solution || a.attr("name") == "SOLUTION"
		}
		types := f.attr("for-types")
		if !solution || types == "" {
			continue
		}
		rel := packagePath(f.attr("path"))
		host := r.file(rel)
		if host == "" {
			r.fail(Missing, f.at, "the resource %s is missing", f.attr("path"))
			continue
		}
		if r.problem.Includes == nil {
			r.problem.Includes = map[string][]File{}
		}
		for _, t := range strings.Split(types, ";") {
			lang := polygonLanguage(t)
			if strings.HasPrefix(t, "*") || lang == "" {
				lang = "default"
			}
			r.problem.Includes[lang] = append(r.problem.Includes[lang], File{Name: path.Base(rel), Path: host})
		}
	}
}

func (r *reader) polygonSolutions(doc *element) {
	for _, sol := range doc.all("assets/solutions/solution") {
		src := sol.first("source")
		rel := packagePath(src.attr("path"))
		host := r.file(rel)
		if host == "" {
			r.warn(Missing, sol.at, "the solution %s is missing", src.attr("path"))
			continue
		}
		tag := sol.attr("tag")
		s := &Submission{Name: rel, Path: host, Files: []File{{Name: path.Base(rel), Path: host}},
			Language: polygonLanguage(src.attr("type")), Model: tag == "main"}
		final, known := polygonTags[tag]
		if !known {
			r.warn(BadExpected, sol.at, "%q is no known tag: nothing is expected of %s", tag, rel)
		}
		if final != nil {
			s.Expect = &Expectation{From: "tag " + tag, Final: final, Exact: true}
			// In a problem with points the verdict in all may be PAC; a test shows the tag's.
			if final[0] != AC && len(final) == 1 {
				s.Expect.Require = []Requirement{{From: s.Expect.From, Required: final}}
			}
		}
		r.problem.Submissions = append(r.problem.Submissions, s)
	}
}

var pathPattern = regexp.MustCompile(`%(0?)(\d*)d`)

// patternPath fills a number into a path pattern, "tests/%02d".
func patternPath(pattern string, n int) string {
	return pathPattern.ReplaceAllStringFunc(pattern, func(m string) string {
		parts := pathPattern.FindStringSubmatch(m)
		s := strconv.Itoa(n)
		fill := " "
		if parts[1] == "0" {
			fill = "0"
		}
		width, _ := strconv.Atoi(parts[2])
		if short := min(width, 64) - len(s); short > 0 {
			s = strings.Repeat(fill, short) + s
		}
		return s
	})
}
