package sandbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// kept are the places of the tmpfs that hold what a run wrote, and where they
// go in the directory of Command.Keep.
var kept = []struct{ from, to string }{{"upper", "."}, {"box", "box"}, {"tmp", "tmp"}, {"dev/shm", "dev/shm"}}

// maxKept is how deep directories are followed; every level holds two
// descriptors.
const maxKept = 256

// keep copies what the run wrote, to be looked at: directories, regular files
// and symbolic links, with plain permissions and judge's own owner. Devices,
// FIFOs, sockets, and what is nested deeper than maxKept, are left out.
func keep(o opener, tmpfs int, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("keep the upper layer: %w", err)
	}
	for _, k := range kept {
		to := filepath.Join(dir, k.to)
		if err := o.keepPlace(tmpfs, k.from, to); err != nil {
			return fmt.Errorf("keep the upper layer in %s: %w", to, err)
		}
	}
	return nil
}

func (o opener) keepPlace(tmpfs int, name, dir string) error {
	from, err := o.open(tmpfs, name, unix.OpenHow{
		Flags: unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS,
	})
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		unix.Close(from)
		return err
	}
	to, err := unix.Open(dir, directory, 0)
	if err != nil {
		unix.Close(from)
		return err
	}
	return o.keepTree(from, to, 0)
}

const directory = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// keepTree copies one directory into another, by descriptors, which it closes:
// names are of one component, so no link leads anywhere and no path is too long.
func (o opener) keepTree(from, to, depth int) error {
	src, dst := os.NewFile(uintptr(from), "box"), os.NewFile(uintptr(to), "keep")
	defer src.Close()
	defer dst.Close()
	entries, err := src.ReadDir(-1)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		errs = append(errs, o.keepEntry(from, to, e, depth))
	}
	return errors.Join(errs...)
}

func (o opener) keepEntry(from, to int, e fs.DirEntry, depth int) error {
	name := e.Name()
	switch e.Type() {
	case fs.ModeDir:
		if depth == maxKept {
			return nil
		}
		return o.keepDir(from, to, name, depth)
	case fs.ModeSymlink:
		link, err := o.open(from, name, unix.OpenHow{Flags: unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC})
		if err != nil {
			return err
		}
		defer unix.Close(link)
		buf := make([]byte, unix.PathMax)
		n, err := unix.Readlinkat(link, "", buf)
		if err != nil {
			return err
		}
		return unix.Symlinkat(string(buf[:n]), to, name)
	case 0:
		return o.keepFile(from, to, name)
	}
	return nil
}

func (o opener) keepDir(from, to int, name string, depth int) error {
	sub, err := o.open(from, name, unix.OpenHow{Flags: directory})
	if err != nil {
		return err
	}
	if err := unix.Mkdirat(to, name, 0o755); err != nil && err != unix.EEXIST {
		unix.Close(sub)
		return err
	}
	dst, err := unix.Openat(to, name, directory, 0)
	if err != nil {
		unix.Close(sub)
		return err
	}
	return o.keepTree(sub, dst, depth+1)
}

func (o opener) keepFile(from, to int, name string) error {
	in, err := o.plain(from, name)
	if err != nil {
		return err
	}
	defer in.Close()
	fd, err := unix.Openat(to, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return err
	}
	out := os.NewFile(uintptr(fd), name)
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
