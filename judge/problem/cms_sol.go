package problem

import (
	"bytes"
	"path"
	"strings"
)

// What a CMS task has in sol/: its own submissions, and what is compiled with them.

// cmsFiles says where input and output are if task.yaml does not. Loaders before CMS 1.5
// took input.txt and output.txt for it, later ones the standard streams: it is
// what the solutions and graders of the package name.
func (r *reader) cmsFiles() {
	files := false
	for _, e := range r.list("sol") {
		if e.dir || !sourceFile(e.name) {
			continue
		}
		data, err := readLimited(e.host, maxSource)
		if err == nil && bytes.Contains(data, []byte("input.txt")) && !commented(data, "input.txt") {
			files = true
		}
	}
	if files {
		r.problem.InputFile, r.problem.OutputFile = "input.txt", "output.txt"
	}
	r.warn(Missing, Place{File: "task.yaml"}, "has no infile and outfile; the sources in sol/ use %s", map[bool]string{true: "input.txt", false: "standard input"}[files])
}

// commented says that every line that holds a word is a comment of one line.
func commented(data []byte, word string) bool {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if bytes.Contains(line, []byte(word)) && !bytes.HasPrefix(line, []byte("//")) && !bytes.HasPrefix(line, []byte("#")) {
			return false
		}
	}
	return true
}

// cmsExtensions are the languages by extension, as CMS's source_extensions has them.
var cmsExtensions = map[string]string{".c": "c", ".cpp": "cpp", ".cc": "cpp", ".cxx": "cpp", ".c++": "cpp", ".C": "cpp", ".java": "java", ".pas": "pascal", ".py": "python3",
	".php": "php", ".hs": "haskell", ".rs": "rust", ".cs": "csharp", ".go": "go", ".kt": "kotlin", ".js": "javascript"}

// cmsIncludes reads sol/BASE.LANG with the headers beside it, which are compiled with a
// submission in that language.
func (r *reader) cmsIncludes(base string) (found bool) {
	var headers []File
	includes := map[string][]File{}
	for _, e := range r.list("sol") {
		switch ext := path.Ext(e.name); {
		case e.dir:
		case ext == ".h" || ext == ".hpp" || strings.HasSuffix(e.name, "lib.pas"):
			headers = append(headers, File{Name: e.name, Path: e.host})
		case baseName(e.name) == base && cmsExtensions[ext] != "":
			lang := cmsExtensions[ext]
			includes[lang] = append(includes[lang], File{Name: e.name, Path: e.host})
		}
	}
	if len(includes) == 0 {
		return false
	}
	for lang := range includes {
		includes[lang] = append(includes[lang], headers...)
	}
	r.problem.Includes, r.problem.Driver = includes, base
	return true
}

// cmsSolutions reads sol/: the solution is that of the manual; of others nothing is
// expected but what they say themselves.
func (r *reader) cmsSolutions() {
	p := r.problem
	for _, e := range r.list("sol") {
		base := baseName(e.name)
		if !e.dir && (!sourceFile(e.name) || oneOf(base, "grader", "stub", "manager") || strings.HasSuffix(e.name, "lib.pas")) {
			continue
		}
		s := r.submission(e)
		if s == nil {
			continue
		}
		if oneOf(base, "solution", "soluzione", "sol", p.Name) {
			s.Model = true
			s.Expect = &Expectation{From: "name " + e.name, Final: []Verdict{AC}}
		}
		r.tags(s, "sol")
		p.Submissions = append(p.Submissions, s)
	}
}
