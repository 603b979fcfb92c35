package grading

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/judge/batch"
)

// openJournal opens the file of --journal, which no other judge may use meanwhile; nil
// without the flag. The function lets go of it.
func (o *options) openJournal() (*batch.Journal, func() error, error) {
	nothing := func() error { return nil }
	if o.journal == "" {
		return nil, nothing, nil
	}
	f, size, err := lockJournal(o.journal)
	if err != nil {
		return nil, nothing, err
	}
	j, err := batch.OpenJournal(f, size)
	if err != nil {
		return nil, nothing, errors.Join(fmt.Errorf("journal %s: %w", o.journal, err), f.Close())
	}
	if n := j.Begun(); n > 0 {
		o.say("%s has %d submissions, begun or graded", o.journal, n)
	}
	return j, f.Close, nil
}

// lockJournal opens a file, and makes it if there is none. Its lock goes with the judge
// that holds it, however that ends. What is in it may tell the answers: it is its
// owner's alone.
func lockJournal(name string) (*os.File, int64, error) {
	// Non-blocking: what opens a FIFO would wait for its other end.
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, 0, &cli.UsageError{What: fmt.Sprintf("--journal: %v", err), Hint: "name a file that can be written"}
	}
	refuse := func(hint, format string, args ...any) (*os.File, int64, error) {
		f.Close()
		return nil, 0, &cli.UsageError{What: "--journal: " + fmt.Sprintf(format, args...), Hint: hint}
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return refuse("name a file", "%s is no regular file", name)
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		return refuse("wait for it, or take another journal", "another judge uses %s", name)
	case err != nil:
		return refuse("put it on a file system that has locks", "lock %s: %v", name, err)
	}
	info, err := f.Stat() // what the last holder wrote is in it
	if err == nil && info.Size() == 0 {
		err = syncFolder(name) // that the file is there, too, must outlive a crash
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("begin the journal %s: %w", name, err), f.Close())
	}
	return f, info.Size(), nil
}

func syncFolder(file string) error {
	d, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
