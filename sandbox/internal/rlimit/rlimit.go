// Package rlimit stands in for cgroups where judge's user has none: what the
// kernel limits by the process (setrlimit(2)) is limited so, the rest not at
// all, and processor time is summed up from the run's own /proc.
package rlimit

import (
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/cgroup"
)

// Host makes leaves that are none: there is nothing to make, and nothing stays.
type Host struct {
	// Why says why this host has no cgroups for judge.
	Why string
}

func (Host) Version() int { return 0 }

func (Host) Place() string { return "" }

func (Host) JoinFDs(cgroup.Limits) int { return 0 }

func (Host) Create(string, cgroup.Limits) (cgroup.Leaf, error) { return &Leaf{proc: -1}, nil }

func (Host) Leaves() ([]string, error) { return nil, nil }

func (Host) Leftovers() ([]string, error) { return nil, nil }

// Look knows nothing by a name alone; see [Look].
func (Host) Look(string) (cgroup.Glance, error) { return cgroup.Glance{}, nil }

func (Host) Destroy(string) error { return nil }

// Cores: nothing bounds them but judge's own affinity.
func (Host) Cores() (string, error) { return "", nil }

// Quotas: none that judge knows of.
func (Host) Quotas() []string { return nil }

// Room: nothing bounds them but the host.
func (Host) Room() (cgroup.Room, error) { return cgroup.Room{}, nil }

// Unenforced are all limits of a cgroup.
func (h Host) Unenforced(l cgroup.Limits) map[string]string {
	out := map[string]string{}
	for key, asked := range map[string]bool{"memory": l.Memory > 0, "pids": l.Pids > 0, "cpus": l.CPUs > 0, "cpuset": l.CPUSet != ""} {
		if asked {
			out[key] = h.Why
		}
	}
	return out
}

// A Leaf is a run without a cgroup.
type Leaf struct {
	proc int // a directory: the run's /proc; -1 for none
	most time.Duration

	// Ended, if not nil, is what others used that ended with a parent outside of the
	// run, in whose figures it is.
	Ended func() time.Duration
}

// Watch takes a descriptor of the run's /proc, from which its processor time is
// read from now on. Where PID 1 could mount none it is another directory's.
func (f *Leaf) Watch(dir int) {
	var st unix.Statfs_t
	if unix.Fstatfs(dir, &st) != nil || int64(st.Type) != unix.PROC_SUPER_MAGIC {
		unix.Close(dir)
		return
	}
	f.proc = dir
}

func (f *Leaf) JoinFDs() []int    { return nil }
func (f *Leaf) Joined()           {}
func (f *Leaf) Prepare() error    { return nil }
func (f *Leaf) OOMFD() int        { return -1 }
func (f *Leaf) OOMEvents() uint32 { return 0 }

func (f *Leaf) TakeOOMEvent() error { return nil }

// Active looks at every thread of the run's /proc, but PID 1.
func (f *Leaf) Active() (bool, error) {
	if f.proc < 0 {
		return false, nil
	}
	return active(f.proc)
}

// OOMKills are not counted by anybody: no run is said to have ended for memory.
func (f *Leaf) OOMKills() (int64, error) { return 0, nil }

// Empty is not known before PID 1 has ended.
func (f *Leaf) Empty() (bool, error) { return false, nil }

// CPU is the processor time that was seen so far. It never goes back: what a
// process used that nobody waits for is lost when it ends.
func (f *Leaf) CPU() (time.Duration, error) {
	if f.proc < 0 {
		return f.most, nil
	}
	now, err := sum(f.proc)
	if f.Ended != nil {
		now += f.Ended()
	}
	f.most = max(f.most, now)
	return f.most, err
}

// Usage is what was seen last; the kernel's own sum comes with the program's end.
func (f *Leaf) Usage() (cgroup.Usage, error) {
	return cgroup.Usage{CPU: f.most, User: f.most}, nil
}

func (f *Leaf) Remove() error {
	if f.proc >= 0 {
		unix.Close(f.proc)
		f.proc = -1
	}
	return nil
}
