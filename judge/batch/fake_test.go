package batch

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"judge/judge"
	"judge/judge/problem"
)

// A fake grades without running anything: a submission whose file says "JE" is judge's own
// error on its last case.
type fake struct {
	mu     sync.Mutex
	facts  []judge.Fact
	judged []string      // "SUBMISSION CASE", as they were judged
	after  int           // judge so many cases, and then act; 0: never
	act    func()        //
	halted chan struct{} // closed: no case begins
	jobs   int
	closed int
}

func newFake() *fake {
	return &fake{facts: []judge.Fact{{What: "judge's version", Value: "1"}}, jobs: 2, halted: make(chan struct{})}
}

func (f *fake) Jobs() int                            { return f.jobs }
func (f *fake) Basis() ([]judge.Fact, error)         { return f.facts, nil }
func (f *fake) CheckLanguage(judge.Submission) error { return nil }
func (f *fake) Fits(*problem.Problem) error          { return nil }

func (f *fake) Prepare(_ context.Context, p *problem.Problem) (Docket, error) {
	return &fakeDocket{f, p}, nil
}

type fakeDocket struct {
	*fake
	p *problem.Problem
}

func (d *fakeDocket) Digest() string      { return judge.PackageDigest(d.p) }
func (d *fakeDocket) Notes() []judge.Note { return nil }
func (d *fakeDocket) Close()              { d.closed++ }

func (d *fakeDocket) Resume(ctx context.Context, _ int, s judge.Submission, r judge.Record) (*judge.Result, error) {
	text, err := os.ReadFile(s.Files[0].Path)
	if err != nil {
		return nil, err
	}
	result := &judge.Result{Version: judge.Version, Problem: d.p.Name, Submission: s.Name, Verdict: problem.AC, Groups: []judge.GroupResult{}, Cases: []judge.CaseResult{}}
	for i, c := range d.p.Cases {
		got, known := r.Known(c.Name)
		if !known {
			if got, err = d.judge(ctx, s, c.Name, i == len(d.p.Cases)-1 && strings.Contains(string(text), "JE")); err == nil && got.Verdict != problem.JE {
				err = r.Judged(got)
			}
			if err != nil {
				return nil, err
			}
		}
		if got.Verdict == problem.JE {
			result.Verdict = problem.JE
		}
		got.Score = nil
		result.Cases = append(result.Cases, got)
	}
	return result, nil
}

func (f *fake) judge(ctx context.Context, s judge.Submission, name string, fault bool) (judge.CaseResult, error) {
	select {
	case <-f.halted:
		return judge.CaseResult{}, judge.ErrHalted
	case <-ctx.Done():
		return judge.CaseResult{}, context.Cause(ctx)
	default:
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.judged = append(f.judged, s.Name+" "+name)
	if f.after > 0 && len(f.judged) == f.after {
		f.act()
	}
	c := judge.CaseResult{Name: name, Verdict: problem.AC, Measurements: 1, Reason: "a \"reason\"\nof " + s.Name}
	if fault {
		c.Verdict = problem.JE
	}
	one := 1.0
	c.Score = &one
	return c, nil
}

// contest makes a folder with two problems and a manifest of some submissions, of which
// the last is a JE if fault.
func contest(t *testing.T, submissions int, fault bool) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []string{"p", "q"} {
		for _, c := range []string{"1", "2 \"x\""} {
			write(p+"/"+c+".in", c)
			write(p+"/"+c+".ans", c)
		}
	}
	var lines strings.Builder
	for i := range submissions {
		text := "ok"
		if fault && i == submissions-1 {
			text = "JE"
		}
		write(fmt.Sprintf("s/%d.c", i), text)
		fmt.Fprintf(&lines, "{\"problem\":%q,\"submission\":\"s/%d.c\"}\n", []string{"p", "q"}[i%2], i)
	}
	write(ManifestName, lines.String())
	return dir
}

// An account is what a batch came to.
type account struct {
	told    []string // results as JSON, in the order of the list
	resumed int
}

// try grades the manifest of a folder once, with a journal on a disk.
func try(t *testing.T, dir string, f *fake, d *disk) (account, error) {
	t.Helper()
	var a account
	byNumber := map[int]string{}
	o := Options{List: Manifest(filepath.Join(dir, ManifestName), nil), Done: func(o Outcome) {
		text, err := json.Marshal(o.Result)
		if err != nil {
			t.Error(err)
		}
		if byNumber[o.Number] != "" {
			t.Errorf("item %d is told twice", o.Number)
		}
		byNumber[o.Number] = string(text)
		if o.Resumed {
			a.resumed++
		}
	}}
	if d != nil {
		j, err := OpenJournal(d, d.size())
		if err != nil {
			return a, err
		}
		j.group = 0
		o.Journal = j
	}
	o.Court = f
	b, err := New(context.Background(), o)
	if err != nil {
		return a, err
	}
	err = b.Run(context.Background())
	for n := range b.Count() {
		a.told = append(a.told, byNumber[n])
	}
	return a, err
}

// never says that two times were not the same that was judged.
func twice(t *testing.T, judged ...[]string) {
	t.Helper()
	var all []string
	for _, j := range judged {
		all = append(all, j...)
	}
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			t.Errorf("judged twice: %s", all[i])
		}
	}
}
