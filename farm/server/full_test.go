package server

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"judge/farm"
	"judge/judge"
)

// A server whose store has as much as it may have starts: what has to wait for space holds nobody up, and it is said.
func TestStartFull(t *testing.T) {
	w := newTown(t)
	w.s.Stop()
	w.o.MaxStore = 1 << 20
	w.start()
	f := w.farm("root")
	if _, err := farm.NewCourt(t.Context(), f, farm.CourtOptions{User: "alice", Detached: true, Judging: judge.Options{Version: "1"}}); err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(w.connect("root"))
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 32<<10)
	for n := 0; err == nil; n++ {
		if _, err = js.Publish(t.Context(), "jobs.alice.normal.c.shared.x", text); n > 100 {
			t.Fatal("the store has no bound")
		}
	}
	w.s.Stop()
	old := Server{options: w.o}
	old.options.Keep = time.Nanosecond
	opts, err := old.nats()
	if err != nil {
		t.Fatal(err)
	}
	if err := old.tidy(*opts, 300*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the batch that is being sent is cancelled: %v", err)
	}
	another, _ := user(t, t.TempDir(), "another")
	w.o.Users = write(t, filepath.Dir(w.o.Users), "more", another+" another submit\n")
	if w.s, err = Start(w.o); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	told := ""
	err = w.s.Settle(ctx, func(text string) {
		told = text
		stop()
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(told, "full") {
		t.Errorf("%v, and it says %q", err, told)
	}
}
