package rootfs

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

// RemoveOld removes the snapshots of /etc below dir that no run holds, less that
// of the host's /etc as it is now, and what killed judges left half made or half
// removed. It gives their paths; with only set it removes nothing.
func RemoveOld(dir string, only bool) ([]string, error) {
	return removeOld(dir, filepath.Join(dir, snapshotPrefix+etcKey("/etc")), only)
}

func removeOld(dir, keep string, only bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for old snapshots: %w", err)
	}
	var list []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if name == keep || !strings.HasPrefix(e.Name(), snapshotPrefix) {
			continue
		}
		if removeSnapshot(dir, name, only) {
			list = append(list, name)
		}
	}
	return list, nil
}

// removeSnapshot says whether it was there and held by nobody. It takes the name
// away first, under the lock: whoever makes a snapshot of that name anew never
// finds it half removed. What stays for whatever reason is tried again with the
// next snapshot.
func removeSnapshot(dir, name string, only bool) bool {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return false // another judge removed it
	}
	defer unix.Close(fd)
	if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) != nil || !same(fd, name) {
		return false
	}
	if only {
		return true
	}
	doomed := filepath.Join(dir, snapshotPrefix+"new-"+strconv.FormatUint(rand.Uint64(), 36))
	if os.Rename(name, doomed) != nil {
		return false
	}
	return os.RemoveAll(doomed) == nil
}

// same says whether a name still leads to what was opened by it.
func same(fd int, name string) bool {
	var open, there unix.Stat_t
	return unix.Fstat(fd, &open) == nil && unix.Lstat(name, &there) == nil && open.Dev == there.Dev && open.Ino == there.Ino
}
