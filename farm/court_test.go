package farm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/batch"
	"judge/judge/problem"
)

// remembering is a record that knows some cases, and is told of others.
type remembering struct {
	known  map[string]judge.CaseResult
	judged []string
}

func (r *remembering) Known(name string) (judge.CaseResult, bool) {
	c, there := r.known[name]
	return c, there
}

func (r *remembering) Judged(c judge.CaseResult) error {
	r.judged = append(r.judged, c.Name)
	return nil
}

// What a journal knows is not judged again, nor told to it. The rest is, in any order: verdicts are on their way several at a time.
func TestKnown(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 4, 1)
	f, _ := h.farm(quick())
	b := newBench(1)
	begin(t, f, b)
	ctx := context.Background()
	court, docket := prepared(t, f, pkg)
	s := submission(t, files[0])
	rec := &remembering{known: map[string]judge.CaseResult{"secret/01": {Name: "secret/01", Verdict: problem.AC, Reason: "of old"}}}
	r, err := docket.Resume(ctx, 0, s, rec)
	if err != nil || len(r.Cases) != 4 || r.Cases[1].Reason != "of old" {
		t.Errorf("%+v, %v", r, err)
	}
	if got := fmt.Sprint(slices.Sorted(slices.Values(rec.judged))); got != "[secret/00 secret/02 secret/03]" {
		t.Errorf("the journal was told of %s", got)
	}
	if n := len(b.list()); n != 3 {
		t.Errorf("%d cases were judged", n)
	}
	if err := court.Close(ctx); err != nil {
		t.Error(err)
	}
}

// A record is not told of anything when its submission is no longer waited for: its journal may be closed.
func TestHalted(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 3, 1)
	f, _ := h.farm(quick())
	b := newBench(1)
	reached, goOn := make(chan struct{}), make(chan struct{})
	b.before = onlyOn("01", func(context.Context, string, string) error {
		close(reached)
		<-goOn
		return nil
	})
	begin(t, f, b)
	ctx := context.Background()
	court, docket := prepared(t, f, pkg)
	s := submission(t, files[0])
	go func() {
		<-reached
		court.Halt()
	}()
	rec := &remembering{}
	if _, err := docket.Resume(ctx, 0, s, rec); !errors.Is(err, judge.ErrHalted) {
		t.Errorf("it ends with %v", err)
	}
	told := len(rec.judged)
	close(goOn)
	until(t, "all is judged", func() bool {
		n, err := f.Results(ctx, court.ID())
		return err == nil && n == 1
	})
	until(t, "the result has arrived", func() bool {
		court.mu.Lock()
		defer court.mu.Unlock()
		return court.left == 0
	})
	if len(rec.judged) != told {
		t.Errorf("the record was told of %v, of %d before it ended", rec.judged, told)
	}
	if err := court.Close(ctx); err != nil {
		t.Error(err)
	}
}

