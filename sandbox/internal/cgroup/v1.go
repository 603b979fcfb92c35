package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// V1 is a host with one hierarchy for each controller, or for several that are
// mounted together (cgroups(7), "cgroups version 1").
type V1 struct {
	// Root is where the hierarchies are mounted, /sys/fs/cgroup; Root/CONTROLLER is a hierarchy or a link to one.
	Root string
}

// parent is the one directory that judge keeps in each hierarchy.
const parent = "judge"

func (V1) Version() int { return 1 }

// controllers of a leaf with these limits, memory first: a leaf that a killed
// judge left half made, or half removed, is always found there.
func controllers(l Limits) []string {
	list := []string{"memory", "cpuacct", "pids"}
	if l.CPUs > 0 {
		list = append(list, "cpu")
	}
	if l.CPUSet != "" {
		list = append(list, "cpuset")
	}
	return list
}

func (V1) JoinFDs(l Limits) int { return len(controllers(l)) }

func (h V1) dir(controller, leaf string) string {
	return filepath.Join(h.Root, controller, parent, leaf)
}

// Create makes the leaf in each hierarchy that its limits need.
func (h V1) Create(name string, l Limits) (_ Leaf, err error) {
	leaf := &v1Leaf{host: h, name: name, oom: -1}
	defer func() {
		if err != nil {
			leaf.Remove() // what was made must go; the error that counts is the first
		}
	}()
	for _, c := range controllers(l) {
		if err := h.mkdir(c, name); err != nil {
			return nil, err
		}
		leaf.made = append(leaf.made, c)
		if err := h.limit(c, name, l); err != nil {
			return nil, err
		}
		fd, err := unix.Open(filepath.Join(h.dir(c, name), "tasks"), unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, fmt.Errorf("open tasks of %s: %w", h.dir(c, name), err)
		}
		leaf.join = append(leaf.join, fd)
	}
	if leaf.cpu, err = unix.Open(filepath.Join(h.dir("cpuacct", name), "cpuacct.usage"), unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("open cpuacct.usage of %s: %w", name, err)
	}
	return leaf, leaf.watchOOM()
}

