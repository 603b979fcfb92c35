// Package lease holds the slots of a host. A slot is what a run has on the
// host for its time alone: a number, and with it a uid, a gid and a cgroup
// name. It is held by flock(2) on a file, so that a slot is free again when its
// holder is gone, however that came; nothing else on the host records a run.
package lease

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// FirstUID is the uid of slot 0. The range from here to FirstUID+Max is
// assigned to nobody: neither to users, subordinate ids, containers nor dynamic
// services (systemd's UIDS-GIDS.md lists 1879048192 to 2147483647 as unused).
const FirstUID = 1_900_000_000

// Max is how many runs a host can have at once.
const Max = 10_000

// ErrFull says that all slots are taken.
var ErrFull = errors.New("all slots are taken")

// A Slot is held until Release, or until its process ends.
type Slot struct {
	N    int
	Mark Mark // of the directory of its lease
	fd   int
}

// UID is the uid, and the gid, of the program.
func (s *Slot) UID() int { return FirstUID + s.N }

// Leaf is the name of the slot's cgroup.
func (s *Slot) Leaf() string { return s.Mark.Leaf(s.N) }

// fileName of slot n's lease, in its directory.
func fileName(n int) string { return "slot-" + strconv.Itoa(n) }

// number is the slot that a lease of this name is of.
func number(file string) (int, bool) {
	text, ok := strings.CutPrefix(file, "slot-")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n < Max && fileName(n) == file
}

// Acquire takes the lowest free slot. dir is made if it is missing.
func Acquire(dir string) (*Slot, error) {
	for n := range Max {
		slot, err := Try(dir, n)
		if err != nil || slot != nil {
			return slot, err
		}
	}
	return nil, fmt.Errorf("%w: %d in %s", ErrFull, Max, dir)
}

// Try takes slot n; nil says that it is taken.
func Try(dir string, n int) (*Slot, error) {
	at, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	defer unix.Close(at)
	// By the descriptor: the lease is then of the very directory that the mark is of, whatever becomes of the path.
	var st unix.Stat_t
	if err := unix.Fstat(at, &st); err != nil {
		return nil, fmt.Errorf("look at the directory of leases %s: %w", dir, err)
	}
	fd, err := lockAt(at, fileName(n), filepath.Join(dir, fileName(n)))
	if err != nil || fd < 0 {
		return nil, err
	}
	return &Slot{N: n, Mark: Mark{st.Dev, st.Ino}, fd: fd}, nil
}

// openDir opens the directory of leases, and makes it if it is missing.
func openDir(dir string) (int, error) {
	const flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
	fd, err := unix.Open(dir, flags, 0)
	if err == unix.ENOENT {
		if err := mkdir(dir); err != nil {
			return -1, err
		}
		fd, err = unix.Open(dir, flags, 0)
	}
	if err != nil {
		return -1, fmt.Errorf("open the directory of leases %s: %w", dir, err)
	}
	return fd, nil
}

// lock opens and locks a lease, and makes it and its directory if need be; -1
// says that another holds it.
func lock(path string) (int, error) {
	fd, err := lockAt(unix.AT_FDCWD, path, path)
	if errors.Is(err, unix.ENOENT) {
		if err := mkdir(filepath.Dir(path)); err != nil {
			return -1, err
		}
		fd, err = lockAt(unix.AT_FDCWD, path, path)
	}
	return fd, err
}

// lockAt does so in a directory that is open.
func lockAt(at int, file, path string) (int, error) {
	fd, err := openAt(at, file, path)
	if err != nil {
		return -1, err
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		unix.Close(fd)
		if err == unix.EWOULDBLOCK {
			return -1, nil
		}
		return -1, fmt.Errorf("lock the lease %s: %w", path, err)
	}
	return fd, nil
}

func openAt(at int, file, path string) (int, error) {
	fd, err := unix.Openat(at, file, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return -1, fmt.Errorf("open the lease %s: %w", path, err)
	}
	return fd, nil
}

func mkdir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the directory of leases: %w", err)
	}
	return nil
}

// Release gives the slot back. The file stays: removing it would let two
// judges hold a lock on two files of one name.
func (s *Slot) Release() error { return unix.Close(s.fd) }
