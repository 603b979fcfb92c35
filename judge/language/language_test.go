package language

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"judge/policy"
)

// TestPresets: they decode, no two languages have an id, an alias or a detected
// extension in common, and each can be probed and installed.
func TestPresets(t *testing.T) {
	ids, extensions := map[string]string{}, map[string]string{}
	for _, l := range Builtin().All() {
		for _, id := range append([]string{l.ID}, l.Aliases...) {
			if other, is := ids[id]; is {
				t.Errorf("%s and %s are both called %s", l.ID, other, id)
			}
			ids[id] = l.ID
		}
		for _, e := range l.Extensions {
			if other, is := extensions[e]; is && l.Detect {
				t.Errorf("%s and %s have both %s", l.ID, other, e)
			}
			if l.Detect {
				extensions[e] = l.ID
			}
		}
		if l.Name == "" || len(l.Version) == 0 || len(l.Packages) == 0 || len(l.Extensions) == 0 {
			t.Errorf("%s lacks a name, a version, packages or extensions", l.ID)
		}
	}
	// Codes of the package format's table that packages name in include/ and submissions.yaml.
	for id, code := range map[string]string{"cpp17": "cpp", "cpp23": "cpp", "pypy3": "python3", "cpp": "cpp", "java": "java"} {
		if l, err := Builtin().Find(id); err != nil || l.Code != code {
			t.Errorf("packages call %s %v (%v), want %s", id, l, err, code)
		}
	}
	for _, id := range strings.Fields("bash c cpp csharp go haskell java javascript kotlin lua ocaml pascal perl python3 ruby rust typescript") {
		if l, err := Builtin().Find(id); err != nil || l.ID != id {
			t.Errorf("%s is %v, %v", id, l, err)
		}
	}
}

func TestFind(t *testing.T) {
	s := Builtin()
	for id, want := range map[string]string{"cpp": "cpp", "C++": "cpp", "py3": "python3", "Python": "python3", "kt": "kotlin", "C#": "csharp", "c++17": "cpp17", "js": "javascript"} {
		if l, err := s.Find(id); err != nil || l.ID != want {
			t.Errorf("%s is %v, %v; want %s", id, l, err, want)
		}
	}
	for id, want := range map[string]string{
		"pyton3":    `there is no language "pyton3"; did you mean python3?`,
		"fortran77": `there is no language "fortran77"; judge languages lists them`,
		"":          `there is no language ""; judge languages lists them`,
	} {
		_, err := s.Find(id)
		var unknown *UnknownError
		if !errors.As(err, &unknown) || err.Error() != want {
			t.Errorf("%q: %v, want %s", id, err, want)
		}
	}
}

func TestDetect(t *testing.T) {
	for _, test := range []struct{ files, want, err string }{
		{"a.c", "c", ""},
		{"a.cc", "cpp", ""},
		{"a.C", "cpp", ""},
		{"sub/a.cpp b.h c.txt", "cpp", ""},
		{"a.py", "python3", ""},
		{"Main.java Other.java", "java", ""},
		{"a.pl", "perl", ""},
		{"main.hs Makefile", "haskell", ""},
		{"", "", "the submission has no files"},
		{"a.c b.py", "", "the files a.c, b.py are of several languages (c, python3); say which with --language"},
		{"a.c b.cc", "", "the files a.c, b.cc are of several languages (c, cpp); say which with --language"},
		{"a.txt", "", "no language has files such as a.txt; say which it is with --language"},
		{"Makefile", "", "no language has files such as Makefile; say which it is with --language"},
		{"a.jav", "", "no language has files such as a.jav; was .java meant? Else say which it is with --language"},
		{"1.x 2.x 3.x 4.x 5.x 6.x", "", "no language has files such as 1.x, 2.x, 3.x, 4.x, 5.x, ...; say which it is with --language"},
	} {
		l, err := Builtin().Detect(strings.Fields(test.files))
		switch {
		case err != nil && err.Error() != test.err:
			t.Errorf("%s: %v, want %s%s", test.files, err, test.want, test.err)
		case err == nil && l.ID != test.want:
			t.Errorf("%s is %s, want %s%s", test.files, l.ID, test.want, test.err)
		}
	}
}

// A tree is a submission: names and texts.
type tree map[string]string

func (tr tree) names() []string {
	var names []string
	for name := range tr {
		names = append(names, name)
	}
	return names
}

func (tr tree) read(name string) ([]byte, error) {
	text, ok := tr[name]
	if !ok {
		return nil, fmt.Errorf("read %s, which is not of the submission", name)
	}
	return []byte(text), nil
}

