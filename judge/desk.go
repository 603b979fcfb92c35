package judge

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// desks are the directories that cases are judged in, one for each that is judged at a
// time. They are used again: where a file system spreads new directories over the disk,
// to make and remove two for each case takes as long as a good part of a run.
type desks struct {
	sync.Mutex
	free []string
}

// What a desk keeps: the directory of a case's first pass, and a file for an output.
const (
	firstPass = "pass-1"
	paper     = "paper"
)

// mostPaper is the size up to which a file is kept.
const mostPaper = 1 << 20

// desk is an empty directory of the engine's, but for an empty one for the first pass,
// and paper. It goes back with leave.
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
	keepPaper(filepath.Join(dir, firstPass, outputName), filepath.Join(dir, paper))
	if err := errors.Join(clearBut(filepath.Join(dir, firstPass)), clearBut(dir, firstPass, paper)); err != nil {
		return errors.Join(fmt.Errorf("clear %s: %w", dir, err), os.RemoveAll(dir))
	}
	e.desks.Lock()
	e.desks.free = append(e.desks.free, dir)
	e.desks.Unlock()
	return nil
}

// outputName is what a submission's output is called in the directory of a pass.
const outputName = "output"

// keepPaper keeps the file of an output for the next one. To remove one and make
// another takes time, most of all on an ext4 without a journal: that gives no inode away
// again within minutes, and looks at all that were removed in these (find_inode_bit in
// fs/ext4/ialloc.c; 0.1 to 0.5 ms, against 0.01 for one that is there).
func keepPaper(output, paper string) {
	info, err := os.Lstat(output)
	if err == nil && info.Mode().IsRegular() && info.Mode()&0o200 != 0 && info.Size() <= mostPaper {
		_ = os.Rename(output, paper) // else it is removed
	}
}

// An outputFile is written from the start, and is as long as what was written after close.
type outputFile struct{ *os.File }

// newOutput makes the file for an output, or takes paper for it: what another case wrote
// is in there until close.
func newOutput(path string) (outputFile, error) {
	how := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if os.Rename(filepath.Join(filepath.Dir(path), "..", paper), path) == nil {
		how = os.O_WRONLY
	}
	f, err := os.OpenFile(path, how, 0o644)
	return outputFile{f}, err
}

// close cuts off what is not of this output. Cutting it before, to nothing, would have
// ext4 write the file to the disk when it is closed (auto_da_alloc, ext4(5)).
func (f outputFile) close() error {
	n, err := f.Seek(0, io.SeekCurrent)
	if err == nil {
		err = f.Truncate(n)
	}
	return errors.Join(err, f.Close())
}

// clearBut removes all that is in a directory but for some entries.
func clearBut(dir string, but ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains(but, e.Name()) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
