package problem

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Load reads the package in folder dir, in whichever format it is. A package that
// cannot be graded gives [Errors], with all faults that were found.
func Load(dir string) (*Problem, error) {
	root, err := packageRoot(dir)
	if err != nil {
		return nil, err
	}
	r := &reader{root: root, problem: &Problem{Dir: root, Name: filepath.Base(root)}}
	r.problem.Format = r.detect()
	switch r.problem.Format {
	case Legacy, V2025:
		r.kattis()
	case Polygon:
		r.polygon()
	case CMS:
		r.cms()
	case Plain:
		r.plain()
	default:
		r.fail(NotAPackage, Place{}, "%s is no problem package: it has no problem.yaml, problem.xml or task.yaml, and no file NAME.in", dir)
	}
	r.check()
	errs, warnings := r.faults.errors(), r.faults.warnings()
	if len(errs) > 0 {
		return nil, append(errs, unknownKeys(warnings)...)
	}
	r.problem.Warnings = warnings
	return r.problem, nil
}

// unknownKeys are the warnings of unknown keys as errors: a misspelt key is often what is
// behind another fault.
func unknownKeys(warnings []Warning) Errors {
	var errs Errors
	for _, w := range warnings {
		if w.Code == UnknownKey {
			errs = append(errs, &Error{Code: w.Code, Place: w.Place, Text: w.Text})
		}
	}
	return errs
}

// IsPackage says whether a folder looks like a problem package.
func IsPackage(dir string) bool {
	root, err := packageRoot(dir)
	if err != nil {
		return false
	}
	r := &reader{root: root, problem: &Problem{Dir: root}}
	return r.detect() != ""
}

func packageRoot(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	var info os.FileInfo
	if err == nil {
		info, err = os.Stat(abs)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", Errors{{Code: NotAPackage, Text: "there is no folder " + dir}}
	case err != nil:
		return "", Errors{{Code: Unreadable, Text: "open package " + dir, Err: err}}
	case !info.IsDir():
		text := dir + " is a file; a problem package is a folder"
		if ext := strings.ToLower(filepath.Ext(dir)); ext == ".zip" || ext == ".kpp" {
			text += " (unpack the archive first)"
		}
		return "", Errors{{Code: NotAPackage, Text: text}}
	}
	return abs, nil
}

// detect looks at names only. A package that was converted and kept its old
// description is read as the Kattis format, of which there is a specification.
func (r *reader) detect() Format {
	has := func(rel string) bool {
		_, err := os.Lstat(filepath.Join(r.root, filepath.FromSlash(rel)))
		return err == nil
	}
	switch {
	case has("problem.yaml"):
		return Legacy
	case has("problem.xml"):
		return Polygon
	case has("task.yaml"):
		return CMS
	case has("data/secret"), has("domjudge-problem.ini") && has("data"):
		return Legacy
	}
	for _, e := range r.list("") {
		if !e.dir && strings.HasSuffix(e.name, ".in") {
			return Plain
		}
	}
	return ""
}
