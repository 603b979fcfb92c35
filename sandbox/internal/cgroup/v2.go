package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// V2 is a host with the unified hierarchy (cgroups(7), "cgroups version 2").
type V2 struct {
	// Root is the cgroup below which judge makes its own directory.
	Root string
}

func (V2) Version() int { return 2 }

func (V2) JoinFDs(Limits) int { return 1 }

func (h V2) dir(name string) string { return filepath.Join(h.Root, parent, name) }

// Create makes the leaf, with the controllers that its limits need.
func (h V2) Create(name string, l Limits) (_ Leaf, err error) {
	dir := h.dir(name)
	if err := h.mkdir(name); err != nil {
		return nil, err
	}
	leaf := &v2Leaf{dir: dir, self: -1}
	defer func() {
		if err != nil {
			leaf.Remove() // what was made must go; the error that counts is the first
		}
	}()
	if err := h.limit(dir, l); err != nil {
		return nil, err
	}
	if leaf.self, err = unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("open cgroup %s: %w", dir, err)
	}
	leaf.events = file{dir: dir, name: "memory.events"}
	if err := leaf.events.hold(); err != nil { // the loop waits for it from the start
		return nil, err
	}
	return leaf, nil
}

func (h V2) mkdir(name string) error {
	dir := h.dir(name)
	for try := 0; ; try++ {
		err := unix.Mkdir(dir, 0o755)
		switch {
		case err == nil:
			return nil
		case err == unix.ENOENT && try == 0:
			if err := h.mkParent(); err != nil {
				return err
			}
		case err == unix.EEXIST && try < 2:
			if err := h.Destroy(name); err != nil {
				return err
			}
		default:
			return fmt.Errorf("make cgroup %s: %w", dir, err)
		}
	}
}

// wanted are the controllers that a leaf may need.
var wanted = [...]string{"memory", "pids", "cpu", "cpuset"}

// mkParent makes judge's own directory, and hands the controllers that it has
// on to the leaves.
func (h V2) mkParent() error {
	dir := filepath.Join(h.Root, parent)
	if err := unix.Mkdir(dir, 0o755); err != nil && err != unix.EEXIST {
		return fmt.Errorf("make cgroup %s: %w", dir, err)
	}
	have, err := read(dir, "cgroup.controllers")
	if err != nil {
		return err
	}
	for _, c := range wanted {
		if !hasWord(string(have), c) {
			continue
		}
		if err := write(dir, "cgroup.subtree_control", "+"+c); err != nil {
			return err
		}
	}
	return nil
}

func hasWord(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}

