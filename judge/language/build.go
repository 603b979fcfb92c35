package language

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/shlex"

	"judge/policy"
)

// placeholders of commands; see presets.toml.
var placeholders = []string{"{files}", "{main}", "{mainclass}", "{binary}", "{memlim}", "{heap}"}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// A Build is how one submission is compiled and run. All names are relative to
// the box, where both commands start.
type Build struct {
	Language *Language

	// Names are where the submission's files go, by their names: most stay what
	// they are, but a public class of Java must lie in a file of its name.
	Names map[string]string

	Compile []string // the command; nil if there is nothing to do
	Binary  string   // the file that it makes; "" if the sources are run

	main, mainClass string
	files           []string
}

// A MainError says why it is not known what is to be started.
type MainError struct{ What, Hint string }

func (e *MainError) Error() string { return e.What + "; " + e.Hint }

// Build finds out how a submission of these files is compiled and run. entry,
// if not "", names the main file or class; read gives a file's text, and is
// asked only where names do not do.
//
// Errors: a [*MainError], and what read says.
func (l *Language) Build(names []string, entry string, read func(name string) ([]byte, error)) (*Build, error) {
	b := &Build{Language: l, Names: make(map[string]string, len(names)), Binary: l.Binary}
	var sources []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		b.Names[name] = name
		if l.has(name) {
			sources = append(sources, name)
		}
	}
	if len(sources) == 0 && len(names) == 1 && len(l.Extensions) > 0 {
		// Its name does not tell the language, so somebody has said it; compilers go by the name.
		name := names[0]
		base := strings.TrimSuffix(name, path.Ext(name))
		if path.Base(name) == path.Ext(name) {
			base = name
		}
		b.Names[name] = base + l.Extensions[0]
		sources = []string{name}
	}
	if len(sources) == 0 {
		return nil, &MainError{
			What: fmt.Sprintf("no file of the submission is %s source", l.Name),
			Hint: "its files end in " + strings.Join(l.Extensions, ", "),
		}
	}
	var err error
	switch l.Main {
	case "file":
		b.main, err = l.mainFile(sources, entry, read)
		b.main = b.Names[b.main]
	case "java":
		err = b.javaClass(sources, entry, read)
	case "kotlin":
		err = b.kotlinClass(sources, entry, read)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range sources {
		b.files = append(b.files, safe(b.Names[name]))
	}
	if l.Compile != "" {
		b.Compile = b.expand(l.Compile, 0)
	}
	return b, nil
}

// Entry is what the program starts with: a class, a file, or, where all sources
// become one program, the first of them.
func (b *Build) Entry() string {
	switch {
	case b.mainClass != "":
		return b.mainClass
	case b.main != "":
		return b.main
	}
	return b.files[0]
}

// Run is the command that starts the program, with its arguments, under a memory
// limit.
func (b *Build) Run(memory policy.Bytes, args ...string) []string {
	return append(b.expand(b.Language.Run, memory), args...)
}

// expand splits a command into words, and puts the values in afterwards: a
// file's name never becomes two words, or an option.
func (b *Build) expand(command string, memory policy.Bytes) []string {
	list, err := shlex.Split(command)
	if err != nil {
		panic("language: a command that was checked: " + err.Error())
	}
	var out []string
	values := strings.NewReplacer(
		"{main}", safe(b.main), "{mainclass}", b.mainClass, "{binary}", b.Binary,
		"{memlim}", strconv.FormatInt(mib(memory), 10), "{heap}", strconv.FormatInt(heap(memory), 10),
	)
	for _, word := range list {
		if word == "{files}" {
			out = append(out, b.files...)
			continue
		}
		out = append(out, values.Replace(word))
	}
	return out
}

// safe is a name that no command takes for an option.
func safe(name string) string {
	if strings.HasPrefix(name, "-") || strings.HasPrefix(name, "@") {
		return "./" + name
	}
	return name
}

func mib(b policy.Bytes) int64 { return int64(b >> 20) }

// heap is what of a memory limit a runtime may give to its heap, in MiB: the
// rest is for its code, its stacks and what the kernel holds for it. A garbage
// collector lets its heap grow to the limit that it knows of before it works.
func heap(b policy.Bytes) int64 { return max(mib(b)-mib(b)/8-64, 16) }

// mainFile is the file that is run or compiled first.
func (l *Language) mainFile(sources []string, entry string, read func(string) ([]byte, error)) (string, error) {
	if entry != "" {
		for _, name := range sources {
			if name == entry || strings.TrimSuffix(name, path.Ext(name)) == entry {
				return name, nil
			}
		}
		return "", &MainError{
			What: fmt.Sprintf("the main file %q is none of %s", entry, strings.Join(sources, ", ")),
			Hint: "correct the entry point",
		}
	}
	if len(sources) == 1 {
		return sources[0], nil
	}
	for _, name := range l.MainNames {
		if slices.Contains(sources, name) {
			return name, nil
		}
	}
	var matching []string
	if l.MainPattern != "" {
		pattern := regexp.MustCompile(l.MainPattern)
		for _, name := range sources {
			text, err := read(name)
			if err != nil {
				return "", err
			}
			if pattern.Match(text) {
				matching = append(matching, name)
			}
		}
		if len(matching) == 1 {
			return matching[0], nil
		}
	}
	return "", &MainError{
		What: fmt.Sprintf("it is not clear which of %s is the main file", strings.Join(sources, ", ")),
		Hint: "name it " + strings.Join(l.MainNames, " or "),
	}
}
