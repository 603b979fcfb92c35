package languages

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"judge/judge/language"
	"judge/policy"
	"judge/sandbox"
)

const (
	input = "World\n1 2 3\n-10 1000000\n"
	want  = "Hello, World!\n999996\n"
)

// TestLanguages compiles and runs the two programs of each preset.
func TestLanguages(t *testing.T) {
	if testing.Short() {
		t.Skip("needs root, compilers, and a minute")
	}
	for _, l := range language.Builtin().All() {
		t.Run(l.ID, func(t *testing.T) {
			offer, err := l.Probe(probe(t))
			if err != nil {
				t.Fatal(err)
			}
			if !offer.Available {
				t.Skip(offer.Missing)
			}
			if offer.Version == "" {
				t.Errorf("the version is not found in what %s prints", l.Version[0])
			}
			source := only(t, filepath.Join(l.ID, "hello.*"))
			report, box, build := compile(t, l, source)
			if report.Status != sandbox.StatusOK {
				t.Fatalf("%s %s: compile: %s, %s\n%s%s", l.ID, offer.Version, report.Status, report.Reason, *report.Stdout, *report.Stderr)
			}
			ran := run(t, build, box)
			if ran.Status != sandbox.StatusOK || *ran.Stdout != want {
				t.Errorf("%s %s: run: %s, %s\n%s%s", l.ID, offer.Version, ran.Status, ran.Reason, *ran.Stdout, *ran.Stderr)
			}
			t.Logf("%s: compiled in %d ms of processor time and %d MiB, run in %d ms and %d MiB", offer.Version,
				report.CPUTime/1e6, *report.MemoryPeak>>20, ran.CPUTime/1e6, *ran.MemoryPeak>>20)
			report, _, _ = compile(t, l, only(t, filepath.Join(l.ID, "broken.*")))
			if report.Status != sandbox.StatusNonzeroExit || *report.Stdout+*report.Stderr == "" {
				t.Errorf("%s %s: broken compiles: %s, %s\n%s%s", l.ID, offer.Version, report.Status, report.Reason, *report.Stdout, *report.Stderr)
			}
		})
	}
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

func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v; want one file", pattern, found, err)
	}
	return found[0]
}

func builtin(t *testing.T, name string) policy.Policy {
	t.Helper()
	p, ok := policy.Builtin(name)
	if !ok {
		t.Fatalf("no policy %s", name)
	}
	return p
}

func compiler(t *testing.T, l *language.Language) policy.Policy {
	return l.ForCompiler(builtin(t, language.CompilePolicy), func(dir string) bool {
		_, err := os.Stat(dir)
		return err == nil
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
func compile(t *testing.T, l *language.Language, source string) (sandbox.Report, []sandbox.File, *language.Build) {
	t.Helper()
	name := filepath.Base(source)
	b, err := l.Build([]string{name}, "", func(string) ([]byte, error) { return os.ReadFile(source) })
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := sandbox.Command{Args: b.Compile, Inside: true, Capture: true, CollectDir: dir,
		Files: []sandbox.File{{Source: source, Name: b.Names[name]}}}
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

func run(t *testing.T, b *language.Build, box []sandbox.File) sandbox.Report {
	t.Helper()
	p := b.Language.ForProgram(builtin(t, b.Language.Policy))
	r, err := sandbox.Run(context.Background(), sandbox.Command{
		Args: b.Run(p.Limits.Memory), Inside: true, Files: box, Stdin: strings.NewReader(input), Capture: true,
	}, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
