package judge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// desks are the directories that cases are judged in, one for each that is judged at a
// time. They are used again: where a file system spreads new directories over the disk,
// to make and remove two for each case takes as long as a good part of a run.
type desks struct {
	sync.Mutex
	free []string
}

// firstPass is the directory of a case's first pass, which a desk keeps.
const firstPass = "pass-1"

// desk is an empty directory of the engine's, but for an empty one for the first pass.
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
	dir, err := e.place("case")
	if err != nil {
		return "", err
	}
	if err := os.Mkdir(filepath.Join(dir, firstPass), 0o700); err != nil {
		return "", fmt.Errorf("make a directory for a pass: %w", err)
	}
	return dir, nil
}

// leave clears a desk for the next case. One that cannot be cleared is given up.
func (e *Engine) leave(dir string) error {
	if err := errors.Join(clearBut(filepath.Join(dir, firstPass), ""), clearBut(dir, firstPass)); err != nil {
		return errors.Join(fmt.Errorf("clear %s: %w", dir, err), os.RemoveAll(dir))
	}
	e.desks.Lock()
	e.desks.free = append(e.desks.free, dir)
	e.desks.Unlock()
	return nil
}

// clearBut removes all that is in a directory but for one entry.
func clearBut(dir, but string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != but {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