// A batch that nobody waits for has its list, and its results can be gathered at any time.
func TestDetached(t *testing.T) {
	h := newHost(t)
	pkg, files := contest(t, 3, 6)
	want := local(t, pkg, files)
	f, _ := h.farm(quick())
	ctx := context.Background()
	s := send(t, f, CourtOptions{Detached: true}, pkg, files)
	<-s.results
	if s.err != nil {
		t.Fatal(s.err)
	}
	id := s.court.ID()
	b, err := f.Batch(ctx, id)
	if err != nil || b.State != Sending {
		t.Fatalf("%s, %v", b.State, err)
	}
	var refusal *Refusal
	if _, err := f.List(ctx, b); !errors.As(err, &refusal) {
		t.Errorf("a list that is not there: %v", err)
	}
	if err := s.court.Sent(ctx, func(n int) bool { return n == 2 }); err != nil {
		t.Fatal(err)
	}
	if err := s.court.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if b, err = f.Batch(ctx, id); err != nil || b.State != Sent || b.Items != 6 {
		t.Fatalf("%+v, %v", b, err)
	}
	list, err := f.List(ctx, b)
	if err != nil || len(list) != 6 {
		t.Fatalf("%d, %v", len(list), err)
	}
	for i, l := range list {
		if l.Item != i || l.Must != (i == 2) || !strings.HasSuffix(l.Name, filepath.Base(files[i])) {
			t.Errorf("in place %d is %+v", i, l)
		}
	}
	_, stop := begin(t, f, newBench(2))
	for range 2 { // as it comes, and when all is there
		got := make([]string, 6)
		told := 0
		late, cancel := context.WithTimeout(ctx, 20*time.Second)
		err := f.Gather(late, id, Gathering{Result: func(item int, _ string, r *judge.Result) {
			text, _ := json.Marshal(r)
			got[item] = string(text)
			told++
		}}, func() bool { return told == 6 })
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
	}
	until(t, "the batch is done", func() bool {
		b, err := f.Batch(ctx, id)
		return err == nil && b.State == Done
	})
	stop()
	until(t, "the worker is off the list", func() bool {
		list, err := f.Workers(ctx)
		return err == nil && len(list) == 0
	})
	// What is not whole is cancelled when its submitter leaves.
	half, err := NewCourt(ctx, f, CourtOptions{Detached: true, Judging: judge.Options{Version: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := half.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if b, err := f.Batch(ctx, half.ID()); err != nil || b.State != Cancelled {
		t.Errorf("half a batch is %s, %v", b.State, err)
	}
}

// All workers judge by the time limit that the first of them measured.
func TestOneLimit(t *testing.T) {
	h := newHost(t)
	_, files := contest(t, 1, 2)
	pkg := t.TempDir() // in a format that need not say a limit
	write(t, filepath.Join(pkg, "problem.yaml"), "name: p\n", 0o644)
	write(t, filepath.Join(pkg, "data", "secret", "1.in"), "1\n", 0o644)
	write(t, filepath.Join(pkg, "data", "secret", "1.ans"), "1\n", 0o644)
	write(t, filepath.Join(pkg, "submissions", "accepted", "a.py"), "print(1)\n", 0o644)
	f, _ := h.farm(quick())
	a, b := newBench(1), newBench(1)
	a.limit, b.limit = 2*time.Second, 3*time.Second
	_, stop := begin(t, f, a)
	send(t, f, CourtOptions{}, pkg, files[:1]).wait(t)
	stop()
	begin(t, f, b)
	send(t, f, CourtOptions{}, pkg, files[1:]).wait(t)
	if a.kept != 2*time.Second || b.kept != 2*time.Second {
		t.Errorf("limits %v, %v", a.kept, b.kept)
	}
}

// Terms name nothing on a disk: neither does a submitter send such, nor does a worker take them.
func TestHostileTerms(t *testing.T) {
	for _, terms := range []Terms{{Policy: "/tmp/mine.toml"}, {Policy: "mine"}, {Policy: "../strict"}, {Rootfs: "/"}, {Rootfs: "./x"}} {
		if err := terms.check(); err == nil {
			t.Errorf("taken: %+v", terms)
		}
		if _, err := NewEngines(judge.Options{Version: "1"}).Facts(terms); err == nil {
			t.Errorf("a worker takes %+v", terms)
		}
	}
	facts, err := NewEngines(judge.Options{Version: "1"}).Facts(Terms{Policy: "strict"})
	if err != nil || classOf(facts, nil) == "" {
		t.Errorf("strict: %v", err)
	}
}

// An expectation arrives as it was sent, infinite scores too.
func TestParcel(t *testing.T) {
	want := &problem.Expectation{From: "submissions.yaml:3:1", Final: []problem.Verdict{problem.AC}, Strict: true, Best: math.Inf(1),
		Require: []problem.Requirement{{Scope: "secret/*", Permitted: []problem.Verdict{problem.AC}, Lower: true, Score: &problem.Range{Min: math.Inf(-1), Max: 3}}}}
	p, err := newParcel(judge.Submission{Name: "s", Language: "c", EntryPoint: "main", Expect: want})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back parcel
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	got, err := back.submission("/x")
	if err != nil || !reflect.DeepEqual(got.Expect, want) || got.Name != "s" || got.Language != "c" || got.EntryPoint != "main" {
		t.Errorf("arrived: %+v, %v", got, err)
	}
}

var _ batch.Court = (*Court)(nil)

// More is on its way where more workers are, and never more than the queue can hold.
func TestWindow(t *testing.T) {
	for _, test := range []struct {
		hands int
		most  int64
		want  int
	}{{0, 100_000, 128}, {32, 100_000, 128}, {1000, 100_000, 4000}, {1_000_000, 100_000, 20_000}, {1000, 2000, 1000}, {1000, 2, 128}} {
		if got := windowFor(test.hands, test.most); got != test.want {
			t.Errorf("for %d hands and a queue of %d: %d", test.hands, test.most, got)
		}
	}
	h := newHost(t)
	f, _ := h.farm(quick())
	begin(t, f, newBench(100))
	until(t, "the worker is listed", func() bool { list, err := f.Workers(context.Background()); return err == nil && len(list) == 1 })
	court, err := NewCourt(context.Background(), f, CourtOptions{Judging: judge.Options{Version: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	if court.Jobs() != 400 {
		t.Errorf("for 100 hands: %d", court.Jobs())
	}
	if err := court.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
