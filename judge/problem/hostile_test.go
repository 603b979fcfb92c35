package problem

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// unpackMap makes a package of files by name.
func unpackMap(t testing.TB, files map[string]string) string {
	t.Helper()
	var all []txtar.File
	for name, data := range files {
		all = append(all, txtar.File{Name: name, Data: []byte(data)})
	}
	return unpack(t, all)
}

// codes are the kinds of error that a package gives.
func codes(t *testing.T, dir string) map[Code]int {
	t.Helper()
	_, err := Load(dir)
	found := map[Code]int{}
	var all Errors
	if errors.As(err, &all) {
		for _, e := range all {
			found[e.Code]++
		}
	} else if err != nil {
		t.Errorf("no Errors: %v", err)
	}
	return found
}

func minimal() map[string]string {
	return map[string]string{"problem.yaml": "name: x\n", "data/secret/1.in": "", "data/secret/1.ans": ""}
}

// TestAliasBomb: aliases are not expanded, so nine levels of nine cost nothing.
func TestAliasBomb(t *testing.T) {
	files := minimal()
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	files["problem.yaml"] = bomb + "keywords: *a11\nname: *a11\n"
	if found := codes(t, unpackMap(t, files)); found[BadType] != 1 {
		t.Errorf("errors %v, want one of type", found)
	}
}

// TestAliasOfItself: a map that holds itself is not followed for ever.
func TestAliasOfItself(t *testing.T) {
	files := minimal()
	files["problem.yaml"] = "limits: &l {memory: *l, <<: *l}\nname: &n {en: *n}\n"
	if found := codes(t, unpackMap(t, files)); len(found) == 0 {
		t.Error("taken without an error")
	}
}

func TestDeepYAML(t *testing.T) {
	files := minimal()
	files["problem.yaml"] = strings.Repeat("[", 100000) + strings.Repeat("]", 100000)
	if found := codes(t, unpackMap(t, files)); found[BadSyntax]+found[BadType] == 0 {
		t.Errorf("errors %v", found)
	}
}

// TestTextInPieces: text with elements in between is not copied for each of them, which
// would be 10 GB.
func TestTextInPieces(t *testing.T) {
	dir := unpackMap(t, map[string]string{"problem.xml": "<problem>" + strings.Repeat("ab<c/>", 1e5) + "</problem>"})
	took := allocated(func() {
		if found := codes(t, dir); found[NoCases] != 1 {
			t.Errorf("errors %v, want one of cases", found)
		}
	})
	if took > 1<<30 {
		t.Errorf("%d MiB were allocated for a file of 600 KB", took>>20)
	}
}

// TestManyUnknownKeys: each is held against all the known ones only as long as somebody
// is told.
func TestManyUnknownKeys(t *testing.T) {
	files := minimal()
	var keys strings.Builder
	for i := range 30000 {
		fmt.Fprintf(&keys, "unknown%d:\n", i)
	}
	files["problem.yaml"] = keys.String()
	dir := unpackMap(t, files)
	took := allocated(func() {
		p, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if last := p.Warnings[len(p.Warnings)-1].Text; !strings.Contains(last, fmt.Sprint(30000-maxAlike)) {
			t.Errorf("the last warning is %q, want it to count the others", last)
		}
	})
	if took > 256<<20 {
		t.Errorf("%d MiB were allocated for a file of 400 KB", took>>20)
	}
}

// TestManyOpenQuotes: for a quotation mark that nothing closes, not all lines that follow are looked
// at, which took more than an hour.
func TestManyOpenQuotes(t *testing.T) {
	const lines = 400_000
	files := minimal()
	files["domjudge-problem.ini"] = strings.Repeat("color=\"x\n", lines) + "special_compare_args=y\n"
	p, err := Load(unpackMap(t, files))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range p.Warnings {
		if w.Code == UnusedSetting && w.Place.Line == lines+1 {
			return
		}
	}
	t.Errorf("nothing is said of the last line: %v", p.Warnings)
}

// allocated is how many bytes do allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHugeText(t *testing.T) {
	dir := unpackMap(t, minimal())
	if err := os.Truncate(filepath.Join(dir, "problem.yaml"), 1<<40); err != nil {
		t.Skipf("no sparse file of 1 TiB: %v", err)
	}
	if found := codes(t, dir); found[BadValue] != 1 {
		t.Errorf("errors %v, want one of value", found)
	}
}

// TestFIFO: opening one would wait for ever.
func TestFIFO(t *testing.T) {
	files := minimal()
	delete(files, "data/secret/1.in")
	dir := unpackMap(t, files)
	for _, name := range []string{"data/secret/1.in", "submissions"} {
		if out, err := exec.Command("mkfifo", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("mkfifo: %v: %s", err, out)
		}
	}
	if found := codes(t, dir); found[Unreadable] < 1 {
		t.Errorf("errors %v, want one unreadable", found)
	}
}

