package farm

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Batches that are over for long enough go with their verdicts, and then the blobs that no other batch needs; what is
// younger, or not over, stays, and so does all that it needs.
func TestRetire(t *testing.T) {
	ctx := context.Background()
	h := newHost(t)
	f, _ := h.farm(quick())
	pkg, files := contest(t, 2, 3)
	begin(t, f, newBench(2))
	old := send(t, f, CourtOptions{}, pkg, files)
	old.wait(t)
	user := userOf(old.court.ID())
	left := func() (n int) {
		t.Helper()
		tenant, err := f.of(ctx, user)
		if err != nil {
			t.Fatal(err)
		}
		list, err := tenant.blobs.List(ctx)
		if err == nil {
			n = len(list)
		}
		return n
	}
	all := left()
	if n, err := f.Retire(ctx, time.Hour); n != 0 || err != nil {
		t.Errorf("a young batch: %d, %v", n, err)
	}
	if n, err := f.Sweep(ctx, time.Hour); n != 0 || err != nil || left() != all || all == 0 {
		t.Errorf("young blobs: %d of %d, %v", n, all, err)
	}

	// A batch that is sent and not done, of another package, by a machine that no worker is.
	other, otherFiles := contest(t, 3, 1)
	waits := send(t, f, CourtOptions{Labels: []string{"none"}, Detached: true}, other, otherFiles)
	<-waits.results
	if err := waits.court.Sent(ctx, func(int) bool { return false }); err != nil {
		t.Fatal(err)
	}
	both := left()
	time.Sleep(20 * time.Millisecond)
	if n, err := f.Retire(ctx, time.Millisecond); n != 1 || err != nil {
		t.Errorf("an old batch: %d, %v", n, err)
	}
	if list, err := f.Batches(ctx); err != nil || len(list) != 1 || list[0].ID != waits.court.ID() {
		t.Errorf("what is left: %v, %v", list, err)
	}
	if p, err := f.Progress(ctx, old.court.ID()); err != nil || p.Cases != 0 || p.Results != 0 {
		t.Errorf("verdicts are left: %+v, %v", p, err)
	}
	n, err := f.Sweep(ctx, time.Millisecond)
	if err != nil || n == 0 || left() != both-n {
		t.Errorf("old blobs: %d of %d, %d left, %v", n, both, left(), err)
	}
	begin(t, f, newBench(1), "none") // what is left is enough for the other batch
	until(t, "the other batch is done", func() bool {
		n, err := f.Results(ctx, waits.court.ID())
		return err == nil && n == 1
	})
	if p, err := f.Progress(ctx, waits.court.ID()); err != nil || p.Cases != 3 || p.Faults != 0 {
		t.Errorf("the other batch: %+v, %v", p, err)
	}
}

// A user whose batch has a list that cannot be read keeps his own blobs alone.
func TestSweepOthers(t *testing.T) {
	ctx := context.Background()
	h := newHost(t)
	f, _ := h.farm(quick())
	for _, name := range []string{"alice", "bob"} {
		if err := f.Admit(ctx, User{Name: name, Weight: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.putBytes(ctx, name, []byte("something")); err != nil {
			t.Fatal(err)
		}
	}
	id := newID("alice", time.Now())
	if err := f.create(ctx, Batch{ID: id, User: "alice", Priority: Normal, State: Sent, Items: 1, Manifest: "none"}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	if n, err := f.Sweep(ctx, time.Millisecond); n != 1 || err == nil || !strings.Contains(err.Error(), "alice") {
		t.Errorf("%d were removed, %v", n, err)
	}
	alices, err := f.of(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if list, err := alices.blobs.List(ctx); err != nil || len(list) != 1 {
		t.Errorf("%d of alice's are left, %v", len(list), err)
	}
}

// Pieces without a blob, of a sender who was killed, go when they are old; those of blobs that stay do not.
func TestSweepPieces(t *testing.T) {
	ctx := context.Background()
	f, nc := newHost(t).farm(quick())
	l := lies(t, f)
	needed := map[string]bool{}
	for _, text := range []string{"small", strings.Repeat("large", pieceSize)} {
		digest, err := f.putBytes(ctx, "me", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		needed[digest] = true
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := js.Publish(ctx, l.piecesSubject("nobodys"), []byte("a piece")); err != nil {
			t.Fatal(err)
		}
	}
	left := func() int {
		info, err := l.pieces.Info(ctx, jetstream.WithSubjectFilter(l.piecesSubject("nobodys")))
		if err != nil {
			t.Fatal(err)
		}
		return int(info.State.Subjects[l.piecesSubject("nobodys")])
	}
	if n, err := f.sweepUser(ctx, "me", needed, time.Now().Add(-time.Hour)); n != 0 || err != nil || left() != 3 {
		t.Errorf("young: %d blobs, %v, %d pieces left", n, err, left())
	}
	if n, err := f.sweepUser(ctx, "me", needed, time.Now().Add(time.Hour)); n != 0 || err != nil || left() != 0 {
		t.Errorf("old: %d blobs, %v, %d pieces left", n, err, left())
	}
	for digest := range needed {
		if err := f.fetch(ctx, "me", digest, io.Discard); err != nil {
			t.Error(err)
		}
	}
	if n, err := f.sweepUser(ctx, "me", nil, time.Now().Add(time.Hour)); n != 2 || err != nil {
		t.Errorf("what nobody needs: %d, %v", n, err)
	}
	info, err := l.pieces.Info(ctx, jetstream.WithSubjectFilter(l.piecesSubject("*")))
	if err != nil || len(info.State.Subjects) != 0 {
		t.Errorf("pieces of %v are left, %v", info.State.Subjects, err)
	}
}

// A batch whose submitter was killed is cancelled when it has got nothing for long, and until then nothing of its user's is swept.
func TestAbandoned(t *testing.T) {
	ctx := context.Background()
	h := newHost(t)
	f, _ := h.farm(quick())
	pkg, files := contest(t, 1, 1)
	s := send(t, f, CourtOptions{Detached: true}, pkg, files)
	<-s.results // and is never Sent
	s.court.stop()
	if n, err := f.Sweep(ctx, 0); n != 0 || err != nil {
		t.Errorf("blobs of a batch that is being sent: %d, %v", n, err)
	}
	if _, err := f.Retire(ctx, time.Hour); err != nil {
		t.Error(err)
	}
	if b, err := f.Batch(ctx, s.court.ID()); err != nil || b.State != Sending {
		t.Errorf("young: %s, %v", b.State, err)
	}
	time.Sleep(20 * time.Millisecond)
	if n, err := f.Retire(ctx, time.Millisecond); n != 0 || err != nil {
		t.Errorf("it was removed at once: %d, %v", n, err)
	}
	if b, err := f.Batch(ctx, s.court.ID()); err != nil || b.State != Cancelled {
		t.Errorf("old: %s, %v", b.State, err)
	}
	empty(t, f)
	time.Sleep(20 * time.Millisecond)
	if n, err := f.Retire(ctx, time.Millisecond); n != 1 || err != nil {
		t.Errorf("then: %d, %v", n, err)
	}
	if n, err := f.Sweep(ctx, time.Millisecond); n == 0 || err != nil {
		t.Errorf("its blobs: %d, %v", n, err)
	}
}
