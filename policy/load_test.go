package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// writeFiles puts files into a fresh directory, makes it the working directory
// and returns it.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return dir
}

func TestLoadFindsFileThenBuiltin(t *testing.T) {
	writeFiles(t, map[string]string{
		"default":         "[limits]\npids = 3",
		"mine.toml":       "[limits]\npids = 4",
		"named.toml":      "name = \"other\"\n[limits]\npids = 5",
		"ci/x":            "",
		"sub/strict.toml": "[limits]\npids = 6",
	})
	tests := []struct {
		arg, name string
		pids      int64
	}{
		{"strict", "strict", 64},
		{"strict.toml", "strict", 64},
		{"default", "default", 3},
		{"default.toml", "default", 256},
		{"ci", "ci", 4096}, // a directory is no policy
		{"mine.toml", "mine", 4},
		{"./mine.toml", "mine", 4},
		{"named.toml", "other", 5},
		{"sub/strict.toml", "strict", 6},
	}
	for _, tt := range tests {
		p, err := Load(tt.arg)
		if err != nil || p.Name != tt.name || p.Limits.Pids != tt.pids {
			t.Errorf("Load(%q) = %q with %d pids, %v, want %q with %d", tt.arg, p.Name, p.Limits.Pids, err, tt.name, tt.pids)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	writeFiles(t, map[string]string{"sub/x": "", "bad.toml": "x = 1\ny = 2", "over.toml": "extends = \"bad.toml\"\nz = 1"})
	tests := []struct{ arg, want string }{
		{"strcit", `no policy "strcit": there is no such file, and the built-in ones are strict, default, compile, ci (did you mean "strict"?)`},
		{"defualt.toml", `no policy "defualt.toml": there is no such file, and the built-in ones are strict, default, compile, ci (did you mean "default"?)`},
		{"mine", `no policy "mine": there is no such file, and the built-in ones are strict, default, compile, ci`},
		{"", `no policy "": there is no such file, and the built-in ones are strict, default, compile, ci`},
		{"./strict", `open ./strict: no such file or directory`},
		{"sub", `policy sub: is a directory`},
		{"bad.toml", "bad.toml:1:1: unknown key \"x\"\nbad.toml:2:1: unknown key \"y\""},
		{"over.toml", "bad.toml:1:1: unknown key \"x\"\nbad.toml:2:1: unknown key \"y\""},
	}
	for _, tt := range tests {
		_, err := Load(tt.arg)
		if err == nil || err.Error() != tt.want {
			t.Errorf("Load(%q) gives\n%v\nwant\n%s", tt.arg, err, tt.want)
		}
	}
	var unknown *UnknownPolicyError
	if _, err := Load("strcit"); !errors.As(err, &unknown) || unknown.Nearest != "strict" {
		t.Errorf("Load gives %#v", err)
	}
}

func TestExtends(t *testing.T) {
	writeFiles(t, map[string]string{
		"base.toml": `
[limits]
cpu_time = "3s"
pids = 10
disk = "1MiB"
[filesystem]
bind = [{source = "/a", target = "/a"}, {source = "/b", target = "/b"}]
[network]
bridge.groups = ["g1"]
[environment]
set = {A = "base", B = "base", C = "base"}
pass = ["X", "Y"]
[seccomp]
default = "kill"
allow = ["read", "write", "open"]
deny = ["ptrace", "bpf"]
rules = [{calls = ["socket"], action = "kill"}]
`,
		"sub/top.toml": `
extends = "../base.toml"
[limits]
pids = 20
disk = "unlimited"
[filesystem]
bind = [{source = "c", target = "/a"}]
[network]
bridge.groups = ["g0"]
[environment]
set = {B = "top", X = "set"}
pass = ["C", "Z"]
[seccomp]
allow = ["ptrace", "close"]
deny = ["open"]
rules = [{calls = ["socket"], when = ["arg0 == AF_UNIX"], action = "allow"}]
`,
	})
	p, err := Load("sub/top.toml")
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	check("the name is not inherited", p.Name, "top")
	check("scalars replace, unlimited resets", p.Limits, Limits{CPUTime: 3 * time.Second, Pids: 20})
	check("a later bind hides one of the same target", p.Filesystem.Bind, []Bind{{"/b", "/b", true}, {"sub/c", "/a", true}})
	check("groups append", p.Network.Bridge.Groups, []string{"g0", "g1"})
	check("set merges, pass takes over", p.Environment.Set, map[string]string{"A": "base", "B": "top", "X": "set"})
	check("pass appends, set takes over", p.Environment.Pass, []string{"C", "Y", "Z"})
	check("allow appends, and loses what is denied later", p.Seccomp.Allow, []string{"close", "ptrace", "read", "write"})
	check("deny appends, and loses what is allowed later", p.Seccomp.Deny, []string{"bpf", "open"})
	check("the default stays", p.Seccomp.Default, "kill")
	check("later rules come first", p.Seccomp.Rules, []Rule{
		{Calls: []string{"socket"}, When: []string{"arg0 == AF_UNIX"}, Action: "allow"},
		{Calls: []string{"socket"}, Action: "kill"},
	})
}

func TestExtendsFindsBuiltins(t *testing.T) {
	writeFiles(t, map[string]string{
		"default":     "[limits]\npids = 1", // must not change what a file's extends means
		"a.toml":      "extends = \"default\"",
		"b.toml":      "extends = \"strict.toml\"",
		"strict.toml": "extends = \"strict\"\n[limits]\npids = 65",
	})
	for file, pids := range map[string]int64{"a.toml": 256, "b.toml": 65, "strict.toml": 65} {
		if p, err := Load(file); err != nil || p.Limits.Pids != pids {
			t.Errorf("Load(%q): %d pids, %v, want %d", file, p.Limits.Pids, err, pids)
		}
	}
}

func TestExtendsChains(t *testing.T) {
	files := map[string]string{
		"self.toml":  "extends = \"self.toml\"",
		"a.toml":     "extends = \"d/b.toml\"",
		"d/b.toml":   "extends = \"../a.toml\"",
		"empty.toml": "extends = \"\"",
	}
	for i := range 10 {
		files[fmt.Sprintf("c%d", i)] = fmt.Sprintf("extends = \"c%d\"", i+1)
	}
	files["c10"] = ""
	writeFiles(t, files)
	tests := []struct{ file, want string }{
		{"self.toml", `self.toml:1:11: extends: policies extend each other in a circle: self.toml -> self.toml`},
		{"./a.toml", `d/b.toml:1:11: extends: policies extend each other in a circle: a.toml -> d/b.toml -> a.toml`},
		{"c0", `c8:1:11: extends: more than 8 policies extend each other: c0 -> c1 -> c2 -> c3 -> c4 -> c5 -> c6 -> c7 -> c8 -> c9`},
		{"empty.toml", `empty.toml:1:11: extends: the name is empty (leave it out to extend nothing)`},
	}
	for _, tt := range tests {
		if _, err := Load(tt.file); err == nil || err.Error() != tt.want {
			t.Errorf("Load(%q) gives\n%v\nwant\n%s", tt.file, err, tt.want)
		}
	}
	if _, err := Load("c2"); err != nil {
		t.Errorf("8 levels above the last: %v", err)
	}
	var file FileErrors
	if _, err := Decode("x.toml", "extends = \"none.toml\""); !errors.As(err, &file) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing base gives %#v", err)
	}
}

func TestExtendsLocked(t *testing.T) {
	writeFiles(t, map[string]string{
		"locked.toml": "extends = \"strict\"\nlocked = true",
		"tight.toml":  "extends = \"locked.toml\"\n[limits]\ncpu_time = \"2s\"\nmemory = \"128MiB\"\n[seccomp]\ndeny = [\"fork\"]\n[filesystem]\nproc = \"none\"",
		"loose.toml": `extends = "locked.toml"
locked = false
[limits]
memory = "1GiB"
wall_time = "unlimited"
[filesystem]
bind = [{source = "/srv", target = "/srv"}]
`,
	})
	p, err := Load("tight.toml")
	if err != nil || !p.Locked || p.Limits.CPUTime != 2*time.Second {
		t.Errorf("tightening gives locked %v, %v, %v", p.Locked, p.Limits.CPUTime, err)
	}
	want := strings.TrimSpace(`
loose.toml:2:1: locked false: policy "locked" is locked and has locked = true, which may only be tightened
loose.toml:4:1: limits.memory "1GiB": policy "locked" is locked and has limits.memory = "256MiB", which may only be tightened
loose.toml:5:1: limits.wall_time "unlimited": policy "locked" is locked and has limits.wall_time = 11s (2 × cpu_time + 1s), which may only be tightened
loose.toml:7:1: filesystem.bind [{source = "/srv", target = "/srv", readonly = true}]: policy "locked" is locked and has filesystem.bind = [], which may only be tightened
`)
	_, err = Load("loose.toml")
	if err == nil || err.Error() != want {
		t.Errorf("loosening gives\n%v\nwant\n%s", err, want)
	}
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Key != "locked" {
		t.Errorf("the error holds %+v", locked)
	}
}

func TestSource(t *testing.T) {
	for _, name := range Names() {
		text, ok := Source(name)
		if !ok || !strings.Contains(text, "name = \""+name+"\"") {
			t.Errorf("Source(%q) = %q, %v", name, text, ok)
		}
	}
	if _, ok := Source("../builtin"); ok {
		t.Error("Source finds what is no policy")
	}
	if _, ok := Builtin("strict.toml"); ok {
		t.Error("Builtin takes a file name")
	}
}

// TestLoadChecked: a check of the filter sees each file's own entries by their
// places, the wrong ones too, and is not asked of files that say nothing of it.
func TestLoadChecked(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	parent := write("parent.toml", "extends = \"strict\"\n[seccomp]\nallow = [\"write\",\n  3, \"sokcet\"]\n")
	child := write("child.toml", "extends = \"parent.toml\"\n[limits]\npids = 3\n")
	check := func(own, _ Seccomp) []Mistake {
		var all []Mistake
		for i, name := range own.Allow {
			if name != "write" {
				all = append(all, Mistake{Key: fmt.Sprintf("seccomp.allow[%d]", i), Msg: "bad " + name, Hint: "good"})
			}
		}
		return all
	}
	for _, path := range []string{parent, child} {
		_, err := LoadChecked(path, check)
		want := parent + ":4:3: seccomp.allow[1]: want a string, found the whole number 3\n" + parent + ":4:6: seccomp.allow[2]: bad sokcet (good)"
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", path, err, want)
		}
	}
}
