package judge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"judge/judge/problem"
)

// A Submission is what is to be graded.
type Submission struct {
	Name       string // for people
	Path       string // file or directory on the host
	Files      []problem.File
	Language   string // a code; "" is found by the files' names
	EntryPoint string
	Expect     *problem.Expectation // nil: nothing is expected
}

// OfPackage is a submission that came with the problem.
func OfPackage(s *problem.Submission) Submission {
	return Submission{Name: s.Name, Path: s.Path, Files: s.Files, Language: s.Language, EntryPoint: s.EntryPoint, Expect: s.Expect}
}

// maxFiles bounds how many files a directory may hold that is handed in.
const maxFiles = 10_000

// ReadSubmission finds the files of a submission: a file, or a directory with all
// that is below it. Links that leave the directory are refused, and so is what is
// neither file, directory nor link.
func ReadSubmission(path string) (Submission, error) {
	s := Submission{Name: filepath.ToSlash(filepath.Clean(path)), Path: path}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return s, fmt.Errorf("open the submission %s: %w", path, bare(err))
	case info.Mode().IsRegular():
		s.Files = []problem.File{{Name: filepath.Base(path), Path: path}}
		return s, nil
	case !info.IsDir():
		return s, fmt.Errorf("the submission %s is neither a file nor a directory", path)
	}
	root, err := filepath.EvalSymlinks(path)
	if err == nil {
		root, err = filepath.Abs(root)
	}
	if err != nil {
		return s, fmt.Errorf("open the submission %s: %w", path, bare(err))
	}
	s.Files, err = filesBelow(root)
	switch {
	case err != nil:
		return s, fmt.Errorf("read the submission %s: %w", path, err)
	case len(s.Files) == 0:
		return s, fmt.Errorf("the submission %s holds no file", path)
	}
	return s, nil
}

func filesBelow(root string) ([]problem.File, error) {
	var files []problem.File
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := filepath.ToSlash(p[len(root)+1:])
		target, err := filepath.EvalSymlinks(p)
		if err != nil {
			return fmt.Errorf("%s: %w", name, bare(err))
		}
		info, err := os.Stat(target)
		switch {
		case err != nil:
			return err
		case !strings.HasPrefix(target, root+string(filepath.Separator)):
			return fmt.Errorf("%s is a link that leaves the directory", name)
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is no regular file", name)
		case len(files) == maxFiles:
			return fmt.Errorf("there are more than %d files", maxFiles)
		}
		files = append(files, problem.File{Name: name, Path: target})
		return nil
	})
	slices.SortFunc(files, func(a, b problem.File) int { return strings.Compare(a.Name, b.Name) })
	return files, err
}

// size is that of all files together.
func (s Submission) size() (int64, error) {
	var n int64
	for _, f := range s.Files {
		info, err := os.Stat(f.Path)
		if err != nil {
			return 0, fmt.Errorf("look at %s: %w", f.Name, err)
		}
		n += info.Size()
	}
	return n, nil
}

// bare is what the system said, without the call and the name.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
