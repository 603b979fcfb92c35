package judge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"judge/judge"
	"judge/judge/problem"
)

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
}

// unpack writes the files below p/ of an archive, and returns the folder and the rest.
func unpack(t *testing.T, file string) (string, map[string]string) {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir, rest := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(file), ".txtar")), map[string]string{}
	for _, f := range a.Files {
		name, below := strings.CutPrefix(f.Name, "p/")
		if !below {
			rest[f.Name] = string(f.Data)
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if link, is := strings.CutPrefix(string(f.Data), "-> "); is {
			err = os.Symlink(strings.TrimSpace(link), path)
		} else {
			mode := os.FileMode(0o644)
			if bytes.HasPrefix(f.Data, []byte("#!")) {
				mode = 0o755
			}
			err = os.WriteFile(path, f.Data, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir, rest
}

// A record is what an engine told.
type record struct {
	results map[string]*judge.Result
	notes   []judge.Note
}

func (r *record) event(e judge.Event) {
	if e.Result != nil {
		r.results[e.Result.Submission] = e.Result
	}
}

// verify judges all submissions of a package.
func verify(t *testing.T, dir string, opts judge.Options) *record {
	t.Helper()
	needRoot(t)
	p, err := problem.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := &record{results: map[string]*judge.Result{}}
	opts.Progress, opts.TempDir = r.event, t.TempDir()
	e, err := judge.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Prepare(context.Background(), p)
	if err == nil {
		err = d.VerifyAll(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	r.notes = d.Notes()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(opts.TempDir); err != nil || len(left) > 0 {
		t.Errorf("the engine left %v, %v", left, err)
	}
	return r
}

// TestPackages: each archive of testdata/packages is a package. Its file want has a line for
// each submission: name, verdict, and where given the score, a word of the reason, …
func TestPackages(t *testing.T) {
	files, err := filepath.Glob("testdata/packages/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no packages", err)
	}
	schema := resultSchema(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			dir, rest := unpack(t, file)
			got := verify(t, dir, judge.Options{})
			if rest["want"] == "" {
				t.Fatal("the archive says not what it wants")
			}
			compare(t, got.results, rest["want"])
			if want, is := rest["notes"]; is {
				compareNotes(t, got.notes, strings.Split(strings.TrimSpace(want), "\n"))
			}
			for name, r := range got.results {
				if err := schema.Validate(decoded(t, r)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// compare holds results against lines "SUBMISSION VERDICT [score=N] [not-as-expected] [reason...]".
func compare(t *testing.T, results map[string]*judge.Result, want string) {
	t.Helper()
	var names []string
	for line := range strings.Lines(want) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		name, verdict, more := words[0], words[1], words[2:]
		names = append(names, name)
		r := results[name]
		if r == nil {
			t.Errorf("%s was not judged", name)
			continue
		}
		if string(r.Verdict) != verdict {
			t.Errorf("%s is %s, want %s: %s", name, r.Verdict, verdict, r.Reason)
		}
		disagrees := len(more) > 0 && more[0] == "not-as-expected"
		if disagrees {
			more = more[1:]
		}
		if agrees := r.Agrees == nil || *r.Agrees; agrees == disagrees {
			t.Errorf("%s: agrees is %v (%s), nothing expected is %v", name, agrees, r.Disagree, r.Agrees == nil)
		}
		if len(more) > 0 {
			if score, is := strings.CutPrefix(more[0], "score="); is {
				more = more[1:]
				if text, _ := json.Marshal(r.Score); string(text) != score {
					t.Errorf("%s has the score %s, want %s", name, text, score)
				}
			}
		}
		if reason := strings.Join(more, " "); !strings.Contains(r.Reason, reason) {
			t.Errorf("%s: the reason is %q, want %q in it", name, r.Reason, reason)
		}
	}
	for name, r := range results {
		if !slices.Contains(names, name) {
			t.Errorf("%s is %s (%s), and the archive does not say what it wants", name, r.Verdict, r.Reason)
		}
	}
}

// compareNotes holds notes against the beginnings of lines.
func compareNotes(t *testing.T, notes []judge.Note, want []string) {
	t.Helper()
	var got []string
	for _, n := range notes {
		got = append(got, map[bool]string{false: "odd: ", true: "wrong: "}[n.Wrong]+n.Text)
	}
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("the notes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func resultSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := judge.ResultSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("grade.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("grade.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decoded(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
