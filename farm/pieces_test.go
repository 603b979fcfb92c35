package farm

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A slowWriter takes so long for each piece.
type slowWriter struct {
	bytes.Buffer
	pause time.Duration
}

func (w *slowWriter) Write(p []byte) (int, error) {
	time.Sleep(w.pause)
	return w.Buffer.Write(p)
}

// A blob may take longer to arrive than one answer of the server may.
func TestLargeBlob(t *testing.T) {
	s := quick()
	s.Answer = 250 * time.Millisecond
	h := newHost(t)
	f, _ := h.farm(s)
	l := lies(t, f)
	text := make([]byte, 30*pieceSize+17)
	if _, err := rand.Read(text); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "large")
	write(t, file, string(text), 0o644)
	digest, size, _, err := f.putFile(context.Background(), "me", file)
	if err != nil || size != int64(len(text)) {
		t.Fatalf("%d bytes, %v", size, err)
	}
	got := slowWriter{pause: 20 * time.Millisecond}
	if err := f.fetch(context.Background(), "me", digest, &got); err != nil || !bytes.Equal(got.Bytes(), text) {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
	// What the library makes of it is the same.
	object, err := l.blobs.GetBytes(context.Background(), digest)
	if err != nil || !bytes.Equal(object, text) {
		t.Errorf("the library finds %d bytes, %v", len(object), err)
	}
	info, err := l.blobs.GetInfo(context.Background(), digest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := l.pieces.GetMsg(context.Background(), 5, jetstream.WithGetMsgSubject(l.piecesSubject(info.NUID)))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.pieces.DeleteMsg(context.Background(), m.Sequence); err != nil {
		t.Fatal(err)
	}
	if err := f.fetch(context.Background(), "me", digest, io.Discard); err == nil || !strings.Contains(err.Error(), digest) {
		t.Errorf("of a blob without its fifth piece: %v", err)
	}
}

// What cannot be read to its end leaves nothing at the server.
func TestPouredInPart(t *testing.T) {
	h := newHost(t)
	f, _ := h.farm(quick())
	l := lies(t, f)
	broken := io.MultiReader(bytes.NewReader(make([]byte, 40*pieceSize)), iotest.ErrReader(os.ErrDeadlineExceeded))
	if err := f.pour(context.Background(), l, "broken", broken); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it says %v", err)
	}
	if info, err := l.pieces.Info(context.Background()); err != nil || info.State.Msgs != 0 {
		t.Errorf("%+v is left, %v", info.State, err)
	}
}
