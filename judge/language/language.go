// Package language says how a submission in some language becomes a program:
// which language it is by its files' names, which file or class is the main one,
// and the commands that compile and run it. The languages are tables of TOML
// (presets.toml, whose head explains the keys); a file of the user's own may
// change them and add others.
//
// It runs nothing and opens nothing: [Set.Detect] and [Language.Build] decide by
// names and texts that are handed in, and [Probe] by what a function says that
// can run a command.
package language

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"judge/policy"
)

// A Language is one preset.
type Language struct {
	ID         string
	Code       string   // what packages call it (C++17 is cpp there): in include/, and where they list languages
	Name       string   // for people
	Aliases    []string // other ids
	Extensions []string // of source files, with their points; case matters
	Detect     bool     // a file's extension stands for this language

	Main        string   // "", "file", "java" or "kotlin": what [Build] looks for
	MainNames   []string // the file that is the main one of several, the first that is there
	MainPattern string   // else the only one in which this is found

	Compile string // a command with placeholders; "" if there is nothing to do
	Binary  string // the file that it makes; "" if the sources are run
	Run     string // a command with placeholders

	CompileEnv, Env map[string]string
	CompileBinds    []string // directories that a compiler of the host needs outside of /usr

	Version  []string // commands that must work; the first one's output has the version
	Packages []string // Debian's, which have them

	Policy     string  // that the program runs under
	TimeFactor float64 // of a time limit that is not given for this language itself
}

// ForCompiler is a policy with what the compiler needs. host says whether a
// directory of the host is there to be bound; nil binds none, as is right for
// a rootfs that brings its own.
func (l *Language) ForCompiler(p policy.Policy, host func(dir string) bool) policy.Policy {
	p.Environment.Set = over(p.Environment.Set, l.CompileEnv)
	for _, dir := range l.CompileBinds {
		if host != nil && host(dir) {
			p.Filesystem.Bind = append(slices.Clip(p.Filesystem.Bind), policy.Bind{Source: dir, Target: dir, Readonly: true})
		}
	}
	return p
}

// ForProgram is a policy with what the program needs.
func (l *Language) ForProgram(p policy.Policy) policy.Policy {
	p.Environment.Set = over(p.Environment.Set, l.Env)
	return p
}

func over(a, b map[string]string) map[string]string {
	out := make(map[string]string, len(a)+len(b))
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// CompilePolicy is the policy that compilers run under.
const CompilePolicy = "compile"

// A Set of languages, in the order in which they are listed.
type Set struct{ list []*Language }

//go:embed presets.toml
var presets string

// Builtin is the set of languages that judge brings: the same one each time, so
// that its languages can be compared. Nobody writes to it.
var Builtin = sync.OnceValue(func() *Set {
	s := &Set{}
	if err := s.add("presets.toml", presets); err != nil {
		panic(err) // a test decodes them
	}
	return s
})

// With is the set with what a file of the user's own says: a table of a known id
// changes that language, another adds one. name is for messages. The error is
// [policy.FileErrors].
func (s *Set) With(name, text string) (*Set, error) {
	next := &Set{}
	for _, l := range s.list {
		next.list = append(next.list, l.clone())
	}
	if err := next.add(name, text); err != nil {
		return nil, err
	}
	return next, nil
}

func (l *Language) clone() *Language {
	c := *l
	return &c // its slices and maps are replaced as a whole, never written to
}

// All lists the languages.
func (s *Set) All() []*Language { return slices.Clone(s.list) }

// An UnknownError is an id that no language has.
type UnknownError struct{ ID, Nearest string }

func (e *UnknownError) Error() string {
	if e.Nearest != "" {
		return fmt.Sprintf("there is no language %q; did you mean %s?", e.ID, e.Nearest)
	}
	return fmt.Sprintf("there is no language %q; judge languages lists them", e.ID)
}

// Find gives the language of an id or an alias, in whatever case. The error is
// an [*UnknownError].
func (s *Set) Find(id string) (*Language, error) {
	if l := s.find(id); l != nil {
		return l, nil
	}
	var all []string
	for _, l := range s.list {
		all = append(append(all, l.ID), l.Aliases...)
	}
	return nil, &UnknownError{ID: id, Nearest: policy.Nearest(strings.ToLower(id), all)}
}

func (s *Set) find(id string) *Language {
	for _, l := range s.list {
		if strings.EqualFold(l.ID, id) {
			return l
		}
	}
	for _, l := range s.list {
		if slices.ContainsFunc(l.Aliases, func(a string) bool { return strings.EqualFold(a, id) }) {
			return l
		}
	}
	return nil
}
