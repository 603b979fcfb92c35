package batch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"judge/judge/problem"
)

// ManifestName is the manifest of a folder.
const ManifestName = "manifest.jsonl"

// maxLine bounds a line of a manifest, in bytes.
const maxLine = 1 << 20

// A line of a manifest, as JSON.
type line struct {
	Problem    string `json:"problem"`
	Submission string `json:"submission"`
	Language   string `json:"language"`
	Expected   words  `json:"expected"`
}

// words are one word, or several.
type words []string

func (w *words) UnmarshalJSON(text []byte) error {
	var one string
	if err := json.Unmarshal(text, &one); err == nil {
		if *w = nil; one != "" {
			*w = strings.Split(one, ",")
		}
		return nil
	}
	var several []string
	if err := json.Unmarshal(text, &several); err != nil {
		return errors.New(`expected is neither a verdict ("AC") nor a list of them (["AC","TLE"])`)
	}
	*w = several
	return nil
}

// Manifest is the list in a file of JSON Lines: {"problem": FOLDER, "submission": FILE OR
// FOLDER, "language": ID, "expected": VERDICT OR [VERDICT...]}. Paths are relative to the
// folder of the file. Lines without a problem are meant for each of problems.
func Manifest(file string, problems []string) Items {
	return func(yield func(Item, error) bool) {
		f, err := os.Open(file)
		if err != nil {
			yield(Item{}, &ListError{What: fmt.Sprintf("open the manifest: %v", err), Hint: "name a file of JSON Lines, or a folder", Err: err})
			return
		}
		defer f.Close()
		ReadManifest(f, file, filepath.Dir(file), problems)(yield)
	}
}

// ReadManifest is [Manifest] of what is read: name is for messages, dir is what paths are
// relative to. It can be gone through once.
func ReadManifest(r io.Reader, name, dir string, problems []string) Items {
	return func(yield func(Item, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, 64<<10), maxLine)
		n := 0
		for lines.Scan() {
			n++
			text := bytes.TrimSpace(lines.Bytes())
			if n == 1 {
				text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
			}
			if len(text) == 0 {
				continue
			}
			place := fmt.Sprintf("%s:%d", name, n)
			l, err := decode(text)
			if err != nil {
				yield(Item{}, &ListError{Place: place, What: err.Error(), Hint: `a line is {"problem": FOLDER, "submission": FILE, "language": ID, "expected": VERDICT}`, Err: err})
				return
			}
			if !l.items(dir, place, problems, yield) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Item{}, &ListError{Place: fmt.Sprintf("%s:%d", name, n+1), What: err.Error(), Hint: fmt.Sprintf("a line has at most %d bytes", maxLine), Err: err})
		}
	}
}

func decode(text []byte) (line, error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&l)
	if err == nil && d.More() {
		err = errors.New("there is more in the line than one object")
	}
	if err == nil && l.Submission == "" {
		err = errors.New("there is no submission in it")
	}
	return l, err
}

// items hands on the item of a line, or one for each of problems; false says that no more
// are wanted.
func (l line) items(dir, place string, problems []string, yield func(Item, error) bool) bool {
	from := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	i := Item{Submission: from(l.Submission), Name: l.Submission, Language: l.Language, Expected: l.Expected, Place: place}
	if l.Problem != "" {
		i.Problem, i.Course = from(l.Problem), l.Problem
		return yield(i, nil)
	}
	if len(problems) == 0 {
		yield(Item{}, i.fault("add it, or name the problem of all such lines on the command line", "there is no problem in it"))
		return false
	}
	for _, p := range problems {
		if i.Problem = p; !yield(i, nil) {
			return false
		}
	}
	return true
}

// Folder is the list that a folder stands for: its manifest.jsonl if it has one; else,
// with problems, each thing in it as a submission to each of these; else the package's
// own submissions, if it is a package, or is in one; else those of all packages in it.
func Folder(dir string, problems []string) (Items, error) {
	if manifest := filepath.Join(dir, ManifestName); isFile(manifest) {
		return Manifest(manifest, problems), nil
	}
	if len(problems) > 0 {
		return inFolder(dir, problems)
	}
	if problem.IsPackage(dir) {
		return ofPackages(dir), nil
	}
	if abs, err := filepath.Abs(dir); err == nil && filepath.Base(abs) == "submissions" && problem.IsPackage(filepath.Dir(abs)) {
		return ofPackages(filepath.Join(dir, "..")), nil
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, &ListError{What: fmt.Sprintf("read the folder: %v", err), Hint: "name a file of JSON Lines, or a folder", Err: err}
	}
	var packages []string
	for _, d := range list {
		if path := filepath.Join(dir, d.Name()); problem.IsPackage(path) {
			packages = append(packages, path)
		}
	}
	if len(packages) == 0 {
		return nil, &ListError{What: fmt.Sprintf("the folder %s has no %s, and is no problem package, nor has it any", dir, ManifestName),
			Hint: "name the problem before it, if it holds submissions: judge grade PROBLEM --manifest " + dir}
	}
	return ofPackages(packages...), nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// inFolder is each thing in a folder, but for hidden ones, as a submission to each of problems.
func inFolder(dir string, problems []string) (Items, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, &ListError{What: fmt.Sprintf("read the folder: %v", err), Hint: "name a file of JSON Lines, or a folder", Err: err}
	}
	var paths []string
	for _, d := range list {
		if !strings.HasPrefix(d.Name(), ".") {
			paths = append(paths, filepath.Join(dir, d.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, &ListError{What: fmt.Sprintf("the folder %s is empty", dir), Hint: "name one that holds submissions"}
	}
	return Cross(problems, paths, nil), nil
}

// ofPackages are the submissions of packages, each with what its package expects of it.
func ofPackages(dirs ...string) Items {
	return func(yield func(Item, error) bool) {
		for _, dir := range dirs {
			p, err := problem.Load(dir)
			if err != nil {
				yield(Item{}, fmt.Errorf("problem %s: %w", dir, err))
				return
			}
			for _, s := range slices.Clone(p.Submissions) {
				if !yield(Item{Problem: dir, Submission: s.Path, Name: s.Name, Expected: []string{OfPackage}}, nil) {
					return
				}
			}
		}
	}
}
