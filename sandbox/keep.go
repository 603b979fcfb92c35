package sandbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// kept are the places of the tmpfs that hold what a run wrote, and where they
// go in the directory of Command.Keep.
var kept = []struct{ from, to string }{{"upper", "."}, {"box", "box"}, {"tmp", "tmp"}, {"dev/shm", "dev/shm"}}

// keep copies what the run wrote, to be looked at: directories, regular files
// and symbolic links, with plain permissions and judge's own owner. Devices,
// FIFOs and sockets are left out.
func keep(tmpfs int, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("keep the upper layer: %w", err)
	}
	for _, k := range kept {
		from, err := unix.Openat2(tmpfs, k.from, &unix.OpenHow{
			Flags: unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS,
		})
		if err == unix.ENOENT {
			continue
		}
		if err != nil {
			return fmt.Errorf("keep the upper layer: open %s: %w", k.from, err)
		}
		if err := os.MkdirAll(filepath.Join(dir, k.to), 0o755); err != nil {
			unix.Close(from)
			return fmt.Errorf("keep the upper layer: %w", err)
		}
		if err := keepTree(from, filepath.Join(dir, k.to)); err != nil {
			return fmt.Errorf("keep the upper layer: %w", err)
		}
	}
	return nil
}

// keepTree copies a directory by its descriptor, which it closes. Names below
// are looked at one component at a time, so a link leads nowhere.
func keepTree(from int, to string) error {
	d := os.NewFile(uintptr(from), to)
	defer d.Close()
	entries, err := d.ReadDir(-1)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		errs = append(errs, keepEntry(from, e, filepath.Join(to, e.Name())))
	}
	return errors.Join(errs...)
}

func keepEntry(dir int, e fs.DirEntry, to string) error {
	switch e.Type() {
	case fs.ModeDir:
		sub, err := unix.Openat(dir, e.Name(), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(to, 0o755); err != nil {
			unix.Close(sub)
			return err
		}
		return keepTree(sub, to)
	case fs.ModeSymlink:
		buf := make([]byte, unix.PathMax)
		n, err := unix.Readlinkat(dir, e.Name(), buf)
		if err != nil {
			return err
		}
		return os.Symlink(strings.Clone(string(buf[:n])), to)
	case 0:
		in, err := openPlain(dir, e.Name())
		if err != nil {
			return err
		}
		defer in.Close()
		return keepFile(in, to)
	}
	return nil
}

func keepFile(in *os.File, to string) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
