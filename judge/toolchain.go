package judge

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"judge/judge/language"
	"judge/judge/problem"
	"judge/policy"
)

// A toolchain is how a source becomes a program.
type toolchain struct {
	language *language.Language          // nil for what is a program already, or builds itself
	files    []problem.File              // all of the source, included ones last
	names    map[string]string           // where files go that cannot keep their name
	compile  []string                    // run in the box with the sources; nil: nothing to compile
	binary   string                      // the only file that the program needs; "": all that is in the box
	start    func(policy.Bytes) []string // the command, under a memory limit
	policy   string                      // of the program
	factor   float64                     // of time limits; 0 is 1
	entry    string
}

// code is what packages call the language.
func (t toolchain) code() string {
	if t.language == nil {
		return ""
	}
	return t.language.Code
}

// command is a start that does not depend on the memory.
func command(args ...string) func(policy.Bytes) []string {
	return func(policy.Bytes) []string { return args }
}

// lastOf keeps what a start gave last: each case asks for the same.
func lastOf(start func(policy.Bytes) []string) func(policy.Bytes) []string {
	var mu sync.Mutex
	var memory policy.Bytes
	var args []string
	return func(m policy.Bytes) []string {
		mu.Lock()
		defer mu.Unlock()
		if args == nil || m != memory {
			memory, args = m, start(m)
		}
		return args
	}
}

// languageOf finds the language of some files, by an id if one is given.
func languageOf(set *language.Set, files []problem.File, id string) (*language.Language, error) {
	if id != "" {
		return set.Find(id)
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return set.Detect(names)
}

// toolchainOf finds the toolchain of some files, by a language's id if one is given.
// include lists, for a language's code, files that are put over them; the one named
// driver, if there is one, is started.
func toolchainOf(set *language.Set, files []problem.File, id, entry, driver string, include func(code string) []problem.File) (toolchain, error) {
	l, err := languageOf(set, files, id)
	if err != nil {
		return toolchain{}, err
	}
	all := files
	if include != nil {
		included := include(l.Code)
		all = append(append([]problem.File(nil), files...), included...)
		for _, f := range included {
			if entry == "" && driver != "" && strings.TrimSuffix(f.Name, path.Ext(f.Name)) == driver && slices.Contains(l.Extensions, path.Ext(f.Name)) {
				entry = driver
			}
		}
	}
	b, err := buildOf(l, all, entry)
	var main *language.MainError
	if errors.As(err, &main) && entry == "" && len(all) > len(files) {
		// What is included is no main file; then the submission alone says what is.
		if own, ownErr := buildOf(l, files, ""); ownErr == nil {
			b, err = buildOf(l, all, own.Entry())
		}
	}
	if err != nil {
		return toolchain{}, err
	}
	name := l.Policy
	if name == "" {
		name = "strict"
	}
	return toolchain{
		language: l, files: all, names: b.Names, compile: b.Compile, binary: b.Binary, entry: b.Entry(),
		start: lastOf(func(memory policy.Bytes) []string { return b.Run(memory) }), policy: name, factor: l.TimeFactor,
	}, nil
}

// buildOf is how files become a program; of two of a name the later one counts.
func buildOf(l *language.Language, files []problem.File, entry string) (*language.Build, error) {
	paths := map[string]string{}
	var names []string
	for _, f := range files {
		if _, twice := paths[f.Name]; !twice {
			names = append(names, f.Name)
		}
		paths[f.Name] = f.Path
	}
	return l.Build(names, entry, func(name string) ([]byte, error) {
		text, err := os.ReadFile(paths[name])
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, bare(err))
		}
		return text, nil
	})
}

// CheckLanguage says whether it is clear in which language a submission is. Its
// error is for the caller, before anything starts.
func (e *Engine) CheckLanguage(s Submission) error { return e.opts.CheckLanguage(s) }

// CheckLanguage is [Engine.CheckLanguage] of an engine with these options, which must have languages.
func (o Options) CheckLanguage(s Submission) error {
	id := o.Language
	if id == "" {
		id = s.Language
	}
	if _, err := languageOf(o.Languages, s.Files, id); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}

func isDirectory(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}