// mkdir makes a leaf's directory in one hierarchy, its parent too if this is
// the first run, and anew if a killed judge left one.
func (h V1) mkdir(controller, name string) error {
	dir := h.dir(controller, name)
	for try := 0; ; try++ {
		err := unix.Mkdir(dir, 0o755)
		switch {
		case err == nil:
			return nil
		case err == unix.ENOENT && try == 0:
			if err := h.mkParent(controller); err != nil {
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

func (h V1) mkParent(controller string) error {
	top := filepath.Join(h.Root, controller)
	if _, err := os.Stat(top); err != nil {
		return fmt.Errorf("%w: %s", ErrNoController, controller)
	}
	dir := filepath.Join(top, parent)
	if err := unix.Mkdir(dir, 0o755); err != nil && err != unix.EEXIST {
		return fmt.Errorf("make cgroup %s: %w", dir, err)
	}
	if controller == "cpuset" { // a cpuset starts empty, and takes no task then
		return h.inheritCPUSet(dir, "")
	}
	return nil
}

// limit writes the limits that controller holds.
func (h V1) limit(controller, name string, l Limits) error {
	dir := h.dir(controller, name)
	switch controller {
	case "memory":
		return h.limitMemory(dir, l)
	case "pids":
		if l.Pids > 0 {
			return write(dir, "pids.max", strconv.FormatInt(l.Pids, 10))
		}
	case "cpu":
		const period = 100_000 // µs, the kernel's default
		return write(dir, "cpu.cfs_quota_us", strconv.FormatInt(int64(l.CPUs*period), 10))
	case "cpuset":
		return h.inheritCPUSet(dir, l.CPUSet)
	}
	return nil
}

func (h V1) limitMemory(dir string, l Limits) error {
	if l.Memory == 0 {
		return nil
	}
	value := strconv.FormatInt(l.Memory, 10)
	if err := write(dir, "memory.limit_in_bytes", value); err != nil {
		return err
	}
	// Memory and swap together at the same value: swap is never used. The file is missing where the
	// kernel does not account for swap.
	if err := write(dir, "memory.memsw.limit_in_bytes", value); err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	return nil
}

// inheritCPUSet gives a new cpuset its parent's memory nodes, and the cores
// named, or its parent's.
func (h V1) inheritCPUSet(dir, cpus string) error {
	for _, f := range []string{"cpuset.mems", "cpuset.cpus"} {
		value := cpus
		if value == "" || f == "cpuset.mems" {
			data, err := os.ReadFile(filepath.Join(filepath.Dir(dir), f))
			if err != nil {
				return err
			}
			value = string(data)
		}
		if err := write(dir, f, value); err != nil {
			return err
		}
	}
	return nil
}

// Unenforced on v1: what lacks its hierarchy.
func (h V1) Unenforced(l Limits) map[string]string {
	out := map[string]string{}
	for key, c := range map[string]string{"memory": "memory", "pids": "pids", "cpus": "cpu", "cpuset": "cpuset"} {
		asked := map[string]bool{"memory": l.Memory > 0, "pids": l.Pids > 0, "cpus": l.CPUs > 0, "cpuset": l.CPUSet != ""}[key]
		if _, err := os.Stat(filepath.Join(h.Root, c)); asked && err != nil {
			out[key] = "this host has no cgroup controller " + c
		}
	}
	return out
}

type v1Leaf struct {
	host V1
	name string
	made []string // controllers, in order
	join []int
	cpu  int // cpuacct.usage
	oom  int // eventfd
}

func (f *v1Leaf) JoinFDs() []int { return f.join }
func (f *v1Leaf) OOMFD() int     { return f.oom }

func (f *v1Leaf) OOMEvents() uint32 { return unix.EPOLLIN }

func (f *v1Leaf) TakeOOMEvent() error {
	var buf [8]byte
	if _, err := unix.Read(f.oom, buf[:]); err != nil && err != unix.EAGAIN {
		return fmt.Errorf("read the eventfd of memory.oom_control: %w", err)
	}
	return nil
}

// watchOOM has the kernel write to an eventfd when the leaf runs out of memory
// (Documentation/admin-guide/cgroup-v1/memory.rst, section 10).
func (f *v1Leaf) watchOOM() error {
	dir := f.host.dir("memory", f.name)
	control, err := unix.Open(filepath.Join(dir, "memory.oom_control"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open memory.oom_control of %s: %w", dir, err)
	}
	defer unix.Close(control)
	if f.oom, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("eventfd for memory.oom_control: %w", err)
	}
	return write(dir, "cgroup.event_control", fmt.Sprintf("%d %d", f.oom, control))
}

func (f *v1Leaf) CPU() (time.Duration, error) {
	var buf [32]byte
	n, err := unix.Pread(f.cpu, buf[:], 0)
	if err != nil {
		return 0, fmt.Errorf("read cpuacct.usage of %s: %w", f.name, err)
	}
	ns, err := parseInt(buf[:n])
	return time.Duration(ns), err
}

func (f *v1Leaf) OOMKills() (int64, error) {
	return readKey(f.host.dir("memory", f.name), "memory.oom_control", "oom_kill")
}

func (f *v1Leaf) Empty() (bool, error) {
	n, err := readInt(f.host.dir("pids", f.name), "pids.current")
	return n == 0, err
}

func (f *v1Leaf) Usage() (Usage, error) {
	var u Usage
	var err error
	if u.CPU, err = f.CPU(); err != nil {
		return u, err
	}
	acct, mem, pids := f.host.dir("cpuacct", f.name), f.host.dir("memory", f.name), f.host.dir("pids", f.name)
	user, err1 := readInt(acct, "cpuacct.usage_user")
	system, err2 := readInt(acct, "cpuacct.usage_sys")
	kills, err3 := f.OOMKills()
	if err := errors.Join(err1, err2, err3); err != nil {
		return u, err
	}
	u.User, u.System = share(u.CPU, user, system)
	u.OOMKills = kills
	u.MemoryPeak = optional(readInt(mem, "memory.max_usage_in_bytes"))
	u.Kernel = optional(readInt(mem, "memory.kmem.usage_in_bytes"))
	u.PidsPeak = optional(readInt(pids, "pids.peak")) // since Linux 6.11
	if refused, err := readKey(pids, "pids.events", "max"); err == nil {
		u.PidsRefused = refused
	}
	if stat, err := os.ReadFile(filepath.Join(mem, "memory.stat")); err == nil {
		u.Anon, u.File = key(stat, "rss"), key(stat, "cache")
	}
	return u, nil
}

// Remove undoes Create, in reverse order.
func (f *v1Leaf) Remove() error {
	for _, fd := range f.join {
		unix.Close(fd)
	}
	for _, fd := range []int{f.cpu, f.oom} {
		if fd > 0 {
			unix.Close(fd)
		}
	}
	var errs []error
	for i := len(f.made) - 1; i >= 0; i-- {
		if err := remove(f.host.dir(f.made[i], f.name)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Leaves looks where each leaf is made first and removed last.
func (h V1) Leaves() ([]string, error) { return subdirs(filepath.Join(h.Root, "memory", parent)) }

// Destroy ends what a killed judge's leaf still holds, and removes it.
func (h V1) Destroy(name string) error {
	all := controllers(Limits{CPUs: 1, CPUSet: "0"})
	var errs []error
	for i := len(all) - 1; i >= 0; i-- {
		dir := h.dir(all[i], name)
		if err := destroy(dir, func() error { return killAll(dir) }); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