func TestBuild(t *testing.T) {
	const mib256 = 256 << 20
	main := "public static void main(String[] a) {}"
	for _, test := range []struct {
		name, id, entry string
		files           tree
		compile, run    string // joined by |
		moved           string // NAME>NAME
		err             string
	}{
		{"all sources, in order, no header", "cpp", "", tree{"b.cc": "", "a.cpp": "", "x.h": "", "d/c.cc": ""},
			"g++|-std=gnu++20|-O2|-static|-pipe|-DONLINE_JUDGE|-o|program|a.cpp|b.cc|d/c.cc", "/box/program|arg", "", ""},
		{"names with spaces and dashes", "c", "", tree{"-o x.c": "", "@f.c": ""},
			"gcc|-std=gnu11|-O2|-static|-pipe|-DONLINE_JUDGE|-o|program|./-o x.c|./@f.c|-lm", "/box/program|arg", "", ""},
		{"no source", "c", "", tree{"x.h": "", "y.h": ""}, "", "", "", "no file of the submission is C (gnu11) source; its files end in .c"},
		{"one file whose name does not tell", "c", "", tree{"sol.txt": ""}, "gcc|-std=gnu11|-O2|-static|-pipe|-DONLINE_JUDGE|-o|program|sol.c|-lm", "/box/program|arg", "sol.txt>sol.c", ""},
		{"one file with an entry point", "python3", "sol.x", tree{"sol.x": ""}, "python3|-m|py_compile|sol.py", "python3|sol.py|arg", "sol.x>sol.py", ""},
		{"one file that is all extension", "python3", "", tree{".x": ""}, "python3|-m|py_compile|.x.py", "python3|.x.py|arg", ".x>.x.py", ""},
		{"java: one file whose name does not tell", "java", "", tree{"A.txt": "public class A {" + main + "}"}, "*A|A.java", "java|*A|arg", "A.txt>A.java", ""},
		{"one file is the main one", "python3", "", tree{"sol.py": "", "data.txt": ""}, "python3|-m|py_compile|sol.py", "python3|sol.py|arg", "", ""},
		{"__main__ before main", "python3", "", tree{"__main__.py": "", "main.py": ""}, "python3|-m|py_compile|__main__.py|main.py", "python3|__main__.py|arg", "", ""},
		{"main", "python3", "", tree{"util.py": "", "main.py": ""}, "python3|-m|py_compile|main.py|util.py", "python3|main.py|arg", "", ""},
		{"an entry point", "python3", "util", tree{"util.py": "", "main.py": ""}, "python3|-m|py_compile|main.py|util.py", "python3|util.py|arg", "", ""},
		{"an entry point that is not there", "python3", "x.py", tree{"main.py": ""}, "", "", "", `the main file "x.py" is none of main.py; correct the entry point`},
		{"no main file", "python3", "", tree{"a.py": "", "b.py": ""}, "", "", "", "it is not clear which of a.py, b.py is the main file; name it __main__.py or main.py or main.py3"},
		{"the program among units", "pascal", "", tree{"a.pas": "unit a;", "b.pas": "{x}\nProgram b;"}, "fpc|-O2|-XS|-Xs|-vew|-dONLINE_JUDGE|-oprogram|b.pas", "/box/program|arg", "", ""},
		{"heap", "javascript", "", tree{"a.js": ""}, "node|--check|a.js", "node|--max-old-space-size=160|a.js|arg", "", ""},

		{"java: a public class of another name", "java", "", tree{"sol.java": "// class A\npublic class B {" + main + "}"}, "*b|B.java", "java|*B|arg", "sol.java>B.java", ""},
		{"java: not public", "java", "", tree{"sol.java": "class A {} class B {" + main + "}"}, "*b|sol.java", "java|*B|arg", "", ""},
		{"java: Main is preferred", "java", "", tree{"A.java": "public class A {" + main + "}", "Main.java": "public class Main {" + main + "}"}, "*Main|A.java|Main.java", "java|*Main|arg", "", ""},
		{"java: a public one is preferred", "java", "", tree{"B.java": "class A {" + main + "} public class B {" + main + "}"}, "*B|B.java", "java|*B|arg", "", ""},
		{"java: package", "java", "", tree{"p/X.java": "package a.b ;\npublic final class X {" + main + "}"}, "*a.b.X|p/X.java", "java|*a.b.X|arg", "", ""},
		{"java: text and comments are no code", "java", "", tree{"X.java": `class X { String s = "class Y { void main("; /* public class Z */ char c = '"'; static public void main(String... x) {} }`}, "*X|X.java", "java|*X|arg", "", ""},
		{"java: a main of an inner class is none", "java", "", tree{"X.java": "class X { static class Y { " + main + " } } class Z { " + main + " }"}, "*Z|X.java", "java|*Z|arg", "", ""},
		{"java: interface, enum, record", "java", "", tree{"E.java": "public enum E { A; " + main + " }"}, "*E|E.java", "java|*E|arg", "", ""},
		{"java: an entry point", "java", "B", tree{"A.java": "public class A {" + main + "}", "B.java": "class B {" + main + "}"}, "*B|A.java|B.java", "java|*B|arg", "", ""},
		{"java: an entry point that is an option", "java", "-version", tree{"A.java": "public class A {" + main + "}"}, "", "", "", `the entry point "-version" is not the name of a class; correct the entry point`},
		{"java: no main", "java", "", tree{"A.java": "class A {}"}, "*A|A.java", "java|*A|arg", "", ""},
		{"java: two of one name", "java", "", tree{"a.java": "public class X {}", "b.java": "public class X {}"}, "", "", "", "a.java and b.java have a public class of the same name; rename one of them"},

		{"kotlin: the file's class", "kotlin", "", tree{"hello-world.kt": "fun main() {}"}, "kotlinc|-nowarn|-d|program.jar|-include-runtime|hello-world.kt", "java|*Hello_worldKt|arg", "", ""},
		{"kotlin: the file with main", "kotlin", "", tree{"a.kt": "// fun main()\nfun f() {}", "b.kt": "package p.q\nfun main(args: Array<String>) {}"}, "kotlinc|-nowarn|-d|program.jar|-include-runtime|a.kt|b.kt", "java|*p.q.BKt|arg", "", ""},
	} {
		l, err := Builtin().Find(test.id)
		if err != nil {
			t.Fatal(err)
		}
		b, err := l.Build(test.files.names(), test.entry, test.files.read)
		if err != nil {
			if err.Error() != test.err {
				t.Errorf("%s: %v, want %s", test.name, err, test.err)
			}
			continue
		}
		if test.err != "" {
			t.Errorf("%s: want %s", test.name, test.err)
		}
		fits(t, test.name+": compile", test.compile, b.Compile)
		fits(t, test.name+": run", test.run, b.Run(mib256, "arg"))
		var moved []string
		for from, to := range b.Names {
			if from != to {
				moved = append(moved, from+">"+to)
			}
		}
		if strings.Join(moved, " ") != test.moved {
			t.Errorf("%s: moved %v, want %s", test.name, moved, test.moved)
		}
	}
}

