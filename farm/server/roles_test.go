package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"judge/farm"
	"judge/judge"
	"judge/judge/batch"
	"judge/judge/problem"
)

// A plainBench finds all right.
type plainBench struct {
	mu     sync.Mutex
	judged int
}

func (*plainBench) Jobs() int { return 2 }
func (*plainBench) Halt()     {}
func (*plainBench) Facts(farm.Terms) ([]judge.Fact, error) {
	return judge.BasisOf(judge.Options{Version: "1"})
}
func (b *plainBench) Prepare(_ context.Context, _ farm.Terms, p *problem.Problem) (farm.Docket, error) {
	return plainDocket{b, p}, nil
}

func (b *plainBench) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.judged
}

type plainDocket struct {
	bench *plainBench
	p     *problem.Problem
}

func (plainDocket) Close()                                           {}
func (plainDocket) TimeLimit(context.Context) (time.Duration, error) { return time.Second, nil }
func (plainDocket) AdoptTimeLimit(time.Duration)                     {}

func (d plainDocket) Resume(_ context.Context, s judge.Submission, rec judge.Record) (*judge.Result, error) {
	r := &judge.Result{Version: judge.Version, Problem: d.p.Name, Submission: s.Name, Verdict: problem.AC, Groups: []judge.GroupResult{}, Cases: []judge.CaseResult{}}
	for _, c := range d.p.Cases {
		got, known := rec.Known(c.Name)
		if !known {
			got = judge.CaseResult{Name: c.Name, Verdict: problem.AC, Measurements: 1}
			d.bench.mu.Lock()
			d.bench.judged++
			d.bench.mu.Unlock()
			if err := rec.Judged(got); err != nil {
				return nil, err
			}
		}
		got.Score = nil
		r.Cases = append(r.Cases, got)
	}
	return r, nil
}

// warned is told what a worker warns of: nothing, but while the server is away.
func (w *town) warned(name, text string) {
	if w.away.Load() {
		w.t.Logf("%s: %s", name, text)
	} else {
		w.t.Errorf("%s: %s", name, text)
	}
}

// work has somebody work, until the test ends.
func (w *town) work(name string) *plainBench {
	w.t.Helper()
	b := &plainBench{}
	f := w.farm(name)
	w.workWith(name, f, farm.WorkerOptions{Bench: b})
	return b
}

func (w *town) workWith(name string, f *farm.Farm, o farm.WorkerOptions) {
	w.t.Helper()
	cache, err := farm.OpenCache(f, w.t.TempDir(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	o.Cache, o.Dir = cache, w.t.TempDir()
	if o.Warn == nil {
		o.Warn = func(text string) { w.warned(name, text) }
	}
	worker := farm.NewWorker(f, o)
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(context.Background()) }()
	w.t.Cleanup(func() {
		worker.Halt()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
}

// send sends a submission of two cases; the court is to be closed.
func (w *town) send(name string, detached bool, record judge.Record) (*farm.Court, *judge.Result) {
	w.t.Helper()
	return w.sendBy(name, farm.CourtOptions{Detached: detached, Judging: judge.Options{Version: "1"}}, record)
}

func (w *town) sendBy(name string, o farm.CourtOptions, record judge.Record) (*farm.Court, *judge.Result) {
	w.t.Helper()
	dir := w.t.TempDir()
	for _, one := range []string{"1.in", "1.ans", "2.in", "2.ans"} {
		write(w.t, dir, one, one)
	}
	p, err := problem.Load(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	court, err := farm.NewCourt(w.t.Context(), w.farm(name), o)
	if err != nil {
		w.t.Fatal(err)
	}
	docket, err := court.Prepare(w.t.Context(), p)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := judge.ReadSubmission(write(w.t, w.t.TempDir(), name+".c", name))
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := docket.Resume(w.t.Context(), 0, s, record)
	if err == nil && o.Detached {
		err = court.Sent(w.t.Context(), func(int) bool { return false })
	}
	if err == nil {
		err = court.Close(w.t.Context())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return court, r
}

// oneKnown is a journal that knows the first case.
type oneKnown struct{ told []string }

func (r *oneKnown) Known(name string) (judge.CaseResult, bool) {
	return judge.CaseResult{Name: name, Verdict: problem.AC, Reason: "of old"}, filepath.Base(name) == "1"
}

func (r *oneKnown) Judged(c judge.CaseResult) error {
	r.told = append(r.told, c.Name)
	return nil
}

var _ batch.Court = (*farm.Court)(nil)

// With the rights that they have, everybody can do what is theirs: batches are graded to their end, by those who serve their users.
func TestRoles(t *testing.T) {
	w := newTown(t)
	ctx, stop := context.WithCancel(context.Background())
	tended := make(chan error, 1)
	go func() { tended <- w.s.tend(ctx, 100*time.Millisecond) }()
	defer func() {
		stop()
		if err := <-tended; err != nil {
			t.Error(err)
		}
	}()
	of, _ := w.send("bob", true, nil)
	hers := w.work("forAlice")
	journal := &oneKnown{}
	_, r := w.send("alice", false, journal)
	if len(r.Cases) != 2 || r.Verdict != problem.AC || r.Cases[0].Reason != "of old" || len(journal.told) != 1 || hers.count() != 1 {
		t.Errorf("%+v, %v were judged, %d", r, journal.told, hers.count())
	}
	other, _ := w.send("alice", true, nil)
	w.done("alice", other.ID())
	bob := w.farm("bob")
	if p, err := bob.Progress(t.Context(), of.ID()); err != nil || p.Queued != 1 || p.Cases != 0 {
		t.Errorf("of bob's batch: %+v, %v", p, err)
	}
	if list, err := bob.Workers(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("bob sees the workers %v, %v", list, err)
	}
	w.work("forAll")
	w.done("bob", of.ID())
	if list, err := bob.List(t.Context(), w.batchOf("bob", of.ID())); err != nil || len(list) != 1 {
		t.Errorf("bob's list: %v, %v", list, err)
	}
}

func (w *town) batchOf(name, id string) farm.Batch {
	w.t.Helper()
	b, err := w.farm(name).Batch(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// done waits until a batch is, as its user sees it.
func (w *town) done(name, id string) {
	w.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); w.batchOf(name, id).State != farm.Done; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("the batch %s is not done", id)
		}
	}
}

// When the server starts with another file of users, workers serve those whom they are to serve now.
func TestOtherUsers(t *testing.T) {
	w := newTown(t)
	of, _ := w.send("bob", true, nil)
	w.work("forAlice")
	w.away.Store(true)
	w.s.Stop()
	text, err := os.ReadFile(w.o.Users)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Dir(w.o.Users), filepath.Base(w.o.Users), strings.Replace(string(text), "for=alice", "for=alice,bob", 1))
	w.start()
	bob := w.farm("bob")
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if n, err := bob.Results(t.Context(), of.ID()); err == nil && n == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("bob's batch is not judged")
		}
	}
}
