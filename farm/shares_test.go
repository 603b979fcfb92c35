package farm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"judge/judge"
	"judge/judge/batch"
)

// A queued is a batch of so many submissions whose jobs all wait, and whose names begin with its own.
type queued struct {
	user, name string
	weight     float64
	priority   Priority
	jobs       int
}

// served is in whose order one worker with one hand takes what waits, of the batches' names.
func served(t *testing.T, list []queued) []string {
	t.Helper()
	h := newHost(t)
	f, _ := h.farm(quick())
	fw, _ := h.farm(quick())
	cache, err := OpenCache(fw, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(1)
	w := NewWorker(fw, WorkerOptions{Bench: b, Cache: cache, Dir: t.TempDir(), Warn: func(text string) { t.Log("worker:", text) }})
	w.shares.cost = func(time.Duration) float64 { return 1 } // so the order is no matter of time
	pkg, _ := contest(t, 1, 0)
	ctx := t.Context()
	all := 0
	for _, q := range list {
		if err := f.Admit(ctx, User{Name: q.user, Weight: q.weight}); err != nil {
			t.Fatal(err)
		}
		court := sendAll(t, f, q, pkg)
		sent, err := f.Batch(ctx, court.ID()) // with the lane that it may have by now
		if err != nil {
			t.Fatal(err)
		}
		w.note(ctx, sent) // before it begins: that it may learn of the others later is no matter of shares
		w.shares.weigh(userToken(q.user), q.weight)
		all += q.jobs
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	until(t, "all is judged", func() bool { return len(b.list()) == all })
	w.Halt()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, one := range b.list() {
		submission, _, _ := strings.Cut(one, " ")
		name, _, _ := strings.Cut(filepath.Base(submission), "-")
		order = append(order, name)
	}
	return order
}

func sendAll(t *testing.T, f *Farm, q queued, pkg string) *Court {
	t.Helper()
	var files []string
	dir := t.TempDir()
	for i := range q.jobs {
		file := filepath.Join(dir, fmt.Sprintf("%s-%d.c", q.name, i))
		if err := os.WriteFile(file, []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	court, err := NewCourt(t.Context(), f, CourtOptions{User: q.user, Priority: q.priority, Detached: true, Judging: judge.Options{Version: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := batch.New(t.Context(), batch.Options{Court: court, List: batch.Cross([]string{pkg}, files, nil), Done: func(batch.Outcome) {}})
	if err == nil {
		err = all.Run(context.Background())
	}
	if err == nil {
		err = court.Sent(t.Context(), func(int) bool { return false })
	}
	if err != nil {
		t.Fatal(err)
	}
	return court
}

// count is how often a name is among the first n.
func count(order []string, n int, name string) int {
	got := 0
	for _, o := range order[:n] {
		if o == name {
			got++
		}
	}
	return got
}

// Users have a worker by their weights, at any time, to one job.
func TestShares(t *testing.T) {
	order := served(t, []queued{{"alice", "a", 3, Normal, 30}, {"bob", "b", 1, Normal, 30}})
	for n := 1; n <= 40; n++ {
		if a := count(order, n, "a"); 4*a < 3*n-4 || 4*a > 3*n+4 {
			t.Errorf("of the first %d, alice has %d: %v", n, a, order)
		}
	}
}

// A user has no more with two batches than with one, and they go on side by side.
func TestSharesOfBatches(t *testing.T) {
	order := served(t, []queued{{"alice", "a", 1, Normal, 20}, {"alice", "c", 1, Normal, 20}, {"bob", "b", 1, Normal, 20}})
	for n := 1; n <= 40; n++ {
		if b := count(order, n, "b"); 2*b < n-2 || 2*b > n+2 {
			t.Errorf("of the first %d, bob has %d: %v", n, b, order)
		}
	}
}

// What has a higher priority comes first, whatever the weights.
func TestSharesOfPriorities(t *testing.T) {
	order := served(t, []queued{{"alice", "a", 1000, Low, 5}, {"bob", "b", 0.001, High, 5}})
	if count(order, 5, "b") != 5 {
		t.Errorf("served %v", order)
	}
}

// Who comes late is owed nothing for the time in which he had nothing to do, and a long job counts as one.
func TestStride(t *testing.T) {
	s := newShares()
	of := func(user string) pull { return pull{name: user, user: user} }
	next := func(users ...string) string {
		var pulls []pull
		for _, u := range users {
			pulls = append(pulls, of(u))
		}
		s.order(pulls)
		return pulls[0].user
	}
	serve := func(user string, took time.Duration) {
		_, charged := s.charge(of(user))
		s.settle(line{user: user}, charged, took)
	}
	for range 10 {
		serve("a", time.Second)
	}
	s.rested(line{user: "b"})
	serve("b", 5*time.Second)
	for range 5 {
		if got := next("a", "b"); got != "a" {
			t.Fatalf("%s is next", got)
		}
		serve("a", time.Second)
	}
	if got := next("a", "b"); got != "b" {
		t.Errorf("%s is next, after as much time as the other one had", got)
	}
}

// Two batches that nobody waits for progress side by side, as soon as both have more than a window in the queue.
func TestLanes(t *testing.T) {
	const more = 20
	order := served(t, []queued{{"alice", "a", 1, Normal, window + more}, {"alice", "c", 1, Normal, window + more}})
	// Three lanes are taken in turn: the shared one, where the first windows of both are one behind the other, and the rest of each.
	for n := 3; n <= 3*more; n++ {
		if c := count(order, n, "c"); 3*c < n-3 || 3*c > n+3 {
			t.Errorf("of the first %d, the second batch has %d: %v", n, c, order[:3*more])
		}
	}
}