// fits compares words; *X in want stands for what precedes the word X.
func fits(t *testing.T, name, want string, got []string) {
	t.Helper()
	list := strings.Split(want, "|")
	if i := slices.IndexFunc(list, func(w string) bool { return strings.HasPrefix(w, "*") }); i >= 0 {
		tail := append([]string{list[i][1:]}, list[i+1:]...)
		if i == 0 && tail[0] == "b" { // {mainclass} is not looked at
			tail = tail[1:]
		}
		if len(got) < len(tail) || !slices.Equal(got[len(got)-len(tail):], tail) {
			t.Errorf("%s is %q, want it to end in %q", name, got, tail)
		}
		return
	}
	if !slices.Equal(got, list) {
		t.Errorf("%s is %q, want %q", name, got, list)
	}
}

func TestWith(t *testing.T) {
	s, err := Builtin().With("my.toml", `
[cpp] # changes one thing
compile = "clang++ -o {binary} {files}"

[cpp14]
extends = "cpp"
name = "C++14"
detect = false

[zig]
extensions = [".zig"]
compile = "zig build-exe {files} -femit-bin={binary}"
binary = "main"
run = "/box/{binary}"
time_factor = 2
policy = "default"
env = { A = "b" }
`)
	if err != nil {
		t.Fatal(err)
	}
	cpp, _ := s.Find("c++")
	if cpp.Compile != "clang++ -o {binary} {files}" || cpp.Name != "C++20" {
		t.Errorf("cpp is %+v", cpp)
	}
	if l, _ := s.Find("cpp14"); l == nil || l.Code != "cpp" || l.Compile != cpp.Compile || l.Detect || len(l.Aliases) > 0 {
		t.Errorf("cpp14 is %+v", l)
	}
	if l, err := s.Detect([]string{"a.zig"}); err != nil || l.TimeFactor != 2 || l.Policy != "default" || l.Env["A"] != "b" {
		t.Errorf("zig is %+v, %v", l, err)
	}
	l, _ := Builtin().Find("cpp")
	if l.Compile == cpp.Compile {
		t.Error("the built-in set has changed")
	}
	if again, _ := Builtin().Find("c++"); again != l {
		t.Error("a language of the built-in set is not the same each time")
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"[x]\nrun = 'x'\ncompil = 'y'":                               `f:3:1: x.compil: a language has no key "compil" (did you mean compile?)`,
		"[x]\nrun = 3":                                               `f:2:1: x.run: must be a string, not 3`,
		"[x]\nrun = 'x'\nextensions = '.c'":                          `f:3:1: x.extensions: must be a list of strings, not .c`,
		"[x]\nrun = 'x'\ndetect = 'no'":                              `f:3:1: x.detect: must be true or false, not no`,
		"[x]\nrun = 'x'\nextensions = ['c']":                         `f:3:1: x.extensions: "c" is not an extension (such as ".cc")`,
		"[x]\nname = 'X'":                                            `f:1:2: x: the language "x" has no command run`,
		"x = 1":                                                      `f:1:1: x: "x" is not a language (a language is a table: [x])`,
		"[X]\nrun = 'x'":                                             `f:1:2: X: "X" cannot be the id of a language (lower-case letters, digits, _ and -)`,
		"[x]\nextends = 'y'":                                         `f:2:1: x.extends: there is no language "y" (it must stand before, or be a built-in one)`,
		"[x]\nrun = 'x {file}'":                                      `f:2:1: x.run: there is no placeholder {file} (they are {files} {main} {mainclass} {binary} {memlim} {heap})`,
		"[x]\nrun = 'x {main}'":                                      `f:2:1: x.run: there is no {main} (say with main how it is found)`,
		"[x]\nrun = 'x -o={files}'":                                  `f:2:1: x.run: {files} stands for several words and cannot be a part of one, as in "-o={files}"`,
		"[x]\nrun = '/box/{binary}'":                                 `f:2:1: x.run: there is no {binary} (name it with binary)`,
		"[x]\nrun = 'x \"y'":                                         `f:2:1: x.run: the command cannot be split into words: EOF found when expecting closing quote`,
		"[x]\nrun = 'x'\nbinary = '../y'":                            `f:3:1: x.binary: "../y" is not the name of a file`,
		"[x]\nrun = 'x'\nmain = 'class'":                             `f:3:1: x.main: there is no way "class" to find what is run ("file", "java" or "kotlin", or leave it out)`,
		"[x]\nrun = 'x'\nmain_pattern = '('":                         "f:3:1: x.main_pattern: not a regular expression: error parsing regexp: missing closing ): `(`",
		"[x]\nrun = 'x'\npolicy = 'lax'":                             `f:3:1: x.policy: there is no policy "lax" (a built-in policy, or a file with a slash or a point in its name)`,
		"[x]\nrun = 'x'\ntime_factor = 0":                            `f:3:1: x.time_factor: 0 is not in (0,1000]`,
		"[x]\nrun = 'x'\nversion = ['x {files}']":                    `f:3:1: x.version: {files} has no meaning where there is no submission`,
		"[x]\nrun = 'x'\nenv = { A = 1 }\n[y]\nrun = 'y'\nnam = 'z'": "f:3:1: x.env: must be a table of strings, not map[A:1]\nf:6:1: y.nam: a language has no key \"nam\" (did you mean name?)",
		"[x\nrun = 'x'":                                              "f:2:3: not valid TOML: expected '.' or ']' to end table name, but got '\\n' instead",
		strings.Repeat("# a comment that is much too long\n", maxFile/34+1): "f: a file of",
	} {
		_, err := Builtin().With("f", text)
		var files policy.FileErrors
		if !errors.As(err, &files) || err.Error() != want && !(strings.HasPrefix(err.Error(), want) && len(want) < 15) {
			t.Errorf("%.60q:\n got %v\nwant %s", text, err, want)
		}
	}
}

// FuzzJava: no text of a file is too odd to be looked at.
func FuzzJava(f *testing.F) {
	f.Add("package p; public class X { static void main(String[] a) {} }")
	f.Add("}}}{{{\"'/*")
	f.Fuzz(func(t *testing.T, text string) {
		l, _ := Builtin().Find("java")
		b, err := l.Build([]string{"a.java"}, "", func(string) ([]byte, error) { return []byte(text), nil })
		if err != nil {
			return
		}
		if b.mainClass == "" || strings.ContainsAny(b.Names["a.java"], "/\x00 ") {
			t.Errorf("main class %q, file %q", b.mainClass, b.Names["a.java"])
		}
	})
}
