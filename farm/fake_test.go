package farm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// A fakeBench judges without running anything: a submission whose text has "WA 3" is wrong on
// its third case, and a package wants nothing judged after a failure.
type fakeBench struct {
	jobs int

	mu     sync.Mutex
	judged []string                                                 // "SUBMISSION CASE"
	before func(ctx context.Context, submission, name string) error // a case is judged; may be nil
	after  func(submission, name string)                            // it has its verdict; may be nil
	lie    string                                                   // cases whose names end so are found wrong
	facts  []judge.Fact
	prove  *judge.Provenance // of its results; may be nil
	limit  time.Duration     // that is measured
	kept   time.Duration     // that was agreed on
	halted chan struct{}
}

func newBench(jobs int) *fakeBench { return &fakeBench{jobs: jobs, halted: make(chan struct{})} }

func (b *fakeBench) Jobs() int { return b.jobs }
func (b *fakeBench) Halt()     { close(b.halted) }

func (b *fakeBench) Facts(t Terms) ([]judge.Fact, error) {
	if b.facts != nil {
		return b.facts, nil
	}
	o := judge.Options{Version: "1"}
	t.apply(&o)
	return judge.BasisOf(o)
}

func (b *fakeBench) Prepare(_ context.Context, _ Terms, p *problem.Problem) (Docket, error) {
	return &fakeDocket{b, p}, nil
}

func (b *fakeBench) list() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.judged)
}

type fakeDocket struct {
	*fakeBench
	p *problem.Problem
}

func (d *fakeDocket) Close() {}

func (d *fakeDocket) TimeLimit(context.Context) (time.Duration, error) { return d.limit, nil }
func (d *fakeDocket) AdoptTimeLimit(l time.Duration) {
	d.mu.Lock()
	d.kept = l
	d.mu.Unlock()
}

func (d *fakeDocket) Resume(ctx context.Context, s judge.Submission, rec judge.Record) (*judge.Result, error) {
	text, err := os.ReadFile(s.Files[0].Path)
	if err != nil {
		return nil, err
	}
	r := &judge.Result{Version: judge.Version, Problem: d.p.Name, Submission: s.Name, Verdict: problem.AC, Groups: []judge.GroupResult{}, Cases: []judge.CaseResult{}}
	if d.prove != nil {
		p := *d.prove
		r.Provenance = &p
	}
	for i, c := range d.p.Cases {
		got, known := rec.Known(c.Name)
		if !known {
			if got, err = d.one(ctx, s.Name, c.Name, strings.Contains(string(text), fmt.Sprintf("WA %d", i+1))); err == nil {
				err = rec.Judged(got)
			}
			if err != nil {
				return nil, err
			}
			if err := d.settled(rec); err != nil {
				return nil, err
			}
			if d.after != nil {
				d.after(s.Name, c.Name)
			}
		}
		got.Score = nil
		r.Cases = append(r.Cases, got)
		if got.Verdict != problem.AC {
			r.Verdict, r.Reason = got.Verdict, "on "+c.Name
			break
		}
	}
	return r, nil
}

// settled waits until verdicts are written, where a test looks at what there is between two cases.
func (b *fakeBench) settled(rec judge.Record) error {
	if far, is := rec.(*record); is && (b.before != nil || b.after != nil) {
		return far.settle()
	}
	return nil
}

func (b *fakeBench) one(ctx context.Context, submission, name string, wrong bool) (judge.CaseResult, error) {
	select {
	case <-b.halted:
		return judge.CaseResult{}, judge.ErrHalted
	case <-ctx.Done():
		return judge.CaseResult{}, context.Cause(ctx)
	default:
	}
	if b.before != nil {
		if err := b.before(ctx, submission, name); err != nil {
			return judge.CaseResult{}, err
		}
	}
	b.mu.Lock()
	b.judged = append(b.judged, submission+" "+name)
	b.mu.Unlock()
	c := judge.CaseResult{Name: name, Verdict: problem.AC, Measurements: 1}
	if wrong || b.lie != "" && strings.HasSuffix(name, b.lie) {
		c.Verdict = problem.WA
	}
	return c, nil
}

// contest makes a package p of some cases, and some submissions to it, of which each fourth is
// wrong on its second case.
func contest(t testing.TB, cases, submissions int) (pkg string, files []string) {
	t.Helper()
	dir := t.TempDir()
	for i := range cases {
		write(t, filepath.Join(dir, fmt.Sprintf("p/%02d.in", i)), fmt.Sprint(i), 0o644)
		write(t, filepath.Join(dir, fmt.Sprintf("p/%02d.ans", i)), fmt.Sprint(i), 0o644)
	}
	for i := range submissions {
		text := fmt.Sprint("ok ", i)
		if i%4 == 3 {
			text = fmt.Sprint("WA 2 ", i)
		}
		file := filepath.Join(dir, fmt.Sprintf("s/%02d.c", i))
		write(t, file, text, 0o644)
		files = append(files, file)
	}
	return filepath.Join(dir, "p"), files
}
