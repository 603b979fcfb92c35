// Package archive reads root file systems out of archives: a plain tar (docker
// export), an archive of docker save, an OCI image layout as a directory or a
// tar, each also compressed. It trusts nothing of them.
//
// An archive is read once, from its beginning to its end, into a draft of the
// store. Beside the draft grows a tree of nodes in memory, which becomes the
// manifest: names are looked up there, and what the draft is told to do has no
// link in its path. Of an archive of images the parts are found first, by their
// places in the file; what cannot be sought through is spooled.
package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"judge/store"
)

// Options of an import.
type Options struct {
	MaxBytes int64 // that files may hold together, also those that a later layer hides
	MaxFiles int
	Devices  bool        // take an archive with devices and FIFOs, and leave these out
	Image    string      // of an archive that holds several
	Base     *store.Held // a rootfs that the archive is laid over
	Over     []byte      // a layer, a tar archive with whiteouts, that is laid over the archive

	// Progress, if not nil, is called now and then with what was read of the
	// archive, in bytes, and the number of files by then.
	Progress func(read int64, files int)
}

// Default bounds of an import: above the largest images of compilers that there
// are, and below what fills a disk by surprise.
const (
	DefaultMaxBytes = 32 << 30
	DefaultMaxFiles = 2_000_000
)

// A Result is what came out.
type Result struct {
	Entries []store.Entry
	Kind    string // "tar archive", "docker archive", "OCI layout"
	Image   string // its name in the archive, if it has one
	LeftOut map[string]int
	Foreign string // the architecture that the image is for, if it is not this host's
	Proc    bool   // the archive had no /proc, and the rootfs got one to mount proc on
}

// Import fills a draft with what a file or a directory holds; "-" is standard input.
func Import(ctx context.Context, d *store.Draft, name string, o Options) (*Result, error) {
	opened := os.Open
	if name == "-" {
		opened = openStdin
	}
	f, err := opened(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return importDirectory(ctx, d, name, o)
	}
	return ImportStream(ctx, d, f, o)
}

// openStdin opens standard input anew where it can: waiting for a pipe can be
// stopped then.
func openStdin(string) (*os.File, error) {
	f, err := os.Open("/dev/stdin")
	if err != nil { // a socket, or somebody else's
		return os.Stdin, nil
	}
	return f, nil
}

// ImportStream fills a draft with what can be read from f.
func ImportStream(ctx context.Context, d *store.Draft, f *os.File, o Options) (*Result, error) {
	// Only what may keep one waiting knows a deadline; of others this is an error.
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Now()) })
	defer stop()
	b, err := newBuilder(d, o)
	if err != nil {
		return nil, err
	}
	in, err := open(&source{ctx: ctx, from: f, b: b}, b.streamLimit())
	if err != nil {
		return nil, err
	}
	defer in.close()
	if !looksLikeImage(in.buffered) {
		return b.plain(in)
	}
	file := f
	if in.format != "" || !seekable(f) {
		if file, err = b.spool(in); err != nil {
			return nil, err
		}
		defer file.Close()
	}
	blobs, err := index(file)
	if err != nil {
		return nil, err
	}
	if kind := blobs.kind(); kind != "" {
		return b.image(ctx, blobs, kind)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	again, err := open(&source{ctx: ctx, from: file, b: b}, b.streamLimit())
	if err != nil {
		return nil, err
	}
	defer again.close()
	return b.plain(again)
}

func importDirectory(ctx context.Context, d *store.Draft, name string, o Options) (*Result, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if _, err := root.Stat(indexName); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is a directory and no OCI layout: it has no %s", name, indexName)
	}
	b, err := newBuilder(d, o)
	if err != nil {
		return nil, err
	}
	return b.image(ctx, layoutDir{root}, "OCI layout")
}

// largest bounds are more than any host has, and small enough to multiply.
const (
	largestBytes = 1 << 60
	largestFiles = 1 << 50
)

func newBuilder(d *store.Draft, o Options) (*builder, error) {
	o.MaxBytes, o.MaxFiles = min(o.MaxBytes, largestBytes), min(o.MaxFiles, largestFiles)
	b := &builder{tree: newTree(), draft: d, options: o, left: o.MaxBytes, leftOut: map[string]int{}}
	if o.Base != nil {
		if err := b.seed(o.Base); err != nil {
			return nil, fmt.Errorf("lay the archive over rootfs %s: %w", filepath.Base(o.Base.Dir), err)
		}
	}
	return b, nil
}

// seed takes over all that another rootfs holds.
func (b *builder) seed(base *store.Held) error {
	entries, err := base.Entries()
	if err != nil {
		return err
	}
	for _, e := range entries {
		n := &node{Entry: e}
		if e.Path == "" {
			n.children = map[string]*node{}
			b.tree.root = n
			continue
		}
		parent, err := b.tree.directory(filepath.Dir(e.Path))
		if err != nil {
			return fmt.Errorf("its manifest has /%s: %w", e.Path, err)
		}
		b.tree.add(parent, filepath.Base(e.Path), n)
		switch e.Kind {
		case store.Directory:
			err = b.draft.Directory(e.Path)
		case store.Symlink:
			err = b.draft.Symlink(&n.Entry)
		default:
			err = b.draft.Take(base, &n.Entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// streamLimit bounds what an archive unpacks to: its files, as much again for
// what is skipped, and heads and padding for each file.
func (b *builder) streamLimit() int64 {
	const perFile = 2 << 10
	return 2*b.options.MaxBytes + perFile*int64(b.options.MaxFiles)
}

// plain applies one tar archive, which must have its end.
func (b *builder) plain(in *input) (*Result, error) {
	if err := b.apply(in, b.options.Base != nil); err != nil {
		return nil, err
	}
	if !in.endsInZeros() {
		return nil, errors.New("the archive is cut off: the blocks of zeros at its end are missing")
	}
	// What follows the end may still be wrong: the sum of a compressed file.
	if _, err := io.Copy(io.Discard, in); err != nil {
		return nil, damaged(err, false)
	}
	return b.result("tar archive", "")
}

func (b *builder) result(kind, image string) (*Result, error) {
	if b.options.Over != nil {
		if err := b.apply(bytes.NewReader(b.options.Over), true); err != nil {
			return nil, err
		}
	}
	r := &Result{Kind: kind, Image: image, LeftOut: b.leftOut}
	if b.tree.root.children["proc"] == nil {
		r.Proc = true
		proc := &node{Entry: store.Entry{Kind: store.Directory, Mode: 0o555, Modified: epoch}}
		if err := b.makeDirectory(b.tree.root, "proc", proc); err != nil {
			return nil, err
		}
	}
	if len(b.tree.root.children) == 1 && r.Proc {
		return nil, errors.New("the archive is empty")
	}
	r.Entries = b.tree.entries()
	return r, nil
}

func seekable(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// spool writes what can be read once into a file.
func (b *builder) spool(in *input) (*os.File, error) {
	f, err := b.draft.Scratch()
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(f, in); err != nil {
		var failed *fs.PathError
		if errors.As(err, &failed) && failed.Path == f.Name() {
			err = fmt.Errorf("keep the archive, which has to be read twice: %w", err)
		} else {
			err = damaged(err, false)
		}
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// LeftOutText lists what was left out, for a message: "3 devices and FIFOs, 1 file capabilities".
func LeftOutText(leftOut map[string]int) []string {
	var list []string
	for what, n := range leftOut {
		list = append(list, fmt.Sprintf("%d %s", n, what))
	}
	slices.Sort(list)
	return list
}
