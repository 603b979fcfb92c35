package web

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"judge/farm"
)

// Bounds of what an archive makes on the disk.
const (
	maxUnpacked = 4 << 30  // bytes
	maxEntries  = 100_000  // files and folders
	maxName     = 1024     // bytes of a path
	maxDepth    = 32       // folders in one another
	maxIndex    = 16 << 20 // bytes of a zip's directory, which is read at once
)

const archiveHint = "send a tar, a tar.gz or a zip that has files and folders alone; tar --dereference --hard-dereference makes files of links"

// An unpacking makes files of an archive in a folder.
type unpacking struct {
	root    *os.Root
	bytes   int64 // that may still come
	entries int   // that may still come
	room    func() error
}

// unpack makes files of an archive that is streamed: which kind it is, its first bytes say. spool is where a zip is kept
// meanwhile, for it is read from its end. The error is a [*farm.Refusal] where it is none that can be taken.
func unpack(r io.Reader, dir, spool string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open the folder for an archive: %w", err)
	}
	defer root.Close()
	u := &unpacking{root: root, bytes: maxUnpacked, entries: maxEntries, room: func() error { return room(dir) }}
	return u.take(r, spool)
}

func (u *unpacking) take(r io.Reader, spool string) error {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(4)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("read the archive: %w", err)
	case bytes.HasPrefix(head, []byte("PK")):
		return u.zip(in, spool)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return broken(err)
		}
		return u.tar(z)
	}
	return u.tar(in)
}

func broken(err error) error {
	return refusal(fmt.Errorf("read the archive: %w", err), archiveHint)
}

// refused is a refusal with what is behind it: whether too much came, or too slowly.
type refused struct {
	*farm.Refusal
	err error
}

func (r *refused) Unwrap() []error { return []error{r.err, r.Refusal} }

func refusal(err error, hint string) error {
	return &refused{&farm.Refusal{What: err.Error(), Hint: hint}, err}
}

func (u *unpacking) tar(r io.Reader) error {
	t := tar.NewReader(r)
	any := false
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) && any {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return refusal(errors.New("the archive is empty"), archiveHint)
		}
		if err != nil {
			return broken(err)
		}
		any = true
		switch h.Typeflag {
		case tar.TypeXGlobalHeader: // git archive writes one
			err = u.count()
		case tar.TypeDir:
			err = u.folder(h.Name)
		case tar.TypeReg:
			err = u.file(h.Name, h.FileInfo().Mode(), t)
		default:
			err = refusal(fmt.Errorf("%q in the archive is neither a file nor a folder", clip(h.Name)), archiveHint)
		}
		if err != nil {
			return err
		}
	}
}

// zip keeps the archive in a file without a name first.
func (u *unpacking) zip(r io.Reader, spool string) error {
	f, err := nameless(spool)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := io.Copy(&roomy{Writer: f, room: u.room}, r)
	if err != nil {
		return fmt.Errorf("keep the archive: %w", err)
	}
	index := &bounded{r: f, left: maxIndex}
	z, err := zip.NewReader(index, size)
	if err != nil {
		return broken(err)
	}
	index.left = math.MaxInt64 // files are bounded as they are made
	for _, e := range z.File {
		switch mode := e.Mode(); {
		case mode.IsDir():
			err = u.folder(e.Name)
		case mode.IsRegular():
			err = u.zipped(e)
		default:
			err = refusal(fmt.Errorf("%q in the archive is neither a file nor a folder", clip(e.Name)), archiveHint)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bounded is a file of which so much may be read.
type bounded struct {
	r    io.ReaderAt
	left int64
}

func (b *bounded) ReadAt(p []byte, at int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, fmt.Errorf("its directory has more than %d bytes", int64(maxIndex))
	}
	return b.r.ReadAt(p, at)
}

func (u *unpacking) zipped(e *zip.File) error {
	r, err := e.Open()
	if err != nil {
		return broken(err)
	}
	defer r.Close()
	return u.file(e.Name, e.Mode(), r)
}

// count counts an entry, or a folder that one is in.
func (u *unpacking) count() error {
	if u.entries == 0 {
		return refusal(fmt.Errorf("the archive has more than %d files and folders", maxEntries), "send it in parts")
	}
	u.entries--
	return u.room()
}

// place is where an entry comes to; "" is the whole's own.
func (u *unpacking) place(name string) (string, error) {
	clean := path.Clean(strings.TrimSuffix(name, "/"))
	switch {
	case len(name) > maxName || strings.Count(clean, "/") >= maxDepth:
		return "", refusal(fmt.Errorf("%q in the archive is longer than %d bytes, or in more than %d folders", clip(name), maxName, maxDepth), archiveHint)
	case strings.ContainsAny(name, "\x00\\") || !filepath.IsLocal(filepath.FromSlash(clean)):
		return "", refusal(fmt.Errorf("%q in the archive is no place in it", clip(name)), archiveHint)
	}
	if clean == "." {
		clean = ""
	}
	return clean, nil
}

func clip(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

func (u *unpacking) folder(name string) error {
	at, err := u.place(name)
	if err != nil {
		return err
	}
	before := u.entries
	if at != "" {
		err = u.folders(name, at)
	}
	if err == nil && u.entries == before { // it was there
		err = u.count()
	}
	return err
}

// folders makes a folder, and those that it is in. Each that was not there is counted.
func (u *unpacking) folders(name, at string) error {
	if at == "." {
		return nil
	}
	err := u.root.Mkdir(at, 0o755)
	if errors.Is(err, os.ErrNotExist) {
		if err := u.folders(name, path.Dir(at)); err != nil {
			return err
		}
		err = u.root.Mkdir(at, 0o755)
	}
	if errors.Is(err, os.ErrExist) {
		if there, _ := u.root.Lstat(at); there != nil && there.IsDir() {
			return nil
		}
	}
	if err != nil {
		return u.odd(name, err)
	}
	return u.count()
}

// odd tells the archive's faults, a name that is there twice, from the disk's.
func (u *unpacking) odd(name string, err error) error {
	var at *os.PathError
	if errors.Is(err, os.ErrExist) || errors.As(err, &at) && isOdd(at.Err) {
		return refusal(fmt.Errorf("%q in the archive is there twice, or cannot be: %w", clip(name), err), archiveHint)
	}
	return err
}

func (u *unpacking) file(name string, mode os.FileMode, r io.Reader) error {
	at, err := u.place(name)
	if err != nil {
		return err
	}
	if at == "" {
		return refusal(fmt.Errorf("%q in the archive is no file", clip(name)), archiveHint)
	}
	if err = u.folders(name, path.Dir(at)); err == nil {
		err = u.count()
	}
	if err != nil {
		return err
	}
	perm := os.FileMode(0o644) // as a checkout has them: packages are sent with the modes of their files
	if mode.Perm()&0o100 != 0 {
		perm = 0o755
	}
	f, err := u.root.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return u.odd(name, err)
	}
	n, err := io.Copy(&roomy{Writer: f, room: u.room}, io.LimitReader(r, u.bytes+1))
	err = errors.Join(err, f.Close())
	var disk *os.PathError
	switch {
	case errors.As(err, &disk), errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("make %q of the archive: %w", clip(name), err)
	case err != nil:
		return broken(fmt.Errorf("%q: %w", clip(name), err))
	}
	if u.bytes -= n; u.bytes < 0 {
		return refusal(fmt.Errorf("what is in the archive has more than %d bytes", int64(maxUnpacked)), "send it in parts")
	}
	return nil
}
