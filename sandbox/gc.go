package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/network"
	"judge/sandbox/internal/rootfs"
	"judge/store"
)

// Leftover is something that a killed judge left on the host.
type Leftover struct {
	Kind string // "cgroup", "snapshot" (of /etc), "filter" (half written), "rootfs" (half made, or half removed), "name" (of a run) or "network"
	Name string // a path, or the name of a leaf
}

// RemoveLeftovers removes what killed judges left on the host, and says what
// that was; with only set it removes nothing, and says what it would. What is
// alive is not touched, by whichever judge and however many of them are
// about to begin. An error does not stop it: it goes on with the rest.
func RemoveLeftovers(only bool) ([]Leftover, error) {
	h, err := keeper()
	if err != nil {
		return nil, err
	}
	leaves, err1 := oldLeaves(h, only)
	snapshots, err2 := rootfs.RemoveOld(h.run, only)
	filters, err3 := oldFilters(h.filters, only)
	trees, err4 := oldTrees(only)
	names, err5 := lease.TidyNames(h.run, only)
	networks, err6 := network.Tidy(h.run, func(n int) bool { return lease.IsHeld(h.run, n) }, only)
	var list []Leftover
	for _, name := range networks {
		list = append(list, Leftover{"network", name})
	}
	for _, name := range leaves {
		list = append(list, Leftover{"cgroup", name})
	}
	for _, name := range snapshots {
		list = append(list, Leftover{"snapshot", name})
	}
	for _, name := range filters {
		list = append(list, Leftover{"filter", name})
	}
	for _, name := range trees {
		list = append(list, Leftover{"rootfs", name})
	}
	for _, name := range names {
		list = append(list, Leftover{"name", name})
	}
	return list, errors.Join(err1, err2, err3, err4, err5, err6)
}

// oldTrees removes what was to become a rootfs of the store, or was one.
func oldTrees(only bool) ([]string, error) {
	dir, err := store.Dir()
	if err != nil {
		return nil, nil // there is none
	}
	list, err := store.Tidy(dir, only)
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil // the store of somebody else
	}
	return list, err
}

// halfWritten is after how long a filter's file that is still being written has
// nobody who writes it: that takes milliseconds.
const halfWritten = time.Minute

// oldFilters removes files that were to become compiled filters. They have no
// lock, so it goes by their age.
func oldFilters(dir string, only bool) ([]string, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, &os.PathError{Op: "open cache directory", Path: dir, Err: err}
	}
	f := os.NewFile(uintptr(fd), dir)
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list the cache directory: %w", err)
	}
	var removed []string
	var errs []error
	for _, name := range names {
		var st unix.Stat_t
		if !strings.HasPrefix(name, ".new-") || unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil ||
			st.Mode&unix.S_IFMT != unix.S_IFREG || time.Since(time.Unix(st.Mtim.Unix())) < halfWritten {
			continue
		}
		path := filepath.Join(dir, name)
		if !only {
			if err := unix.Unlinkat(fd, name, 0); err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					errs = append(errs, &os.PathError{Op: "remove", Path: path, Err: err})
				}
				continue
			}
		}
		removed = append(removed, path)
	}
	slices.Sort(removed)
	return removed, errors.Join(errs...)
}
