package judge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// desks are the directories that cases are judged in, one for each that is judged at a
// time. They are used again, with the file for the output: to make and remove three
// inodes for each case costs about as much, on a full disk's file system, as a run.
type desks struct {
	sync.Mutex
	free []string
}

// firstPass is the directory of a case's first pass, and outputName what the submission
// wrote in a pass: what a desk keeps.
const (
	firstPass  = "pass-1"
	outputName = "output"
)

// desk is an empty directory of the engine's, but for a first pass with an empty output.
// It goes back with leave.
func (e *Engine) desk() (string, error) {
	e.desks.Lock()
	if n := len(e.desks.free); n > 0 {
		dir := e.desks.free[n-1]
		e.desks.free = e.desks.free[:n-1]
		e.desks.Unlock()
		return dir, nil
	}
	e.desks.Unlock()
	return e.place("case")
}

// leave clears a desk for the next case. One that cannot be cleared is given up.
func (e *Engine) leave(dir string) error {
	if err := clearDesk(dir); err != nil {
		return errors.Join(fmt.Errorf("clear %s: %w", dir, err), os.RemoveAll(dir))
	}
	e.desks.Lock()
	e.desks.free = append(e.desks.free, dir)
	e.desks.Unlock()
	return nil
}

// clearDesk removes all that a case left, and empties its output. An output that came
// out of a box may have a mode that keeps judge from writing: it goes, too.
func clearDesk(dir string) error {
	if err := clearBut(dir, firstPass, fs.FileInfo.IsDir); err != nil {
		return err
	}
	pass := filepath.Join(dir, firstPass)
	err := clearBut(pass, outputName, func(f fs.FileInfo) bool {
		return f.Mode().IsRegular() && f.Mode()&0o600 == 0o600
	})
	if errors.Is(err, fs.ErrNotExist) { // it came to no pass
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Truncate(filepath.Join(pass, outputName), 0); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// clearBut removes all of a directory but the entry of that name, if it is good for
// another time.
func clearBut(dir, name string, good func(fs.FileInfo) bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Name() == name && good(info) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// newOutput opens the file for what a submission writes, empty: a desk has one.
func newOutput(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
}
