package lease

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"judge/sandbox/internal/procfs"
)

// SysCPU is where the kernel tells of processors
// (Documentation/ABI/testing/sysfs-devices-system-cpu).
const SysCPU = "/sys/devices/system/cpu"

// siblings lists the hardware threads of the physical core that processor n is
// one of, n too, in order. It is n alone where the kernel tells nothing, as in a
// container without /sys, and of a processor that is offline.
func siblings(sys string, n int) []int {
	text, err := procfs.Read(filepath.Join(sys, "cpu"+strconv.Itoa(n), "topology", "thread_siblings_list"), 64)
	if err != nil {
		return []int{n}
	}
	list := procfs.CPUs(string(text))
	if !slices.Contains(list, n) {
		return []int{n}
	}
	slices.Sort(list)
	return list
}

// hasSMT says whether some core has two threads that are in use. Most hosts of
// judges have none, and then no topology need be read. Kernels before 4.19 have
// no such file: the topology tells, then.
func hasSMT(sys string) bool {
	text, err := procfs.Read(filepath.Join(sys, "smt", "active"), 8)
	return err != nil || strings.TrimSpace(string(text)) != "0"
}

// A Topology says which processors are threads of one core. What it has read it
// keeps: a machine does not change in that. It is safe for use by several goroutines.
type Topology struct {
	sys   string
	turns turns // of who waits for a core

	mu   sync.Mutex
	smt  bool
	seen map[int][]int // nil before the first question
}

// NewTopology is that of the host whose SysCPU is sys. It reads nothing yet.
func NewTopology(sys string) *Topology { return &Topology{sys: sys} }

// hasSMT says whether any core has two threads in use.
func (t *Topology) hasSMT() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.look()
}

func (t *Topology) look() bool {
	if t.seen == nil {
		t.smt, t.seen = hasSMT(t.sys), map[int][]int{}
	}
	return t.smt
}

// core lists the threads of n's physical core, whoever may use them.
func (t *Topology) core(n int) []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.look() {
		return []int{n}
	}
	list, known := t.seen[n]
	if !known {
		list = siblings(t.sys, n)
		for _, c := range list {
			t.seen[c] = list
		}
	}
	return list
}

// Core is processor n, with its siblings, for who asks about it: nobody has leased it by that.
func (t *Topology) Core(n int) *Core {
	c := &Core{N: n, fd: -1}
	for _, s := range t.core(n) {
		if s != n {
			c.Siblings = append(c.Siblings, s)
		}
	}
	return c
}

// leads says whether n is the first thread of its core among mine.
func (t *Topology) leads(n int, mine []int) bool {
	for _, c := range t.core(n) {
		if slices.Contains(mine, c) {
			return c == n
		}
	}
	return true
}

// Physical counts the cores on which programs can run side by side without
// sharing one: of mine, threads of one core count once.
func (t *Topology) Physical(mine []int) int {
	cores := 0
	for _, n := range mine {
		if t.leads(n, mine) {
			cores++
		}
	}
	return cores
}
