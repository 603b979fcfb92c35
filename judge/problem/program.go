package problem

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// program reads a program that is one file or one folder; nil if there is none.
func (r *reader) program(rel string) *Program {
	e := r.stat(rel)
	if e == nil {
		return nil
	}
	p := &Program{Name: path.Base(rel), Path: e.host}
	if !e.dir {
		p.Files = []File{{Name: e.name, Path: e.host}}
		p.Executable = executable(*e)
		return p
	}
	p.Files = r.files(rel)
	if len(p.Files) == 0 {
		r.fail(EmptyProgram, Place{File: rel}, "holds no file, where a program should be")
		return nil
	}
	for _, f := range p.Files {
		p.Build = p.Build || f.Name == "build"
		p.Run = p.Run || f.Name == "run"
	}
	// 2025-09, "Other programs": after build, run exists.
	p.Run = p.Run || p.Build
	return p
}

// executable says that a file is a program as it is: an ELF binary, or a script with an
// interpreter line and a name from which no language would follow.
func executable(e entry) bool {
	head, err := readLimited(e.host, 4)
	return err == nil && (bytes.HasPrefix(head, []byte("\x7fELF")) ||
		bytes.HasPrefix(head, []byte("#!")) && path.Ext(e.name) == "")
}

// programs reads a folder that holds programs, each a file or a folder. Headers and
// notes that lie among them are none; headers are put beside each of the others.
func (r *reader) programs(dir string) []*Program {
	var all []*Program
	var headers []File
	for _, e := range r.list(dir) {
		switch {
		case !e.dir && oneOf(path.Ext(e.name), ".h", ".hpp", ".hh"):
			headers = append(headers, File{Name: e.name, Path: e.host})
		case !e.dir && notes(e.name):
		default:
			if p := r.program(e.rel); p != nil {
				all = append(all, p)
			}
		}
	}
	for _, p := range all {
		p.Extra = headers
	}
	return all
}

// notes says that a file is for people or tools, whatever folder it lies in.
func notes(name string) bool {
	return strings.HasPrefix(strings.ToUpper(name), "README") || oneOf(path.Ext(name), ".md", ".txt", ".yaml", ".yml", ".ctd", ".viva") ||
		oneOf(name, "Makefile", "CMakeLists.txt")
}

// oneProgram reads a folder that holds one program: as its only file or folder, or
// as its own files together (2025-09: output_validator/).
func (r *reader) oneProgram(dir string) *Program {
	entries := r.list(dir)
	entries = slices.DeleteFunc(entries, func(e entry) bool { return !e.dir && notes(e.name) })
	switch {
	case len(entries) == 0:
		if r.folder(dir) {
			r.fail(EmptyProgram, Place{File: dir}, "holds no file, where a program should be")
		}
		return nil
	case len(entries) == 1:
		return r.program(entries[0].rel)
	}
	return r.program(dir)
}

// includes reads include/LANGUAGE/, files for every submission in that language.
func (r *reader) includes() {
	for _, e := range r.list("include") {
		if !e.dir {
			r.warn(BadName, Place{File: e.rel}, "is ignored: files to include are in a folder named by a language")
			continue
		}
		files := r.files(e.rel)
		if len(files) == 0 {
			r.warn(EmptyProgram, Place{File: e.rel}, "holds no file to include")
			continue
		}
		if r.problem.Includes == nil {
			r.problem.Includes = map[string][]File{}
		}
		r.problem.Includes[e.name] = files
	}
}

// inputValidators reads the programs that check inputs.
func (r *reader) inputValidators(dirs ...string) {
	for _, dir := range dirs {
		r.problem.InputValidators = append(r.problem.InputValidators, r.programs(dir)...)
	}
}
