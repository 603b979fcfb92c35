package lease

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// A RunName is one that a run was given. It is a file of that name, held as a slot
// is: by flock(2), so that it is free again when its holder is gone. What its
// holder writes into it is for those who want something of the run.
type RunName struct {
	path string
	fd   int
}

// ErrTaken says that a run that is alive has the name.
var ErrTaken = errors.New("the name is taken")

// namesDir is where names lie, in the directory of leases.
const namesDir = "names"

// ValidName says whether a run may be called so: a letter first, so that it is
// never taken for a number, then at most 63 letters, digits, and ".", "_", "-".
func ValidName(name string) bool {
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

// patienceForName is how long a name may seem taken because somebody looks, or
// tidies up: each holds it for microseconds, and longer where it has to wait for a processor meanwhile.
const patienceForName = 500 * time.Millisecond

// Claim takes a name. [ErrTaken] says that another run has it.
func Claim(dir, name string) (*RunName, error) {
	path := filepath.Join(dir, namesDir, name)
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		fd, err := lockName(path, unix.O_RDWR|unix.O_CREAT, unix.LOCK_EX)
		switch {
		case err == nil:
			n := &RunName{path, fd}
			if err := unix.Ftruncate(fd, 0); err != nil { // what a killed holder left
				return nil, errors.Join(&os.PathError{Op: "truncate", Path: path, Err: err}, n.Release())
			}
			return n, nil
		case errors.Is(err, fs.ErrNotExist):
			if err := mkdir(dir); err != nil {
				return nil, err
			}
			if err := unix.Mkdir(filepath.Dir(path), 0o700); err != nil && err != unix.EEXIST {
				return nil, fmt.Errorf("make the directory of names %s: %w", filepath.Dir(path), err)
			}
		case !errors.Is(err, unix.EWOULDBLOCK):
			return nil, err
		}
		if time.Since(start) > patienceForName {
			return nil, fmt.Errorf("%w: %s", ErrTaken, name)
		}
	}
}

// lockName opens and locks the file that has the name now: one that another
// removed meanwhile is nobody's.
func lockName(path string, flags, how int) (int, error) {
	fd, err := unix.Open(path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return -1, &os.PathError{Op: "open the name", Path: path, Err: err}
	}
	if err := unix.Flock(fd, how|unix.LOCK_NB); err != nil {
		unix.Close(fd)
		return -1, &os.PathError{Op: "lock the name", Path: path, Err: err}
	}
	var mine, there unix.Stat_t
	if unix.Fstat(fd, &mine) == nil && unix.Lstat(path, &there) == nil && mine.Ino == there.Ino && mine.Dev == there.Dev {
		return fd, nil
	}
	unix.Close(fd)
	return -1, &os.PathError{Op: "lock the name", Path: path, Err: unix.EWOULDBLOCK}
}

// Write replaces what the name's file holds. Who reads meanwhile may see a part of it.
func (n *RunName) Write(data []byte) error {
	if err := unix.Ftruncate(n.fd, 0); err != nil {
		return &os.PathError{Op: "truncate", Path: n.path, Err: err}
	}
	for at := 0; at < len(data); {
		done, err := unix.Pwrite(n.fd, data[at:], int64(at))
		if err != nil {
			return &os.PathError{Op: "write", Path: n.path, Err: err}
		}
		at += done
	}
	return nil
}

// Read gives what the file holds now, which others may have changed.
func (n *RunName) Read() ([]byte, error) { return readAll(n.fd, n.path) }

// ReadAt reads a part of it.
func (n *RunName) ReadAt(buf []byte, at int64) (int, error) { return readAt(n.fd, n.path, buf, at) }

// Release removes the file, as long as it is locked, and gives the name back. The
// directory goes with the last one.
func (n *RunName) Release() error {
	err := unix.Unlink(n.path)
	if err != nil && err != unix.ENOENT {
		err = &os.PathError{Op: "remove the name", Path: n.path, Err: err}
	} else {
		err = nil
		_ = unix.Rmdir(filepath.Dir(n.path)) // there are others, mostly; who has just found it makes it anew
	}
	return errors.Join(err, unix.Close(n.fd))
}

// maxRecord bounds what is read of a name's file.
const maxRecord = 4 << 20

