package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Remove removes a rootfs from the store at dir. The error is fs.ErrNotExist if
// there is none of that name, and ErrInUse if a run holds it.
func Remove(dir, name string) error {
	if !ValidName(name) {
		return fs.ErrNotExist
	}
	path := filepath.Join(dir, name)
	fd, err := alone(path)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unmount(path); err != nil {
		return fmt.Errorf("remove rootfs %s: %w", path, err)
	}
	doomed := filepath.Join(dir, newPrefix+strconv.FormatUint(rand.Uint64(), 36))
	if err := os.Rename(path, doomed); err != nil {
		return fmt.Errorf("remove rootfs %s: %w", path, err)
	}
	if err := os.RemoveAll(doomed); err != nil {
		return fmt.Errorf("remove what was rootfs %s: %w", path, err)
	}
	tidyQuietly(dir)
	return nil
}

// tidyQuietly is Tidy beside something else, which it must not keep from being
// done: what it cannot remove (a killed judge's mmdebstrap may still be at work
// there) the next one will, and judge gc says why not.
func tidyQuietly(dir string) { _, _ = Tidy(dir, false) }

// alone holds the directory of a rootfs that nobody else holds.
func alone(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT || err == unix.ENOTDIR {
		return -1, fs.ErrNotExist
	}
	if err != nil {
		return -1, fmt.Errorf("open rootfs %s: %w", path, err)
	}
	var st, there unix.Stat_t
	switch err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); {
	case err == unix.EWOULDBLOCK:
		err = fmt.Errorf("%s: %w", path, ErrInUse)
		return -1, errors.Join(err, unix.Close(fd))
	case err != nil:
		return -1, errors.Join(fmt.Errorf("lock rootfs %s: %w", path, err), unix.Close(fd))
	case unix.Fstatat(fd, digestName, &st, unix.AT_SYMLINK_NOFOLLOW) != nil, // something else
		unix.Fstat(fd, &st) != nil, unix.Lstat(path, &there) != nil, st.Ino != there.Ino, st.Dev != there.Dev: // gone since
		return -1, errors.Join(fs.ErrNotExist, unix.Close(fd))
	}
	return fd, nil
}

// Tidy removes what killed judges left in the store at dir: half-made and
// half-removed trees, and files that no rootfs has any more. It gives the paths
// of trees; with only set it removes nothing. While a rootfs is being made it
// does nothing.
func Tidy(dir string, only bool) ([]string, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	lock, err := lockStore(dir, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(lock)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look through the store: %w", err)
	}
	var list []string
	var errs []error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), newPrefix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if !only {
			if err := errors.Join(unmount(path), os.RemoveAll(path)); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		list = append(list, path)
	}
	if !only {
		errs = append(errs, removeOrphans(filepath.Join(dir, objectsName)))
	}
	return list, errors.Join(errs...)
}

// removeOrphans removes the objects that have no other name than their own. The
// caller holds the store's lock alone.
func removeOrphans(objects string) error {
	return filepath.WalkDir(objects, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == objects {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return &os.PathError{Op: "look at", Path: path, Err: err}
		}
		if st.Nlink > 1 {
			return nil
		}
		return os.Remove(path)
	})
}
