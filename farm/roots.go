package farm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"judge/judge"
	"judge/rootfs-build/archive"
	"judge/store"
)

// Roots are the root file systems of a worker: those of its machine's store, and others that it fetches into it,
// each under its digest as its name. So one that has the name of another is beside it, and what the
// machine's owner made stays as it is. Several workers may share a store.
type Roots struct {
	farm     *Farm
	dir      string
	max      int64
	fetching chan struct{} // of capacity 1: one at a time
}

// NewRoots are those of the store at dir, "" being the caller's, where max bytes may be fetched to, as the files'
// sizes are; 0 fetches nothing.
func NewRoots(f *Farm, dir string, max int64) (*Roots, error) {
	if dir == "" {
		var err error
		if dir, err = store.Dir(); err != nil {
			return nil, err
		}
	}
	return &Roots{farm: f, dir: dir, max: max, fetching: make(chan struct{}, 1)}, nil
}

// list is what the store holds, for the list of workers: a part of it if it holds very many.
func (r *Roots) list() []judge.Fact {
	list := []judge.Fact{}
	all, err := store.Digests(r.dir)
	if err != nil {
		return list // who takes one of them hears of it
	}
	for name, digest := range all {
		list = append(list, judge.Fact{What: name, Value: digest})
	}
	slices.SortFunc(list, func(a, b judge.Fact) int { return strings.Compare(a.What, b.What) })
	return list[:min(len(list), 100)]
}

// A NoRootError says that a worker has a rootfs not, and will not fetch it.
type NoRootError struct {
	Root Root
	Why  string
}

func (e *NoRootError) Error() string {
	return fmt.Sprintf("it wants the rootfs %s, %s, which is not here, and %s", e.Root.Name, e.Root.Digest, e.Why)
}

// check refuses what is not there and will not be fetched. here says that it is there.
func (r *Roots) check(root Root) (here bool, err error) {
	held, err := store.HoldDigest(r.dir, root.Digest)
	switch {
	case err == nil:
		return true, held.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	case !validRoot(root):
		return false, &NoRootError{root, "its digest is none"}
	case !root.Sent:
		return false, &NoRootError{root, "was not sent: all workers had it"}
	case r.max == 0:
		return false, &NoRootError{root, "this worker fetches none: --rootfs-size"}
	case root.Bytes > r.max:
		return false, &NoRootError{root, fmt.Sprintf("its %d MiB are more than this worker has for those that it fetches: --rootfs-size", root.Bytes>>20)}
	}
	return false, nil
}

func validRoot(root Root) bool {
	return strings.HasPrefix(root.Digest, "sha256:") && validDigest.MatchString(store.DigestName(root.Digest)) && root.Bytes >= 0 && root.Files > 0
}

// take holds a rootfs of a user's batch, and fetches it first if it is not there.
func (r *Roots) take(ctx context.Context, user string, root Root) (*store.Held, error) {
	select {
	case r.fetching <- struct{}{}:
		defer func() { <-r.fetching }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	for range 3 { // another worker may take it away before it is held
		here, err := r.check(root)
		if err != nil {
			return nil, err
		}
		if !here {
			if err := r.makeRoom(root.Bytes); err != nil {
				return nil, err
			}
			if err := r.fetch(ctx, user, root); err != nil {
				return nil, fmt.Errorf("fetch the rootfs %s, %s: %w", root.Name, root.Digest, err)
			}
		}
		held, err := store.HoldDigest(r.dir, root.Digest)
		if err == nil {
			now := time.Now()
			_ = os.Chtimes(held.Dir, now, now) // when it was used: at worst it goes before others
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return held, err
		}
	}
	return nil, fmt.Errorf("the rootfs %s vanishes from the store %s as soon as it is there", root.Name, r.dir)
}

// fetch makes a rootfs of what BLOBS has of it. One that does not come to the digest gets no name in
// the store; of one that is not whole nothing stays, and what a killed worker left goes with the next draft.
func (r *Roots) fetch(ctx context.Context, user string, root Root) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	t, err := r.farm.of(ctx, user)
	if err != nil {
		return err
	}
	info, err := r.farm.blobInfo(ctx, t, root.Blob())
	if err != nil {
		return err
	}
	from, to, err := os.Pipe()
	if err != nil {
		return err
	}
	defer from.Close()
	sent := make(chan error, 1)
	go func() {
		failed := r.farm.draw(ctx, t, info, to)
		sent <- errors.Join(failed, to.Close())
	}()
	d, err := store.Begin(r.dir)
	if err != nil {
		return errors.Join(err, from.Close(), <-sent)
	}
	defer func() { err = errors.Join(err, d.Abandon()) }()
	made, err := archive.ImportStream(ctx, d, from, archive.Options{MaxBytes: max(root.Bytes, 1), MaxFiles: min(root.Files, archive.DefaultMaxFiles)})
	stop()
	from.Close() // whoever still writes hears of it
	if failed := <-sent; err != nil {
		return errors.Join(err, notStopped(failed))
	}
	d.MustBe(root.Digest)
	about := &store.About{Name: store.DigestName(root.Digest), Source: fetchedFrom + root.Name, Created: time.Now().UTC().Truncate(time.Second)}
	err = d.Commit(made.Entries, about, false)
	if errors.Is(err, store.ErrExists) { // another worker was faster
		return nil
	}
	return err
}

// notStopped is what went wrong with sending, but for what follows from the other end's having enough.
func notStopped(err error) error {
	var pipe *fs.PathError
	if errors.Is(err, context.Canceled) || errors.As(err, &pipe) {
		return nil
	}
	return err
}

// fetchedFrom begins the source of what a worker fetched, and may take away.
const fetchedFrom = "farm: rootfs "

// makeRoom takes away what was fetched and was used longest ago, until as much more may be fetched. What is
// in use stays.
func (r *Roots) makeRoom(bytes int64) error {
	all, err := store.List(r.dir)
	if err != nil {
		return err
	}
	type old struct {
		store.About
		used time.Time
	}
	var fetched []old
	for _, a := range all {
		if a.Name != store.DigestName(a.Digest) || !strings.HasPrefix(a.Source, fetchedFrom) {
			continue
		}
		if info, err := os.Stat(filepath.Join(r.dir, a.Name)); err == nil {
			fetched = append(fetched, old{a, info.ModTime()})
			bytes += a.Bytes
		}
	}
	slices.SortFunc(fetched, func(a, b old) int { return cmp.Or(a.used.Compare(b.used), strings.Compare(a.Name, b.Name)) })
	for _, f := range fetched {
		if bytes <= r.max {
			return nil
		}
		switch err := store.Remove(r.dir, f.Name); {
		case err == nil || errors.Is(err, fs.ErrNotExist):
			bytes -= f.Bytes
		case !errors.Is(err, store.ErrInUse):
			return err
		}
	}
	if bytes > r.max {
		return fmt.Errorf("the root file systems that are in use leave no room for another: %d MiB are wanted, %d allowed (--rootfs-size)", bytes>>20, r.max>>20)
	}
	return nil
}