// TestLinkTree: folders that link to each other make a tree of 2^40 leaves; reading
// stops before.
func TestLinkTree(t *testing.T) {
	dir := unpackMap(t, minimal())
	for i := range 40 {
		level := filepath.Join(dir, "data", "secret", fmt.Sprintf("l%02d", i))
		if err := os.MkdirAll(level, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b"} {
			if err := os.Symlink(fmt.Sprintf("../l%02d", i+1), filepath.Join(level, name)); err != nil && i < 39 {
				t.Fatal(err)
			}
		}
	}
	if found := codes(t, dir); found[Unsupported]+found[OutsideLink] == 0 {
		t.Errorf("errors %v", found)
	}
}

// TestManyAlike: a fault of every case is not a message of every case.
func TestManyAlike(t *testing.T) {
	files := map[string]string{"problem.yaml": "name: x\n"}
	for i := range 3 * maxAlike {
		files[fmt.Sprintf("data/secret/%03d.in", i)] = ""
	}
	_, err := Load(unpackMap(t, files))
	var all Errors
	if !errors.As(err, &all) || len(all) != maxAlike+1 {
		t.Fatalf("%d errors, want %d: %v", len(all), maxAlike+1, err)
	}
	if last := all[maxAlike].Text; !strings.Contains(last, fmt.Sprint(2*maxAlike)) {
		t.Errorf("the last is %q, want it to count %d more", last, 2*maxAlike)
	}
	var one *Error
	if !errors.As(err, &one) || one.Code != NoAnswer {
		t.Errorf("errors.As gives %v", one)
	}
}

// TestUnsupported: what judge does not support hides no files, so that a program which
// is there is not said to be missing.
func TestUnsupported(t *testing.T) {
	files := minimal()
	files["problem.yaml"] = "limits: {<<: 1}\nvalidation: custom\n"
	files["output_validators/v/v.py"] = ""
	if found := codes(t, unpackMap(t, files)); found[Unsupported] != 1 || len(found) != 1 {
		t.Errorf("errors %v, want one of what is not supported", found)
	}
}

func TestNotAFolder(t *testing.T) {
	zip := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(zip, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, hint := range map[string]string{zip: "unpack", zip + "/none": "", filepath.Join(t.TempDir(), "gone"): "no folder"} {
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("Load(%s): %v, want something about %q", dir, err, hint)
		}
	}
}

// TestExpand: only sequences of a constant's name are replaced.
func TestExpand(t *testing.T) {
	p := &Problem{Constants: map[string]string{"n": "5", "n_max": "10", "n.word": "five"}}
	if got, want := string(p.Expand([]byte("{{n}} {{n_max}} {{m}} {{ n }} {n} {{{n}}} {{n.word}} {{n.x}}"))), "5 10 {{m}} {{ n }} {n} {5} five {{n.x}}"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzYAML: no bytes in a YAML file make reading panic or hang, and what is an error has a
// place or is about the package.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{"name: x", "limits: {memory: 1}", "type: [scoring, interactive]", "a: &a [*a]", "? - x\n: y", "\x00", "- - -",
		"problem_format_version: 2025-09\nlimits:\n  time_multipliers: 3\nconstants: {a: 1}", "validation: custom 'a", "grading: {range: 1 2}"} {
		for kind := range byte(5) {
			f.Add(kind, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		files := minimal()
		files["submissions/accepted/a.py"] = ""
		version := "problem_format_version: 2025-09\ntype: scoring\n"
		switch kind % 5 {
		case 0:
			files["problem.yaml"] = string(data)
		case 1:
			files["problem.yaml"] = "type: scoring\n"
			files["data/secret/testdata.yaml"] = string(data)
		case 2:
			files["problem.yaml"] = version
			files["data/secret/test_group.yaml"] = string(data)
		case 3:
			files["problem.yaml"] = version
			files["submissions/submissions.yaml"] = string(data)
		case 4:
			delete(files, "problem.yaml")
			files["task.yaml"] = string(data)
			files["gen/GEN"] = string(data)
		}
		p, err := Load(unpackMap(t, files))
		if err == nil {
			dump(p)
			return
		}
		var all Errors
		if !errors.As(err, &all) || len(all) == 0 {
			t.Errorf("no Errors: %v", err)
		}
	})
}

// FuzzXML: nor do those of a problem.xml.
func FuzzXML(f *testing.F) {
	f.Add([]byte("<problem><judging><testset><tests><test/></tests></testset></judging></problem>"))
	f.Add([]byte("<a>&b;</a>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := Load(unpackMap(t, map[string]string{"problem.xml": string(data)})); err == nil {
			dump(p)
		}
	})
}
