package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A workplace is a directory for what grading leaves on disk. A lock on a file in it,
// which dies with its holder, says that it is in use: whoever makes the next one
// first removes those whose judge was killed.
type workplace struct {
	dir  string
	lock *os.File
}

const (
	workplaces = "judge-work-"
	inUse      = "in-use"
	held       = "held" // below it, so that the lock's file goes last
)

func newWorkplace() (*workplace, error) {
	sweep(os.TempDir())
	var w *workplace
	var err error
	// Between making the file and locking it another judge may take it for a dead one's.
	for range 5 {
		if w, err = tryWorkplace(); err == nil {
			return w, nil
		}
	}
	return nil, fmt.Errorf("make a directory to work in: %w", err)
}

func tryWorkplace() (*workplace, error) {
	dir, err := os.MkdirTemp("", workplaces)
	if err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, inUse), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
		err = os.Mkdir(filepath.Join(dir, held), 0o700)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close(), os.RemoveAll(dir))
	}
	return &workplace{dir: dir, lock: lock}, nil
}

func (w *workplace) path() string { return filepath.Join(w.dir, held) }

func (w *workplace) close() error {
	return errors.Join(os.RemoveAll(w.dir), w.lock.Close())
}

// sweep removes the workplaces of judges that were killed. One without a lock file is
// being made, or on its way out: it is left alone.
func sweep(temp string) {
	found, err := filepath.Glob(filepath.Join(temp, workplaces+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		lock, err := os.OpenFile(filepath.Join(dir, inUse), os.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			continue // somebody else's, among others
		}
		if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			os.RemoveAll(filepath.Join(dir, held))
			os.RemoveAll(dir)
		}
		lock.Close()
	}
}
