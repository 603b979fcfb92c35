package farm

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Blobs of many pieces are sent and fetched here, in the form of ADR-20 of NATS, and not by the
// library: that sends 4,000 pieces ahead, which a server whose disk is slower than the network refuses
// as too many requests, and it gives all of a blob the time of one answer to arrive.

// pieceSize is that of a piece: the library's own.
const pieceSize = 128 << 10

// ahead is how many pieces are on their way at once.
const ahead = 16

// pieceLife is how long a piece may be on its way: so many at once keep a busy disk busy for longer than one answer takes.
const pieceLife = 20 * time.Second

func (t *tenant) piecesSubject(nuid string) string { return "$O." + t.bucket + ".C." + nuid }

// aboutSubject is where it is said what pieces a blob has.
func (t *tenant) aboutSubject(name string) string {
	return "$O." + t.bucket + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
}

// pour sends what comes out of r as the blob of a name. What was sent when that fails is taken away.
func (f *Farm) pour(ctx context.Context, t *tenant, name string, r io.Reader) error {
	info := jetstream.ObjectInfo{Bucket: t.bucket, NUID: rand.Text(), ObjectMeta: jetstream.ObjectMeta{Name: name,
		Opts: &jetstream.ObjectMetaOptions{ChunkSize: pieceSize}}}
	err := f.pourPieces(ctx, t, &info, r)
	if err == nil {
		err = f.namePieces(ctx, t, info)
	}
	if err != nil { // the caller may have been stopped
		gone := f.persist(context.WithoutCancel(ctx), "take away a part of a blob", func(ctx context.Context) error {
			return t.pieces.Purge(ctx, jetstream.WithPurgeSubject(t.piecesSubject(info.NUID)))
		})
		return errors.Join(err, gone)
	}
	return nil
}

// pourPieces sends the pieces, and fills in what they are together. None is on its way any more when it returns.
func (f *Farm) pourPieces(ctx context.Context, t *tenant, info *jetstream.ObjectInfo, r io.Reader) error {
	var waiting []jetstream.PubAckFuture
	settle := func(most int) (err error) {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), pieceLife+f.settings.Answer)
		defer cancel()
		for len(waiting) > most {
			err = errors.Join(err, answered(patience, waiting[0]))
			waiting = waiting[1:]
		}
		return err
	}
	h := sha256.New()
	for {
		piece := make([]byte, pieceSize)
		n, err := io.ReadFull(r, piece)
		if n > 0 {
			h.Write(piece[:n])
			sent, failed := f.slow.PublishMsgAsync(&nats.Msg{Subject: t.piecesSubject(info.NUID), Data: piece[:n]})
			if failed != nil {
				return errors.Join(failed, settle(0))
			}
			waiting = append(waiting, sent)
			info.Size += uint64(n)
			info.Chunks++
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			info.Digest = jetstream.GetObjectDigestValue(h)
			return settle(0)
		case err == nil:
			if err = settle(ahead); err == nil {
				err = context.Cause(ctx)
			}
		}
		if err != nil {
			return errors.Join(err, settle(0))
		}
	}
}

// answered waits until the server has answered that it has a piece.
func answered(ctx context.Context, sent jetstream.PubAckFuture) error {
	select {
	case <-sent.Ok():
		return nil
	case err := <-sent.Err():
		return err
	case <-ctx.Done():
		return nats.ErrTimeout
	}
}

// namePieces gives a blob its name: from now on it is there.
func (f *Farm) namePieces(ctx context.Context, t *tenant, info jetstream.ObjectInfo) error {
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	m := nats.NewMsg(t.aboutSubject(info.Name))
	m.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	m.Data = text
	return f.persist(ctx, "name a blob", func(ctx context.Context) error {
		_, err := f.js.PublishMsg(ctx, m)
		return err
	})
}

// blobInfo says of which pieces a blob is.
func (f *Farm) blobInfo(ctx context.Context, t *tenant, name string) (info *jetstream.ObjectInfo, err error) {
	err = f.surely(ctx, "look for the blob "+name, missingBlob, func(ctx context.Context) (err error) {
		info, err = t.blobs.GetInfo(ctx, name)
		return err
	})
	return info, err
}

// draw writes the pieces of a blob to w, one after the other, however long that takes. The caller
// holds what arrives against a digest.
func (f *Farm) draw(ctx context.Context, t *tenant, info *jetstream.ObjectInfo, w io.Writer) error {
	next := uint64(1)
	for n := range info.Chunks {
		err := f.surely(ctx, fmt.Sprintf("fetch the piece %d of %d of the blob %s", n+1, info.Chunks, info.Name), missingBlob, func(ctx context.Context) error {
			m, err := t.pieces.GetMsg(ctx, next, jetstream.WithGetMsgSubject(t.piecesSubject(info.NUID)))
			if err != nil {
				return err
			}
			next = m.Sequence + 1
			_, err = w.Write(m.Data)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
