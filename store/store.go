// Package store is where root file systems lie on this host.
//
// A store is a directory:
//
//	lock              held shared by whoever adds files, alone by whoever removes files that nobody needs
//	NAME/             a rootfs; its directory is held shared by each run that uses it, alone to take the name away
//	NAME/root/        the tree, under a run's overlay and never written to
//	NAME/manifest     what the tree holds, see WriteManifest
//	NAME/digest       a symbolic link to the digest of the manifest: one call reads it
//	NAME/about.json   where it came from
//	NAME/image        of a rootfs that is an image: NAME/root is where that is mounted, read-only, for all runs
//	.objects/XX/KEY   each regular file once, by content, mode, owner and time; trees have hard links to it
//	.new-*/           one that is being made, or being removed
//
// Both kinds of lock are flock(2)'s, so that a killed judge holds none. A rootfs
// gets its name by one rename, when all of it is there: at whatever line a judge
// is killed, what stays has no name, and the next one removes it (Tidy).
//
// The store can be entered by its owner alone: files of a foreign image, on the
// host, are for nobody else's hands.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Variable of the environment that names another store.
const Variable = "JUDGE_ROOTFS_STORE"

const (
	rootName     = "root"
	manifestName = "manifest"
	digestName   = "digest"
	aboutName    = "about.json"
	imageName    = "image"
	objectsName  = ".objects"
	lockName     = "lock"
	newPrefix    = ".new-"
)

// Dir is the caller's store: /var/lib/judge/rootfs for root, and for others
// judge/rootfs in their XDG_DATA_HOME, unless JUDGE_ROOTFS_STORE names one. It
// need not be there.
func Dir() (string, error) {
	if dir := os.Getenv(Variable); dir != "" {
		return filepath.Abs(dir)
	}
	if os.Geteuid() == 0 {
		return "/var/lib/judge/rootfs", nil
	}
	// A relative path there is to be ignored (XDG Base Directory Specification).
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "judge", "rootfs"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the store of root file systems: %w", err)
	}
	return filepath.Join(home, ".local", "share", "judge", "rootfs"), nil
}

// longestName of a rootfs, in bytes.
const longestName = 64

// ValidName says whether a rootfs can have that name: at most 64 letters, digits,
// dots, dashes and underscores, the first a letter or digit; and not "host", which
// is the view of the host. No regular expression: to compile one takes 0.2 ms of
// every judge run.
func ValidName(name string) bool {
	if name == "" || len(name) > longestName || name == "host" {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case i > 0 && (c == '.' || c == '-' || c == '_'):
		default:
			return false
		}
	}
	return true
}

// ErrInUse says that a run uses a rootfs, or somebody reads it.
var ErrInUse = errors.New("it is in use")

// Held is a rootfs that cannot be removed until it is closed.
type Held struct {
	Dir    string // of the rootfs in the store
	Root   string // the tree
	Digest string // "sha256:..."
	fd     int
}

// Close lets go of it.
func (h *Held) Close() error { return unix.Close(h.fd) }

// ErrNotMounted says that a rootfs is an image, and its tree is not there.
var ErrNotMounted = errors.New("it is an image, and not mounted")

// Hold finds a rootfs in the store at dir, and keeps it from being removed. The
// error is fs.ErrNotExist if there is none of that name, and ErrNotMounted if it
// is an image that has to be mounted first.
func Hold(dir, name string) (*Held, error) {
	h, err := holdAny(dir, name)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if unix.Fstatat(h.fd, imageName, &st, unix.AT_SYMLINK_NOFOLLOW) == nil && !isMounted(h.Dir) {
		h.Close()
		return nil, fmt.Errorf("rootfs %s: %w", h.Dir, ErrNotMounted)
	}
	return h, nil
}

// holdAny is Hold, also for an image that is not mounted.
func holdAny(dir, name string) (*Held, error) {
	if !ValidName(name) {
		return nil, fs.ErrNotExist
	}
	path := filepath.Join(dir, name)
	// Whoever takes the name away holds the lock for two calls.
	for range 200 {
		h, err := hold(path)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return h, err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, fmt.Errorf("lock rootfs %s: %w", path, unix.EWOULDBLOCK)
}

func hold(path string) (*Held, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("open rootfs %s: %w", path, err)
	}
	digest, err := lockAndRead(fd, path)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &Held{Dir: path, Root: filepath.Join(path, rootName), Digest: digest, fd: fd}, nil
}

// lockAndRead locks the directory of a rootfs, sees that it still has its name, and gives its digest.
func lockAndRead(fd int, path string) (string, error) {
	if err := unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB); err != nil {
		return "", fmt.Errorf("lock rootfs %s: %w", path, err)
	}
	var open, there unix.Stat_t
	if err := unix.Fstat(fd, &open); err != nil {
		return "", fmt.Errorf("look at rootfs %s: %w", path, err)
	}
	if err := unix.Lstat(path, &there); err != nil || open.Ino != there.Ino || open.Dev != there.Dev {
		return "", fmt.Errorf("lock rootfs %s: %w", path, unix.EWOULDBLOCK) // renamed since: look again
	}
	var text [128]byte
	n, err := unix.Readlinkat(fd, digestName, text[:])
	if err == unix.ENOENT {
		return "", fs.ErrNotExist // a directory that is no rootfs
	}
	if err != nil {
		return "", fmt.Errorf("read the digest of rootfs %s: %w", path, err)
	}
	return string(text[:n]), nil
}
