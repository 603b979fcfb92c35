// Package cgroup makes, reads and removes the leaf cgroup of a run, on either
// version of the interface. A leaf holds the program and its descendants only;
// everything lies below a directory `judge` of its own at the top of each
// hierarchy (or below the subtree that judge was given), and no other cgroup is
// ever touched.
package cgroup

import (
	"errors"
	"time"
)

// Limits of a leaf; zero means none.
type Limits struct {
	Memory int64   // bytes; swap counts in, so that it is never used
	Pids   int64   // processes and threads
	CPUs   float64 // bandwidth, in cores
	CPUSet string  // list of cores
	Kill   bool    // the first OOM kill ends all of the leaf, where the kernel can do that
}

// A need is a limit that somebody asked for: its policy key, and the controller
// that holds it.
type need struct{ key, controller string }

func (l Limits) needs() []need {
	var list []need
	for _, n := range [...]struct {
		need
		asked bool
	}{
		{need{"memory", "memory"}, l.Memory > 0}, {need{"pids", "pids"}, l.Pids > 0},
		{need{"cpus", "cpu"}, l.CPUs > 0}, {need{"cpuset", "cpuset"}, l.CPUSet != ""},
	} {
		if n.asked {
			list = append(list, n.need)
		}
	}
	return list
}

// Usage is what the kernel counted. A nil pointer says that this kernel, or
// this version of the interface, has no such figure.
type Usage struct {
	CPU, User, System  time.Duration // User and System share CPU out as the kernel's ticks fell
	MemoryPeak         *int64
	Anon, File, Kernel *int64 // bytes held at the end
	PidsPeak           *int64
	PidsRefused        int64 // forks that the limit refused
	OOMKills           int64
	OOMAbove           bool // there were kills, and none of them at the leaf's own limit: a cgroup above, or the host, was out of memory
	Throttled          time.Duration
	MajorFaults        *int64 // for which a disk was read
	// For how long some task of the run was ready, and waited for a core; and for how long one waited for memory.
	CPUPressure, MemoryPressure *time.Duration
}

// A Leaf is the cgroup of one run.
type Leaf interface {
	// JoinFDs are what the program joins by: on v1 the tasks files, to which it writes "0";
	// on v2 the directory, for CLONE_INTO_CGROUP.
	JoinFDs() []int
	// Joined says that who is to join has copies of JoinFDs.
	Joined()
	// Prepare opens what will be read. It may be called when the run has begun, but must be before anything else is read.
	Prepare() error
	// CPU is the processor time used so far; the kernel's figure for what is running is up to a tick old.
	CPU() (time.Duration, error)
	// Active says whether one of its tasks has a processor, or waits for one or for a disk.
	Active() (bool, error)
	// OOMFD has an event, of the kind OOMEvents, when the leaf may have run out of memory.
	OOMFD() int
	// OOMEvents is what epoll watches OOMFD for.
	OOMEvents() uint32
	// TakeOOMEvent takes the event away, so that the next one can come.
	TakeOOMEvent() error
	// OOMKills counts the processes that the kernel killed for memory.
	OOMKills() (int64, error)
	// Empty says whether all of its processes are gone. Nobody can join it then but by JoinFDs.
	Empty() (bool, error)
	// Usage reads all figures, when it is empty.
	Usage() (Usage, error)
	// Remove removes the leaf; it must be empty.
	Remove() error
}

// A Host makes leaves.
type Host interface {
	Version() int // 1 or 2
	// Place is where the leaves go, for [At]; "" if there are none.
	Place() string
	// JoinFDs says how many descriptors a leaf with these limits will have.
	JoinFDs(Limits) int
	// Create makes a leaf; one of that name that a killed judge left behind is removed first.
	Create(name string, l Limits) (Leaf, error)
	// Leaves lists the names of leaves that exist.
	Leaves() ([]string, error)
	// Leftovers lists the names of all leaves, those too that are only half there.
	Leftovers() ([]string, error)
	// Look reads what a leaf holds at this moment; it is somebody else's, and may be gone.
	Look(name string) (Glance, error)
	// Destroy kills what runs in a leaf of this name, in every hierarchy, and removes it.
	Destroy(name string) error
	// Cores lists the processors that the leaves may be given, "0-3,5"; "" where nothing bounds them but the host.
	Cores() (string, error)
	// Quotas lists the cpu.stat files of the cgroups above the runs, and judge, that have a quota of processor time.
	Quotas() []string
	// Room says what the leaves may hold together.
	Room() (Room, error)
	// Unenforced says which of the limits this host cannot hold, by policy key, each with why.
	Unenforced(Limits) map[string]string
}

// ErrNoController says that a hierarchy is missing.
var ErrNoController = errors.New("no such cgroup controller on this host")
