package farm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/nats-io/nats.go/jetstream"
)

// smallBlob is up to how many bytes a blob is sent at once, in one piece, without the question whether
// it is there: the answer comes with what was sent.
const smallBlob = 16 << 10

// isWrongLast says whether a subject has a message already, where none was expected; a cluster answers the second.
func isWrongLast(err error) bool {
	return isCode(err, jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// putPiece sends a blob at once, if it is small. It says whether the server has it now: one that was there is to be asked for.
func (f *Farm) putPiece(ctx context.Context, t *tenant, digest, what string, r io.ReadSeeker) (done bool, err error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil || size == 0 || size > smallBlob {
		return false, err
	}
	if _, err = r.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return false, fmt.Errorf("send %s: %w", what, err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != digest {
		return false, fmt.Errorf("%s was changed while it was sent", what)
	}
	there, err := f.putSmall(ctx, t, digest, text)
	return err == nil && !there, err
}

// putSmall sends a small blob, as an object with one piece, which has the blob's name: the
// writer of an object may choose it. Both are on their way at once, the object behind its piece. It says whether the object was
// there. Source: ADR-20 of NATS.
func (f *Farm) putSmall(ctx context.Context, t *tenant, digest string, text []byte) (there bool, err error) {
	h := sha256.New()
	h.Write(text)
	info := jetstream.ObjectInfo{ObjectMeta: jetstream.ObjectMeta{Name: digest, Opts: &jetstream.ObjectMetaOptions{ChunkSize: smallBlob}},
		Bucket: t.bucket, NUID: digest, Size: uint64(len(text)), Chunks: 1, Digest: jetstream.GetObjectDigestValue(h)}
	about, err := json.Marshal(info)
	if err != nil {
		return false, fmt.Errorf("send a blob: %w", err)
	}
	err = f.persist(ctx, "send the blob "+digest, func(ctx context.Context) error {
		piece, err := f.js.PublishAsync(t.piecesSubject(digest), text, jetstream.WithExpectLastSequencePerSubject(0))
		if err != nil {
			return err
		}
		object, err := f.js.PublishAsync(t.aboutSubject(digest), about, jetstream.WithExpectLastSequencePerSubject(0))
		if err != nil {
			return err
		}
		if err := answered(ctx, piece); err != nil && !isWrongLast(err) {
			return err
		}
		err = answered(ctx, object)
		if there = isWrongLast(err); there {
			return nil
		}
		return err
	})
	return there, err
}

// fetchPiece is a blob that was sent at once, for one question; nil if it was not.
func (f *Farm) fetchPiece(ctx context.Context, t *tenant, digest string) (text []byte, err error) {
	err = f.persist(ctx, "fetch the blob "+digest, func(ctx context.Context) error {
		m, err := t.pieces.GetLastMsgForSubject(ctx, t.piecesSubject(digest))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err == nil {
			text = m.Data
		}
		return err
	})
	return text, err
}
