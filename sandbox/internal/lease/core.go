package lease

import (
	"fmt"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// A Core is a processor that no other run has leased.
type Core struct {
	N  int
	fd int
}

// List is the core as a cpuset names it.
func (c *Core) List() string { return strconv.Itoa(c.N) }

// Release gives the core back.
func (c *Core) Release() error { return unix.Close(c.fd) }

// TryCore takes the lowest free core of those that judge may use; nil says
// that all are taken.
func TryCore(dir string) (*Core, error) {
	var mine unix.CPUSet
	if err := unix.SchedGetaffinity(0, &mine); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	for n, left := 0, mine.Count(); left > 0; n++ {
		if !mine.IsSet(n) {
			continue
		}
		left--
		fd, err := lock(filepath.Join(dir, "core-"+strconv.Itoa(n)))
		if err != nil {
			return nil, err
		}
		if fd >= 0 {
			return &Core{N: n, fd: fd}, nil
		}
	}
	return nil, nil
}
