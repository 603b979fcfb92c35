package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"judge/cmd/internal/cli"
	"judge/judge/language"
	"judge/rootfs-build/archive"
	"judge/rootfs-build/recipes"
	"judge/store"
)

// A recipe has the packages of the languages that it says it serves.
func TestRecipesServeTheirLanguages(t *testing.T) {
	for _, name := range recipes.Names() {
		r, err := recipes.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range r.Languages {
			l, err := language.Builtin().Find(id)
			if err != nil || l.ID != id {
				t.Errorf("recipe %s serves %s, which judge languages does not know: %v", name, id, err)
				continue
			}
			for _, p := range l.Packages {
				if !slices.Contains(r.Packages, p) {
					t.Errorf("recipe %s serves %s, and lacks its package %s", name, id, p)
				}
			}
		}
	}
}

// Where Go is compiled, its library is as the preset looks for it.
func TestRecipesInstallGoLibrary(t *testing.T) {
	l, err := language.Builtin().Find("go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range recipes.Names() {
		r, err := recipes.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(r.Languages, l.ID) {
			continue
		}
		commands := strings.Join(r.Commands, "\n")
		for _, want := range []string{"go install std", "GODEBUG=" + l.CompileEnv["GODEBUG"] + " ", "CGO_ENABLED=" + l.CompileEnv["CGO_ENABLED"] + " "} {
			if !strings.Contains(commands, want) {
				t.Errorf("recipe %s has no %q among its commands: each compilation would compile Go's library, too", name, want)
			}
		}
	}
}

func TestNameOf(t *testing.T) {
	for file, want := range map[string]string{
		"alpine.tar": "alpine", "/x/alpine.tar.gz": "alpine", "a.tgz": "a", "a.oci.tar.zst": "a.oci", "dir/layout": "layout", "layout/": "layout",
		"debian-12.5.tar.xz": "debian-12.5", ".tar": ".tar", "x.img": "x.img",
	} {
		if got := nameOf(file); got != want {
			t.Errorf("nameOf(%q) = %q, want %q", file, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	v := verb{name: "import", args: "FILE", flags: importFlags}
	c, err := parse(v, []string{"--name", "x", "--max-size=5MiB", "-q", "--", "-"})
	if err != nil || c.set["name"] != "x" || !c.has("quiet") || !slices.Equal(c.args, []string{"-"}) {
		t.Errorf("%+v, %v", c, err)
	}
	if n, err := c.size("max-size", 1); err != nil || n != 5<<20 {
		t.Errorf("max-size is %d, %v", n, err)
	}
	for _, bad := range [][]string{{}, {"a", "b"}, {"--nome", "x", "a"}, {"a", "--name"}, {"--replace=yes", "a"}, {"-x", "a"}} {
		if c, err := parse(v, bad); err == nil {
			t.Errorf("%q was read as %+v", bad, c)
		}
	}
	c, err = parse(v, []string{"--max-files", "0", "--max-size", "-1", "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.number("max-files", 1); err == nil {
		t.Error("no file at all was allowed")
	}
	if _, err := c.size("max-size", 1); err == nil {
		t.Error("a negative size was allowed")
	}
}

// What can be mended has a hint that mends it.
func TestExplained(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&archive.LimitError{What: "files", Most: 1}, "--max-files"},
		{&archive.LimitError{What: "bytes of paths", Most: 1}, "--max-files"},
		{&archive.LimitError{What: "bytes", Most: 1}, "--max-size"},
		{&archive.LimitError{What: "bytes, unpacked", Most: 1}, "--max-size"},
		{fmt.Errorf("layer 1: %w", archive.ErrWindow), "zstd -d --long"},
		{fmt.Errorf("x: %w", archive.ErrDevice), "--devices"},
		{fmt.Errorf("x: %w", store.ErrInUse), "judge ps"},
	} {
		var usage *cli.UsageError
		if err := explained(test.err); !errors.As(err, &usage) || !strings.Contains(usage.Hint, test.want) {
			t.Errorf("%v: got %+v, want a hint with %q", test.err, err, test.want)
		}
	}
	if err := explained(io.ErrUnexpectedEOF); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
}

// Both sides of a build tell at once, each its own line.
func TestProgressOfABuild(t *testing.T) {
	var out bytes.Buffer
	p := &progress{to: &out, terminal: true, what: "building x"}
	var both sync.WaitGroup
	both.Go(func() {
		for range 50 {
			p.step("running apt-get")
		}
	})
	for range 50 {
		p.bytes(3<<20, 7)
	}
	both.Wait()
	p.end()
	lines := strings.Split(out.String(), "\r\x1b[K")
	counts := map[string]int{}
	for _, line := range lines {
		counts[line]++
	}
	if counts["building x: running apt-get"] != 50 || counts["building x: 3MiB read, 7 files"] != 50 || len(lines) != 102 {
		t.Errorf("told: %v", counts)
	}
}