func (h V2) limit(dir string, l Limits) error {
	type setting struct{ file, value string }
	var list []setting
	if l.Memory > 0 {
		list = append(list, setting{"memory.max", strconv.FormatInt(l.Memory, 10)})
	}
	if l.Kill {
		list = append(list, setting{"memory.oom.group", "1"})
	}
	if l.Pids > 0 {
		list = append(list, setting{"pids.max", strconv.FormatInt(l.Pids, 10)})
	}
	if l.CPUs > 0 {
		const period = 100_000 // µs, the kernel's default
		list = append(list, setting{"cpu.max", fmt.Sprintf("%d %d", int64(l.CPUs*period), period)})
	}
	if l.CPUSet != "" {
		list = append(list, setting{"cpuset.cpus", l.CPUSet})
	}
	for _, s := range list {
		if err := write(dir, s.file, s.value); err != nil {
			return err
		}
	}
	if l.Memory > 0 { // the file is missing where the kernel has no swap accounting
		if err := write(dir, "memory.swap.max", "0"); err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}

// Unenforced on v2: what the controllers of judge's own directory lack.
func (h V2) Unenforced(l Limits) map[string]string {
	out := map[string]string{}
	have, err := os.ReadFile(filepath.Join(h.Root, "cgroup.controllers"))
	if err != nil {
		have = nil
	}
	for key, asked := range map[string]bool{"memory": l.Memory > 0, "pids": l.Pids > 0, "cpus": l.CPUs > 0, "cpuset": l.CPUSet != ""} {
		c := strings.TrimSuffix(key, "s") // cpus is the cpu controller
		if key == "pids" {
			c = key
		}
		if asked && !hasWord(string(have), c) {
			out[key] = "the cgroup controller " + c + " is not delegated to " + h.Root
		}
	}
	return out
}

type v2Leaf struct {
	dir  string
	self int

	events, state, stat, peak, memStat, pidsPeak, pidsEvents file
}

func (f *v2Leaf) Prepare() error {
	for _, c := range []struct {
		to   *file
		name string
	}{
		{&f.state, "cgroup.events"}, {&f.stat, "cpu.stat"}, {&f.memStat, "memory.stat"},
		{&f.peak, "memory.peak"},   // since Linux 5.19
		{&f.pidsPeak, "pids.peak"}, // since Linux 6.1
		{&f.pidsEvents, "pids.events"},
	} {
		*c.to = file{dir: f.dir, name: c.name}
	}
	return holdAll(&f.state, &f.stat, &f.peak, &f.memStat, &f.pidsPeak, &f.pidsEvents)
}

func (f *v2Leaf) Joined() {
	if f.self >= 0 {
		unix.Close(f.self)
		f.self = -1
	}
}

func (f *v2Leaf) JoinFDs() []int { return []int{f.self} }

// OOMFD is memory.events, which the kernel marks with EPOLLPRI at each change.
func (f *v2Leaf) OOMFD() int { return f.events.fd }

func (f *v2Leaf) OOMEvents() uint32 { return unix.EPOLLPRI }

// TakeOOMEvent has nothing to do: reading the file for the count does it.
func (f *v2Leaf) TakeOOMEvent() error { return nil }

func (f *v2Leaf) CPU() (time.Duration, error) {
	k, err := f.stat.keys("usage_usec")
	if err != nil {
		return 0, err
	}
	return usec(k[0]), nil
}

func usec(n *int64) time.Duration { return time.Duration(value(n)) * time.Microsecond }

func (f *v2Leaf) OOMKills() (int64, error) {
	// With memory.oom.group the chosen process is counted once by itself and once with the group
	// (mm/oom_kill.c, oom_kill_process and oom_kill_memcg_member); oom_group_kill is there since Linux 5.17.
	k, err := f.events.keys("oom_kill", "oom_group_kill")
	if err != nil {
		return 0, err
	}
	return max(value(k[0])-value(k[1]), 0), nil
}

func (f *v2Leaf) Empty() (bool, error) {
	k, err := f.state.keys("populated")
	return err == nil && k[0] != nil && *k[0] == 0, err
}

func (f *v2Leaf) Usage() (Usage, error) {
	var u Usage
	var errs [5]error
	cpu, err := f.stat.keys("usage_usec", "user_usec", "system_usec", "throttled_usec")
	errs[0] = err
	u.OOMKills, errs[1] = f.OOMKills()
	u.MemoryPeak, errs[2] = f.peak.number()
	u.PidsPeak, errs[3] = f.pidsPeak.number()
	refused, err := f.pidsEvents.keys("max")
	errs[4] = err
	held, err := f.memStat.keys("anon", "file", "kernel")
	if err := errors.Join(append(errs[:], err)...); err != nil {
		return u, err
	}
	u.CPU, u.Throttled = usec(cpu[0]), usec(cpu[3])
	u.User, u.System = share(u.CPU, value(cpu[1]), value(cpu[2]))
	u.PidsRefused = value(refused[0])
	u.Anon, u.File, u.Kernel = held[0], held[1], held[2]
	return u, nil
}

func (f *v2Leaf) Remove() error {
	f.Joined()
	for _, c := range []*file{&f.events, &f.state, &f.stat, &f.peak, &f.memStat, &f.pidsPeak, &f.pidsEvents} {
		c.close()
	}
	return remove(f.dir)
}

func (h V2) Leaves() ([]string, error) { return subdirs(filepath.Join(h.Root, parent)) }

// Destroy kills by cgroup.kill, which misses no process that is just forking
// (since Linux 5.14), else one by one.
func (h V2) Destroy(name string) error {
	dir := h.dir(name)
	return destroy(dir, func() error {
		if err := write(dir, "cgroup.kill", "1"); err == nil {
			return nil
		}
		return killAll(dir)
	})
}
