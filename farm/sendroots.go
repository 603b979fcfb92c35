package farm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
	"judge/rootfs-build/archive"
	"judge/store"
)

// A Root is a rootfs of the submitter's store that a batch rests on.
type Root struct {
	Name   string `json:"name"` // by which policies name it
	Digest string `json:"digest"`
	Bytes  int64  `json:"bytes"` // in its files
	Files  int    `json:"files"`
	Sent   bool   `json:"sent"` // BLOBS has it, see [Root.Blob]
}

// Blob is the name that an archive of it has in BLOBS. It is no digest of the archive: what is made of
// that has the digest of the rootfs, or is refused.
func (r Root) Blob() string { return "rootfs-" + store.DigestName(r.Digest) }

// factRootfs begins what is said of a rootfs, see [judge.Engine.Basis].
const factRootfs = "rootfs "

// sendRoots finds those that facts name, and sends those that some worker lacks; where nobody works yet, all.
func (f *Farm) sendRoots(ctx context.Context, user string, facts []judge.Fact, say func(string)) ([]Root, error) {
	t, err := f.of(ctx, user)
	if err != nil {
		return nil, err
	}
	var list []Root
	for _, fact := range facts {
		name, is := strings.CutPrefix(fact.What, factRootfs)
		if !is || !strings.HasPrefix(fact.Value, "sha256:") {
			continue // a directory, which no other machine knows
		}
		r, err := f.sendRoot(ctx, t, name, fact.Value, say)
		if err != nil {
			return nil, fmt.Errorf("send the rootfs %s: %w", name, err)
		}
		list = append(list, r)
	}
	return list, nil
}

func (f *Farm) sendRoot(ctx context.Context, t *tenant, name, digest string, say func(string)) (_ Root, err error) {
	r := Root{Name: name, Digest: digest}
	dir, err := store.Dir()
	if err != nil {
		return r, err
	}
	held, err := store.HoldDigest(dir, digest)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	about, err := held.About()
	if err != nil {
		return r, err
	}
	r.Bytes, r.Files = about.Bytes, about.Files
	err = f.persist(ctx, "look for the rootfs "+name, func(ctx context.Context) error {
		_, err := t.blobs.GetInfo(ctx, r.Blob())
		return err
	})
	r.Sent = err == nil
	if !errors.Is(err, jetstream.ErrObjectNotFound) {
		return r, err
	}
	lacking, err := f.rootLacking(ctx, digest)
	if err != nil || !lacking {
		return r, err
	}
	say(fmt.Sprintf("sending the rootfs %s of %d MiB, once", name, about.Bytes>>20))
	for range 3 {
		if err = f.pourRoot(ctx, t, held, r); err == nil || !passing(err) || ctx.Err() != nil {
			break
		}
	}
	r.Sent = err == nil
	return r, err
}

// rootLacking says whether a worker that is there lacks a rootfs, or none is there.
func (f *Farm) rootLacking(ctx context.Context, digest string) (bool, error) {
	workers, err := f.Workers(ctx)
	if err != nil {
		return false, err
	}
	return len(workers) == 0 || slices.ContainsFunc(workers, func(w WorkerInfo) bool {
		return !slices.ContainsFunc(w.Rootfs, func(here judge.Fact) bool { return here.Value == digest })
	}), nil
}

// pourRoot sends a rootfs as a compressed archive, of which nothing is kept on this side.
func (f *Farm) pourRoot(ctx context.Context, t *tenant, held *store.Held, r Root) error {
	from, to := io.Pipe()
	go func() {
		z, err := zstd.NewWriter(to, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		if err == nil {
			err = errors.Join(archive.Export(ctx, held, z), z.Close())
		}
		to.CloseWithError(err) // nil is the end
	}()
	err := f.pour(ctx, t, r.Blob(), from)
	from.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // for who still writes
	return err
}
