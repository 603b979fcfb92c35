package farm

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"judge/judge"
	"judge/judge/problem"
)

// What is judged is on the disk when the record has settled; of what another worker was faster with that stands,
// and the record says so.
func TestRecord(t *testing.T) {
	f, _ := newHost(t).farm(quick())
	pkg, _ := contest(t, 1, 0)
	court, _ := prepared(t, f, pkg)
	cache := newCache(t, f, 0)
	w := NewWorker(f, WorkerOptions{Bench: newBench(1), Cache: cache, Dir: t.TempDir()})
	j := job{Batch: court.ID(), Item: 7}
	const cases = 5 * verdictsAhead
	name := func(i int) string { return fmt.Sprintf("secret/%02d", i) }
	if _, err := f.claim(t.Context(), verdictKey(j.Batch, j.Item, keyCase, name(3)), verdict{Worker: "other", Case: judge.CaseResult{Name: name(3), Verdict: problem.WA}}); err != nil {
		t.Fatal(err)
	}
	rec := w.newRecord(t.Context(), j, cases+1, false)
	rec.left = cases
	for i := range cases {
		err := rec.Judged(judge.CaseResult{Name: name(i), Verdict: problem.AC})
		if last := i == cases-1; err != nil != last || last && !errors.Is(err, judge.ErrHalted) {
			t.Fatalf("case %d: %v", i, err)
		}
	}
	if err := rec.settle(); err != nil || !rec.overtaken() {
		t.Errorf("settled: %v, overtaken %v", err, rec.overtaken())
	}
	if p, err := f.Progress(t.Context(), j.Batch); err != nil || p.Cases != cases || p.Differ != 1 {
		t.Errorf("progress %+v, %v", p, err)
	}
	if c, known := rec.Known(name(3)); !known || c.Verdict != problem.WA {
		t.Errorf("case 3 is known %v, %s", known, c.Verdict)
	}
}

// A verdict that no worker writes, and that stands all the same, ends its submission: judged again, it would stand again.
func TestNoVerdictStands(t *testing.T) {
	h := newHost(t)
	f, _ := h.farm(quick())
	pkg, files := contest(t, 2, 1)
	s := send(t, f, CourtOptions{}, pkg, files)
	if _, err := f.claim(t.Context(), verdictKey(s.court.ID(), 0, keyCase, "secret/01"), verdict{Worker: "evil", Case: judge.CaseResult{Name: "secret/01", Verdict: problem.JE}}); err != nil {
		t.Fatal(err)
	}
	b := newBench(1)
	begin(t, f, b)
	got := s.wait(t)
	if !strings.Contains(got[0], `"verdict":"JE"`) || !strings.Contains(got[0], "of the worker evil, is judge's own error") {
		t.Errorf("it is %s", got[0])
	}
	if n := len(b.list()); n != 1+deliveries { // the first case once
		t.Errorf("judged: %v", b.list())
	}
	empty(t, f)
}

// A verdict that cannot be written ends the submission, and what is made of it.
func TestRecordFails(t *testing.T) {
	f, nc := newHost(t).farm(quick())
	pkg, _ := contest(t, 1, 0)
	court, _ := prepared(t, f, pkg)
	w := NewWorker(f, WorkerOptions{Bench: newBench(1), Cache: newCache(t, f, 0), Dir: t.TempDir()})
	rec := w.newRecord(t.Context(), job{Batch: court.ID()}, 100, false)
	nc.Close()
	_ = rec.Judged(judge.CaseResult{Name: "secret/00", Verdict: problem.AC})
	if err := rec.settle(); err == nil {
		t.Error("it settled")
	}
	if err := rec.Judged(judge.CaseResult{Name: "secret/01", Verdict: problem.AC}); err == nil {
		t.Error("the next one is taken")
	}
	if err := rec.settle(); err == nil {
		t.Error("it settled after all")
	}
}
