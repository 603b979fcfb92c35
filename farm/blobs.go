package farm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/nats-io/nats.go/jetstream"
)

// validDigest is the name of a blob: its SHA-256.
var validDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// putFile sends a file, unless it is there, and gives its digest and size and whether it is a
// program. It is read twice, and never held in memory.
func (f *Farm) putFile(ctx context.Context, user, path string) (digest string, size int64, executable bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, false, fmt.Errorf("send a file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", 0, false, fmt.Errorf("send a file: %w", err)
	}
	h := sha256.New()
	if size, err = io.Copy(h, file); err != nil {
		return "", 0, false, fmt.Errorf("read %s to send it: %w", path, err)
	}
	digest = hex.EncodeToString(h.Sum(nil))
	return digest, size, info.Mode()&0o111 != 0, f.put(ctx, user, digest, path, io.NewSectionReader(file, 0, size))
}

func (f *Farm) putBytes(ctx context.Context, user string, text []byte) (string, error) {
	sum := sha256.Sum256(text)
	digest := hex.EncodeToString(sum[:])
	return digest, f.put(ctx, user, digest, "a list", bytes.NewReader(text))
}

// put sends a blob, unless it is there. Of several who send the same at once one does.
func (f *Farm) put(ctx context.Context, user, digest, what string, r io.ReadSeeker) error {
	_, err, _ := f.sending.Do(user+"."+digest, func() (any, error) { return nil, f.putOnce(ctx, user, digest, what, r) })
	return err
}

// putOnce is put. What is sent must have the digest, or nothing stays.
func (f *Farm) putOnce(ctx context.Context, user, digest, what string, r io.ReadSeeker) error {
	t, err := f.of(ctx, user)
	if err != nil {
		return err
	}
	there := func(ctx context.Context) error {
		_, err := t.blobs.GetInfo(ctx, digest)
		return err
	}
	if done, err := f.putPiece(ctx, t, digest, what, r); done || err != nil {
		return err
	}
	err = f.persist(ctx, "look for a blob", there)
	if !errors.Is(err, jetstream.ErrObjectNotFound) {
		return err
	}
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("send %s: %w", what, err)
	}
	// It may take long, and is no matter of one answer: persist's time for that is not for it.
	for tries := 0; tries < 3; tries++ {
		if _, err = r.Seek(0, io.SeekStart); err != nil {
			break
		}
		h := sha256.New()
		if err = f.putAll(ctx, t, digest, size, io.TeeReader(r, h)); err == nil {
			if got := hex.EncodeToString(h.Sum(nil)); got != digest {
				return errors.Join(fmt.Errorf("%s was changed while it was sent", what), t.blobs.Delete(ctx, digest))
			}
			return nil
		}
		if isFull(err) && f.space.wait(ctx, err) {
			tries--
			continue
		}
		if !passing(err) || ctx.Err() != nil {
			break
		}
		if err := f.persist(ctx, "look for a blob", there); err == nil { // another one sent it meanwhile, or the answer was lost
			return nil
		}
	}
	return fmt.Errorf("send %s: %w", what, err)
}

// putAll sends a blob. One of a single piece takes one answer of the server's less than others.
func (f *Farm) putAll(ctx context.Context, t *tenant, digest string, size int64, r io.Reader) error {
	if size > pieceSize {
		return f.pour(ctx, t, digest, r)
	}
	_, err := t.blobs.Put(ctx, jetstream.ObjectMeta{Name: digest}, r)
	return err
}

// fetch writes a blob to w, and holds it against its digest.
func (f *Farm) fetch(ctx context.Context, user, digest string, w io.Writer) error {
	if !validDigest.MatchString(digest) {
		return fmt.Errorf("fetch a blob: %q is no digest", digest)
	}
	t, err := f.of(ctx, user)
	if err != nil {
		return err
	}
	small, err := f.fetchPiece(ctx, t, digest)
	var info *jetstream.ObjectInfo
	if err == nil && small == nil {
		small, info, err = f.fetchSmall(ctx, t, digest)
	}
	if err != nil {
		return err
	}
	if small != nil {
		return deliver(digest, w, func(w io.Writer) error { _, err := w.Write(small); return err })
	}
	return deliver(digest, w, func(w io.Writer) error { return f.draw(ctx, t, info, w) })
}

// fetchSmall is a blob that lies at the server in one piece; of another one it says what pieces there
// are. Source for the names: ADR-20 of NATS.
func (f *Farm) fetchSmall(ctx context.Context, t *tenant, digest string) (small []byte, info *jetstream.ObjectInfo, err error) {
	err = f.surely(ctx, "fetch the blob "+digest, missingBlob, func(ctx context.Context) (err error) {
		for range 3 {
			if info, err = t.blobs.GetInfo(ctx, digest); err != nil || info.Chunks != 1 {
				return err
			}
			var m *jetstream.RawStreamMsg
			m, err = t.pieces.GetLastMsgForSubject(ctx, t.piecesSubject(info.NUID))
			if err == nil {
				small = m.Data
			}
			if !errors.Is(err, jetstream.ErrMsgNotFound) { // else another one has just sent it again
				return err
			}
		}
		return err
	})
	return small, info, err
}

// deliver has a blob written, and holds what was written against its digest.
func deliver(digest string, w io.Writer, write func(io.Writer) error) error {
	h := sha256.New()
	if err := write(io.MultiWriter(w, h)); err != nil {
		return fmt.Errorf("fetch the blob %s: %w", digest, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != digest {
		return fmt.Errorf("fetch the blob %s: what arrived has the digest %s", digest, got)
	}
	return nil
}
