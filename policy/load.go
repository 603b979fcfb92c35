package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Load gives the policy of a file, if there is one, else the built-in policy of
// that name, with or without ".toml". It is resolved and checked.
//
// Errors: [FileErrors] for mistakes in the file or one that it extends,
// [*UnknownPolicyError], or an error of the file system.
func Load(nameOrPath string) (Policy, error) { return LoadChecked(nameOrPath, nil) }

// LoadChecked is Load with a further look at each file's filter, its own and
// those that it extends.
func LoadChecked(nameOrPath string, check FilterCheck) (Policy, error) {
	text, err := readFile(nameOrPath)
	if err == nil {
		return decode(nameOrPath, text, check)
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errDirectory) {
		return Policy{}, err
	}
	if p, ok := Builtin(strings.TrimSuffix(nameOrPath, ".toml")); ok {
		return p, nil
	}
	if errors.Is(err, errDirectory) || strings.ContainsRune(nameOrPath, filepath.Separator) {
		return Policy{}, err
	}
	return Policy{}, &UnknownPolicyError{Name: nameOrPath, Nearest: Nearest(strings.TrimSuffix(nameOrPath, ".toml"), Names())}
}

// Decode makes a policy of the text of a file, reading what it extends. file is
// what messages call it, and where its relative paths begin; it may be "".
// The error is a [FileErrors].
func Decode(file, text string) (Policy, error) { return decode(file, text, nil) }

func decode(file, text string, check FilterCheck) (Policy, error) {
	dir := ""
	if file != "" {
		dir = filepath.Dir(file)
	}
	f, err := parse(file, dir, text)
	if err != nil {
		return Policy{}, err
	}
	f.check = check
	return f.resolve(nil)
}

// resolve applies a file over all that it extends. chain names the policies
// that extend each other on the way here.
func (f *file) resolve(chain []string) (Policy, error) {
	base, bad, err := f.base(append(chain[:len(chain):len(chain)], f.id()))
	if err != nil {
		return Policy{}, err
	}
	p, issues := f.apply(base)
	if bad != nil {
		issues = append(issues, *bad)
	}
	if err := f.errors(issues); err != nil {
		return Policy{}, err
	}
	return p, nil
}

// id is what a file is called in a chain.
func (f *file) id() string {
	if f.dir == "" || f.name == "" {
		return f.name
	}
	return filepath.Clean(f.name)
}

// base gives the policy that the file extends. The issue says that there is
// none of that name, or that the chain has no end; the error is another file's.
func (f *file) base(chain []string) (Policy, *issue, error) {
	name, bad := f.extends()
	if bad != nil || name == "" {
		return f.start(), bad, nil
	}
	refuse := func(pr *problem, err error) (Policy, *issue, error) {
		return unset(), &issue{path: "extends", problem: *pr, err: err}, nil
	}
	if len(chain) > maxDepth {
		return refuse(wrong("more than %d policies extend each other: %s", maxDepth, strings.Join(append(chain, name), " -> ")), nil)
	}
	// A built-in name is always the built-in one here: what is beside the file
	// must not change what it means.
	if p, ok := Builtin(name); ok {
		return p, nil, nil
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, path)
	}
	for _, seen := range chain {
		if seen == path {
			return refuse(wrong("policies extend each other in a circle: %s", strings.Join(append(chain, path), " -> ")), nil)
		}
	}
	text, err := readFile(path)
	if err != nil {
		if p, ok := Builtin(strings.TrimSuffix(name, ".toml")); ok && errors.Is(err, fs.ErrNotExist) {
			return p, nil, nil
		}
		pr := wrong("%v", err)
		if near := Nearest(name, Names()); near != "" {
			pr = pr.hinted("did you mean the built-in %q?", near)
		}
		return refuse(pr, err)
	}
	parent, err := parse(path, filepath.Dir(path), text)
	if err != nil {
		return Policy{}, nil, err
	}
	parent.check = f.check
	p, err := parent.resolve(chain)
	return p, nil, err
}

var errDirectory = errors.New("is a directory")

// readFile reads a policy file, which may be a pipe, up to its largest size and
// a byte more.
func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return "", fmt.Errorf("policy %s: %w", path, errDirectory)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return string(text), err
}
