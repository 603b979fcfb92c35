package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A place is a file on its way to a name: what has the name is whole. The file
// has no name before, so that a judge that is killed leaves none.
type place struct {
	*os.File
	dest string
	temp string // its name where the file system has no files without one
}

// newPlace makes the file, which belongs to its caller alone until it is set down.
func newPlace(dest string) (*place, error) {
	dir := filepath.Dir(dest)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(dir, unix.O_TMPFILE|os.O_WRONLY, 0o600)
	switch {
	case err == nil:
		return &place{File: f, dest: dest}, nil
	// open(2), O_TMPFILE: the first two are what file systems and kernels without it say.
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL):
		return newNamedPlace(dest)
	}
	return nil, err
}

func newNamedPlace(dest string) (*place, error) {
	f, err := os.CreateTemp(filepath.Dir(dest), ".judge-collect-")
	if err != nil {
		return nil, err
	}
	return &place{File: f, dest: dest, temp: f.Name()}, nil
}

// set gives the file its mode and its name. What has that name is replaced, and
// not followed if it is a link.
func (p *place) set(mode os.FileMode) error {
	if err := p.Chmod(mode); err != nil {
		return err
	}
	if p.temp == "" {
		return p.link()
	}
	if err := p.Close(); err != nil { // a network's file system may say only now that its disk is full
		return err
	}
	return os.Rename(p.temp, p.dest)
}

// placeTries bounds a race with others who make files of that name.
const placeTries = 100

// link replaces by removing first: a second name to rename from would be left
// behind by a judge that is killed between the two calls. Then it is the old
// file that is gone.
func (p *place) link() error {
	from := fmt.Sprintf("/proc/self/fd/%d", p.Fd()) // as open(2), O_TMPFILE, does it: AT_EMPTY_PATH wants a capability
	for range placeTries {
		err := unix.Linkat(unix.AT_FDCWD, from, unix.AT_FDCWD, p.dest, unix.AT_SYMLINK_FOLLOW)
		if err == nil {
			return nil
		}
		if err != unix.EEXIST {
			return &os.LinkError{Op: "linkat", Old: from, New: p.dest, Err: err}
		}
		if err := unix.Unlink(p.dest); err != nil && err != unix.ENOENT {
			return &os.PathError{Op: "replace", Path: p.dest, Err: err}
		}
	}
	return &os.PathError{Op: "replace", Path: p.dest, Err: unix.EEXIST}
}

// done closes the file; if it was not set down, it is gone then.
func (p *place) done() error {
	if p.temp != "" {
		os.Remove(p.temp) // nothing has that name any more if all went well
	}
	if err := p.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
