package lease

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// A Core is a processor that no other run has leased.
type Core struct {
	N        int
	Siblings []int // the other threads of its physical core: others may run there
	fd       int
	dir      string // of leases
}

// List is the core as a cpuset names it.
func (c *Core) List() string { return strconv.Itoa(c.N) }

// Release gives the core back, and tells who waits for one. By name: a PID 1 that was
// cloned meanwhile, and has not closed judge's descriptors yet, would hold it on (flock(2)).
func (c *Core) Release() error {
	err := release(c.fd)
	ring(c.dir)
	return err
}

func release(fd int) error {
	err := unix.Flock(fd, unix.LOCK_UN)
	if err2 := unix.Close(fd); err == nil {
		err = err2
	}
	return err
}

// Mine are the processors that judge may use, in order: those of its affinity
// mask, in which the kernel leaves out those that are offline and that its cpuset
// does not have (sched_getaffinity(2), cpuset(7)).
func Mine() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	list := make([]int, 0, 64)
	for n, left := 0, set.Count(); left > 0; n++ {
		if set.IsSet(n) {
			list = append(list, n)
			left--
		}
	}
	return list, nil
}

// Try takes a free one of the processors mine: one whose physical core nobody else
// uses a thread of; without one, the first thread of a core, and then any that is
// free. nil says that all are taken. It looks from the one numbered first on: who
// takes that from a slot finds at once what is mostly free.
func (t *Topology) Try(dir string, mine []int, first int) (*Core, error) {
	for _, choice := range choices {
		for i := range mine {
			n := mine[(i+first)%len(mine)]
			if choice.leads != t.leads(n, mine) {
				continue
			}
			core, err := t.lock(dir, n, mine, choice.whole)
			if core != nil || err != nil {
				return core, err
			}
		}
		if !t.hasSMT() { // all are first threads, and whole
			break
		}
	}
	return nil, nil
}

// choices are what Try looks for, the best first.
var choices = []struct{ leads, whole bool }{{true, true}, {true, false}, {false, false}}

// lock takes processor n, if it is free; with whole only if its siblings are, too.
// Two judges that do so at once may get two threads of one core: that costs
// accuracy, which the siblings' own time then tells, and nothing else.
func (t *Topology) lock(dir string, n int, mine []int, whole bool) (*Core, error) {
	fd, err := lock(corePath(dir, n))
	if err != nil || fd < 0 {
		return nil, err
	}
	c := t.Core(n)
	c.fd, c.dir = fd, dir
	for _, s := range c.Siblings {
		if !whole || !slices.Contains(mine, s) {
			continue
		}
		fd, err := lock(corePath(dir, s))
		if fd < 0 { // taken, or an error
			release(c.fd) // nothing was written there, and nobody missed it
			return nil, err
		}
		release(fd)
	}
	return c, nil
}

func corePath(dir string, n int) string { return filepath.Join(dir, "core-"+strconv.Itoa(n)) }
