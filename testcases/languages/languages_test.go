package languages

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"judge/judge/language"
	"judge/policy"
	"judge/sandbox"
	"judge/store"
)

const (
	input = "World\n1 2 3\n-10 1000000\n"
	want  = "Hello, World!\n999996\n"
)

var inRootfs = flag.String("rootfs", "host", "`NAME` of a rootfs of the store: the languages that it serves, and none of them may be missing")

// served are the languages that are tried.
func served(t *testing.T) []*language.Language {
	if *inRootfs == "host" {
		return language.Builtin().All()
	}
	dir, err := store.Dir()
	if err != nil {
		t.Fatal(err)
	}
	held, err := store.Hold(dir, *inRootfs)
	if err != nil {
		t.Fatalf("rootfs %s in %s: %v", *inRootfs, dir, err)
	}
	defer held.Close()
	about, err := held.About()
	if err != nil {
		t.Fatal(err)
	}
	var list []*language.Language
	for _, id := range about.Languages {
		l, err := language.Builtin().Find(id)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, l)
	}
	if len(list) == 0 {
		t.Fatalf("rootfs %s serves no language", *inRootfs)
	}
	return list
}

// TestLanguages compiles and runs the two programs of each preset.
func TestLanguages(t *testing.T) {
	if testing.Short() {
		t.Skip("needs root, compilers, and a minute")
	}
	for _, l := range served(t) {
		t.Run(l.ID, func(t *testing.T) {
			offer, err := l.Probe(probe(t))
			if err != nil {
				t.Fatal(err)
			}
			if !offer.Available && *inRootfs == "host" {
				t.Skip(offer.Missing)
			}
			if !offer.Available {
				t.Fatal(offer.Missing)
			}
			if offer.Version == "" {
				t.Errorf("the version is not found in what %s prints", l.Version[0])
			}
			works(t, l, only(t, filepath.Join(l.ID, "hello.*")), 0)
			if all := files(t, filepath.Join(l.ID, "several")); len(all) > 0 {
				works(t, l, all, 0)
			}
			if found, _ := filepath.Glob(filepath.Join(l.ID, "garbage.*")); len(found) == 1 {
				works(t, l, only(t, found[0]), 256<<20)
			}
			report, _, _ := compile(t, l, only(t, filepath.Join(l.ID, "broken.*")))
			if report.Status != sandbox.StatusNonzeroExit || *report.Stdout+*report.Stderr == "" {
				t.Errorf("%s %s: broken compiles: %s, %s\n%s%s", l.ID, offer.Version, report.Status, report.Reason, *report.Stdout, *report.Stderr)
			}
		})
	}
}

// A submission is its files: paths here, by their names in it.
type submission map[string]string

// works compiles and runs a program, which must do what hello does. A memory limit
// goes over the policy's, unless it is 0.
func works(t *testing.T, l *language.Language, s submission, memory policy.Bytes) {
	t.Helper()
	compiled, box, build := compile(t, l, s)
	if compiled.Status != sandbox.StatusOK {
		t.Fatalf("%v: compile: %s, %s\n%s%s", s, compiled.Status, compiled.Reason, *compiled.Stdout, *compiled.Stderr)
	}
	ran := run(t, build, box, memory)
	if ran.Status != sandbox.StatusOK || *ran.Stdout != want {
		t.Errorf("%v: run: %s, %s\n%s%s", s, ran.Status, ran.Reason, *ran.Stdout, *ran.Stderr)
	}
	t.Logf("%v: compiled in %d ms of processor time and %d MiB, run in %d ms and %d MiB", slices.Sorted(maps.Keys(s)),
		compiled.CPUTime/1e6, *compiled.MemoryPeak>>20, ran.CPUTime/1e6, *ran.MemoryPeak>>20)
}

// TestEveryFolderIsALanguage: none was forgotten when a preset went.
func TestEveryFolderIsALanguage(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var folders, ids []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		}
	}
	for _, l := range language.Builtin().All() {
		ids = append(ids, l.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(folders, ids) {
		t.Errorf("folders are %v, languages %v", folders, ids)
	}
}

// only is the submission of one file.
func only(t *testing.T, pattern string) submission {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v; want one file", pattern, found, err)
	}
	return submission{filepath.Base(found[0]): found[0]}
}

// files is the submission of all files of a folder; none if there is no such folder.
func files(t *testing.T, dir string) submission {
	t.Helper()
	s := submission{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && entry.Type().IsRegular() {
			s[filepath.ToSlash(path[len(dir)+1:])] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func builtin(t *testing.T, name string) policy.Policy {
	t.Helper()
	p, ok := policy.Builtin(name)
	if !ok {
		t.Fatalf("no policy %s", name)
	}
	p.Limits.WallTime = 10 * time.Minute // others want this machine's processors, too
	p.Filesystem.Rootfs = *inRootfs
	return p
}

func compiler(t *testing.T, l *language.Language) policy.Policy {
	return l.ForCompiler(builtin(t, language.CompilePolicy), func(dir string) bool {
		_, err := os.Stat(dir)
		return *inRootfs == "host" && err == nil
	})
}

func probe(t *testing.T) language.Runner {
	return func(l *language.Language, argv []string) (language.Tried, error) {
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: argv, Inside: true, Capture: true}, compiler(t, l))
		if err != nil {
			return language.Tried{}, err
		}
		return language.TriedOf(r), nil
	}
}

// compile gives the report, and what is run: files by their names in the box.
func compile(t *testing.T, l *language.Language, s submission) (sandbox.Report, []sandbox.File, *language.Build) {
	t.Helper()
	b, err := l.Build(slices.Collect(maps.Keys(s)), "", func(name string) ([]byte, error) { return os.ReadFile(s[name]) })
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := sandbox.Command{Args: b.Compile, Inside: true, Capture: true, CollectDir: dir}
	for name, path := range s {
		command.Files = append(command.Files, sandbox.File{Source: path, Name: b.Names[name]})
	}
	if b.Binary != "" {
		command.Collect = []sandbox.Collect{{Name: b.Binary}}
	}
	r, err := sandbox.Run(context.Background(), command, compiler(t, l))
	if err != nil {
		t.Fatal(err)
	}
	if b.Binary == "" {
		return r, command.Files, b
	}
	return r, []sandbox.File{{Source: filepath.Join(dir, b.Binary), Name: b.Binary}}, b
}

func run(t *testing.T, b *language.Build, box []sandbox.File, memory policy.Bytes) sandbox.Report {
	t.Helper()
	p := b.Language.ForProgram(builtin(t, b.Language.Policy))
	if memory != 0 {
		p.Limits.Memory = memory
	}
	r, err := sandbox.Run(context.Background(), sandbox.Command{
		Args: b.Run(p.Limits.Memory), Inside: true, Files: box, Stdin: strings.NewReader(input), Capture: true,
	}, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
