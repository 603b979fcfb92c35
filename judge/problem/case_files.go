package problem

import (
	"cmp"
	"slices"
	"strings"
)

// caseFiles is a folder of cases: what is there, and in which order it is judged.
type caseFiles struct {
	byName map[string]entry
	order  []caseName
}

// A caseName is a case, or a folder that is none of a case's files.
type caseName struct {
	name string
	dir  bool
}

// caseFiles lists cases and folders in the lexicographical order of their base
// names, as both versions say ("Test data").
func (r *reader) caseFiles(rel string) caseFiles {
	files := caseFiles{byName: map[string]entry{}}
	list := r.list(rel)
	for _, e := range list {
		files.byName[e.name] = e
	}
	for _, e := range list {
		base, isCase := strings.CutSuffix(e.name, ".in")
		switch {
		case isCase && !e.dir:
			files.order = append(files.order, caseName{base, false})
		case e.dir && !strings.HasSuffix(e.name, ".files"):
			files.order = append(files.order, caseName{e.name, true})
		case e.dir:
			if _, ok := files.byName[strings.TrimSuffix(e.name, ".files")+".in"]; !ok {
				files.order = append(files.order, caseName{e.name, true})
			}
		case strings.HasSuffix(e.name, ".ans"):
			base := strings.TrimSuffix(e.name, ".ans")
			if _, ok := files.byName[base+".in"]; !ok {
				r.warn(NoInput, Place{File: e.rel}, "is ignored: there is no %s.in", base)
			}
		}
	}
	slices.SortFunc(files.order, func(a, b caseName) int { return cmp.Compare(a.name, b.name) })
	for i := 1; i < len(files.order); i++ {
		if a, b := files.order[i-1], files.order[i]; a.name == b.name {
			r.fail(Duplicate, Place{File: rel + "/" + a.name}, "is the name of a case and of a folder")
		}
	}
	return files
}

// readCase reads the files of one case in a folder; group is the folder's name below
// data.
func (r *reader) readCase(files caseFiles, rel, group, base string) *Case {
	c := &Case{Name: group + "/" + base, Sample: group == "sample" || strings.HasPrefix(group, "sample/")}
	c.Feedback = c.Sample
	c.Input = files.byName[base+".in"].host
	if ans, ok := files.byName[base+".ans"]; ok && !ans.dir {
		c.Answer = ans.host
	} else {
		r.fail(NoAnswer, Place{File: rel + "/" + base + ".in"}, "has no answer file %s.ans", base)
	}
	if _, ok := files.byName[base+".files"]; ok {
		c.Files = r.files(rel + "/" + base + ".files")
	}
	if _, ok := files.byName[base+".args"]; ok {
		c.Args = r.argsFile(rel + "/" + base + ".args")
	}
	c.Hint = r.note(files, base+".hint")
	c.Description = r.note(files, base+".desc")
	if r.problem.Type.SubmitAnswer {
		c.OutputNames = []string{base + ".out", base + ".ans", c.Name + ".out", c.Name + ".ans", strings.ReplaceAll(c.Name, "/", "_") + ".out"}
	}
	return c
}

// note reads a text for people; one that is no text is left out, not an error.
func (r *reader) note(files caseFiles, name string) string {
	e, ok := files.byName[name]
	if !ok || e.dir {
		return ""
	}
	data, err := readLimited(e.host, maxNote)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(data), "\uFFFD"))
}

// maxNote bounds a hint or a description.
const maxNote = 64 * kibi

// argsFile reads a case's arguments from a file (an early draft of 2023-07, and
// DOMjudge), where they stand as in a shell.
func (r *reader) argsFile(rel string) []string {
	data, ok := r.text(rel)
	if !ok {
		return nil
	}
	words, err := splitWords(string(data))
	if err != nil {
		r.fail(BadSyntax, Place{File: rel}, "%v", err)
	}
	return words
}