func readAll(fd int, path string) ([]byte, error) {
	var data []byte
	for buf := make([]byte, 16<<10); len(data) < maxRecord; {
		n, err := unix.Pread(fd, buf, int64(len(data)))
		if err != nil {
			return nil, &os.PathError{Op: "read the name", Path: path, Err: err}
		}
		if n == 0 {
			return data, nil
		}
		data = append(data, buf[:n]...)
	}
	return nil, &os.PathError{Op: "read the name", Path: path, Err: unix.EFBIG}
}

// A NameHeld is a name that a run has which is alive.
type NameHeld struct {
	Name string
	Data []byte // what its holder wrote
	path string
	fd   int
}

// FindName looks who has a name; nil if nobody has. It must be closed.
func FindName(dir, name string) (*NameHeld, error) {
	path := filepath.Join(dir, namesDir, name)
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, &os.PathError{Op: "open the name", Path: path, Err: err}
	}
	switch err := unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB); err {
	case unix.EWOULDBLOCK:
	case nil:
		unix.Close(fd)
		return nil, nil
	default:
		unix.Close(fd)
		return nil, &os.PathError{Op: "lock the name", Path: path, Err: err}
	}
	data, err := readAll(fd, path)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &NameHeld{name, data, path, fd}, nil
}

// HeldBy says whether that process holds the name.
func (h *NameHeld) HeldBy(pid int) bool { return Holds(pid, h.fd) }

// WriteAt changes a part of what the holder wrote.
func (h *NameHeld) WriteAt(data []byte, at int64) error {
	if _, err := unix.Pwrite(h.fd, data, at); err != nil {
		return &os.PathError{Op: "write", Path: h.path, Err: err}
	}
	return nil
}

// patienceForPart is how long another may change that part; it takes it microseconds.
const patienceForPart = 2 * time.Second

// Change replaces a part of what the holder wrote by what becomes of it, which has as many bytes. Of
// two who do so at once one is after the other.
func (h *NameHeld) Change(at int64, size int, change func(old []byte) []byte) error {
	part := unix.Flock_t{Type: unix.F_WRLCK, Start: at, Len: int64(size)}
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		err := unix.FcntlFlock(uintptr(h.fd), unix.F_OFD_SETLK, &part)
		if err == nil {
			break
		}
		if err != unix.EAGAIN && err != unix.EACCES || time.Since(start) > patienceForPart {
			return &os.PathError{Op: "lock a part of", Path: h.path, Err: err}
		}
	}
	defer func() {
		part.Type = unix.F_UNLCK
		_ = unix.FcntlFlock(uintptr(h.fd), unix.F_OFD_SETLK, &part) // it was ours
	}()
	buf := make([]byte, size)
	n, err := readAt(h.fd, h.path, buf, at)
	if err != nil {
		return err
	}
	return h.WriteAt(change(buf[:n]), at)
}

func readAt(fd int, path string, buf []byte, at int64) (int, error) {
	n, err := unix.Pread(fd, buf, at)
	if err != nil {
		return 0, &os.PathError{Op: "read the name", Path: path, Err: err}
	}
	return n, nil
}

// Close lets go of the file.
func (h *NameHeld) Close() { unix.Close(h.fd) }

// Names lists the names that are held.
func Names(dir string) ([]*NameHeld, error) {
	list, err := listNames(dir)
	if err != nil {
		return nil, err
	}
	var held []*NameHeld
	for _, name := range list {
		h, err := FindName(dir, name)
		if err != nil {
			return nil, err
		}
		if h != nil {
			held = append(held, h)
		}
	}
	return held, nil
}

func listNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, namesDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the names: %w", err)
	}
	var list []string // in order, as the entries are
	for _, e := range entries {
		if ValidName(e.Name()) {
			list = append(list, e.Name())
		}
	}
	return list, nil
}

// TidyNames removes the files of names that nobody holds, and says which; with
// only set it removes nothing.
func TidyNames(dir string, only bool) ([]string, error) {
	list, err := listNames(dir)
	if err != nil {
		return nil, err
	}
	var removed []string
	var errs []error
	for _, name := range list {
		path := filepath.Join(dir, namesDir, name)
		fd, err := lockName(path, unix.O_RDWR, unix.LOCK_EX)
		switch {
		case errors.Is(err, unix.EWOULDBLOCK), errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			errs = append(errs, err)
			continue
		}
		if !only {
			if err := (&RunName{path, fd}).Release(); err != nil {
				errs = append(errs, err)
				continue
			}
		} else {
			unix.Close(fd)
		}
		removed = append(removed, name)
	}
	return removed, errors.Join(errs...)
}
