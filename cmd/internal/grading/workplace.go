package grading

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"judge/judge"
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
	held       = "held" // below it
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
	return errors.Join(removeWorkplace(w.dir), w.lock.Close())
}

// removeWorkplace removes a workplace. Its lock's file goes last: without it, whoever is killed
// in between would leave what no sweep takes.
func removeWorkplace(dir string) error {
	return errors.Join(os.RemoveAll(filepath.Join(dir, held)), os.RemoveAll(dir))
}

// engine makes an engine that works in a workplace of its own; the function closes both.
func (o *options) engine() (*judge.Engine, func() error, error) {
	place, err := newWorkplace()
	if err != nil {
		return nil, nil, err
	}
	o.TempDir = place.path()
	e, err := judge.New(o.Options)
	if err != nil {
		return nil, nil, errors.Join(err, place.close())
	}
	return e, func() error { return errors.Join(e.Close(), place.close()) }, nil
}

// sweep removes the workplaces of judges of this user that were killed. One without a
// lock file is being made, or on its way out: it is left alone. Anybody can make
// something of such a name: a link, say, that leads to what lives.
func sweep(temp string) {
	found, err := filepath.Glob(filepath.Join(temp, workplaces+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		var st unix.Stat_t
		if unix.Lstat(dir, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Geteuid() {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(dir, inUse), os.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			removeWorkplace(dir)
		}
		lock.Close()
	}
}
