package farm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// Whatever of a small blob is at the server, sending it makes it whole; the library reads it, too.
func TestPiece(t *testing.T) {
	h := newHost(t)
	f, nc := h.farm(quick())
	ctx, l := t.Context(), lies(t, f)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for name, before := range map[string]func(digest, text string) error{
		"nothing": func(string, string) error { return nil },
		"a piece, whose sender died": func(digest, text string) error {
			_, err := js.Publish(ctx, l.piecesSubject(digest), []byte(text))
			return err
		},
		"all of it":     func(digest, text string) error { _, err := f.putBytes(ctx, "me", []byte(text)); return err },
		"the library's": func(digest, text string) error { _, err := l.blobs.PutBytes(ctx, digest, []byte(text)); return err },
	} {
		for size, text := range map[string]string{"small": name, "just small": strings.Repeat("x", smallBlob-len(name)) + name, "large": strings.Repeat("y", smallBlob) + name, "empty": ""} {
			sum := sha256.Sum256([]byte(text))
			digest := hex.EncodeToString(sum[:])
			if err := before(digest, text); err != nil {
				t.Fatal(err)
			}
			if got, err := f.putBytes(ctx, "me", []byte(text)); err != nil || got != digest {
				t.Fatalf("%s, %s: %s, %v", name, size, got, err)
			}
			var back bytes.Buffer
			if err := f.fetch(ctx, "me", digest, &back); err != nil || back.String() != text {
				t.Errorf("%s, %s: %d bytes arrived, %v", name, size, back.Len(), err)
			}
			if got, err := l.blobs.GetBytes(ctx, digest); err != nil || string(got) != text {
				t.Errorf("%s, %s: the library has %d bytes, %v", name, size, len(got), err)
			}
		}
	}
	if err := f.put(ctx, "me", strings.Repeat("0", 64), "it", strings.NewReader("something else")); err == nil {
		t.Error("a file that was changed was sent")
	}
}
