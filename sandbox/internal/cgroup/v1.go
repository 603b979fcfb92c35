package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path"
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
	// Below is the cgroup, in each hierarchy, below which judge makes its own directory; "" for the top.
	Below string
}

// parent is the one directory that judge keeps in each hierarchy.
const parent = "judge"

func (V1) Version() int { return 1 }

// Place is a path in each hierarchy.
func (h V1) Place() string { return path.Join("/", h.Below) }

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
	return filepath.Join(h.Root, controller, h.Below, parent, leaf)
}

// Create makes the leaf in each hierarchy that its limits need.
func (h V1) Create(name string, l Limits) (_ Leaf, err error) {
	leaf := newV1Leaf(h, name, l)
	defer func() {
		if err != nil {
			leaf.Remove() // what was made must go; the error that counts is the first
		}
	}()
	for _, c := range controllers(l) {
		if err := h.mkdir(c, name, leaf.made); err != nil {
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
	return leaf, leaf.watchOOM()
}

// mkdir makes a leaf's directory in one hierarchy, its parent too if this is
// the first run, and anew if a killed judge left one. made are the controllers
// whose hierarchies have it already.
func (h V1) mkdir(controller, name string, made []string) error {
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
		case err == unix.EEXIST && h.together(controller, made):
			return nil
		case err == unix.EEXIST && try < 2:
			if err := h.Destroy(name); err != nil {
				return err
			}
		default:
			return fmt.Errorf("make cgroup %s: %w", dir, err)
		}
	}
}

// together says whether a controller's hierarchy is that of one of the others,
// as those of cpu and cpuacct are on most hosts.
func (h V1) together(controller string, others []string) bool {
	own, err := os.Stat(filepath.Join(h.Root, controller))
	if err != nil {
		return false
	}
	for _, c := range others {
		if other, err := os.Stat(filepath.Join(h.Root, c)); err == nil && os.SameFile(own, other) {
			return true
		}
	}
	return false
}

func (h V1) mkParent(controller string) error {
	top := filepath.Join(h.Root, controller)
	if _, err := os.Stat(top); err != nil {
		return fmt.Errorf("%w: %s", ErrNoController, controller)
	}
	dir := filepath.Join(top, h.Below, parent)
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
			data, err := read(filepath.Dir(dir), f)
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
	for _, n := range l.needs() {
		if _, err := os.Stat(filepath.Join(h.Root, n.controller)); err != nil {
			out[n.key] = "this host has no cgroup controller " + n.controller
		}
	}
	var st unix.Stat_t
	if l.Memory > 0 && out["memory"] == "" && hasSwap() && unix.Stat(filepath.Join(h.Root, "memory", "memory.memsw.limit_in_bytes"), &st) != nil {
		out["memory"] = swapUncounted
	}
	return out
}

// swapUncounted is why a limit of memory does not hold where swap is not part of it.
const swapUncounted = "this kernel does not count swap (start it with swapaccount=1), of which the host has some: a run may use that besides"

func hasSwap() bool {
	var info unix.Sysinfo_t
	return unix.Sysinfo(&info) == nil && info.Totalswap > 0
}

type v1Leaf struct {
	host   V1
	name   string
	limits Limits
	made   []string // controllers, in order
	join   []int
	oom    int // eventfd

	usage, acct                       file // of cpuacct
	oomControl, peak, kernel, memStat file // of memory
	current, pidsPeak, pidsEvents     file // of pids
}

func newV1Leaf(h V1, name string, l Limits) *v1Leaf {
	f := &v1Leaf{host: h, name: name, limits: l, oom: -1}
	acct, mem, pids := h.dir("cpuacct", name), h.dir("memory", name), h.dir("pids", name)
	f.usage, f.acct = file{dir: acct, name: "cpuacct.usage"}, file{dir: acct, name: "cpuacct.stat"}
	f.oomControl, f.peak = file{dir: mem, name: "memory.oom_control"}, file{dir: mem, name: "memory.max_usage_in_bytes"}
	f.kernel, f.memStat = file{dir: mem, name: "memory.kmem.usage_in_bytes"}, file{dir: mem, name: "memory.stat"}
	f.current, f.pidsEvents = file{dir: pids, name: "pids.current"}, file{dir: pids, name: "pids.events"}
	f.pidsPeak = file{dir: pids, name: "pids.peak"} // since Linux 6.11
	return f
}

// held are the files that every run reads in the end.
func (f *v1Leaf) held() []*file {
	return []*file{&f.usage, &f.peak, &f.kernel, &f.memStat, &f.pidsPeak}
}

func (f *v1Leaf) Prepare() error { return holdAll(f.held()...) }

func (f *v1Leaf) Joined() {
	for _, fd := range f.join {
		unix.Close(fd)
	}
	f.join = nil
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
	if err := f.oomControl.hold(); err != nil {
		return err
	}
	var err error
	if f.oom, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("eventfd for memory.oom_control: %w", err)
	}
	return write(f.oomControl.dir, "cgroup.event_control", fmt.Sprintf("%d %d", f.oom, f.oomControl.fd))
}

func (f *v1Leaf) CPU() (time.Duration, error) {
	ns, err := f.usage.number()
	return time.Duration(value(ns)), err
}

func (f *v1Leaf) Active() (bool, error) { return active(f.usage.dir, "tasks") }

func (f *v1Leaf) OOMKills() (int64, error) {
	k, err := f.oomControl.keys("oom_kill")
	if err != nil {
		return 0, err
	}
	if k[0] == nil {
		return 0, fmt.Errorf("memory.oom_control of %s has no line %q (since Linux 4.13)", f.name, "oom_kill")
	}
	return *k[0], nil
}

func (f *v1Leaf) Empty() (bool, error) {
	// Most programs are one process, and it has ended: no file more need be read.
	if peak, err := f.pidsPeak.number(); err == nil && peak != nil && *peak <= 1 {
		return true, nil
	}
	n, err := f.current.number()
	return n != nil && *n == 0, err
}

// userHZ is the length of a tick as cpuacct.stat counts them (USER_HZ, times(2)).
const userHZ = 10 * time.Millisecond

func (f *v1Leaf) Usage() (Usage, error) {
	var u Usage
	var errs [6]error
	u.CPU, errs[0] = f.CPU()
	u.OOMKills, errs[1] = f.OOMKills()
	u.MemoryPeak, errs[2] = f.peak.number()
	u.Kernel, errs[3] = f.kernel.number()
	u.PidsPeak, errs[4] = f.pidsPeak.number()
	held, err := f.memStat.keys("rss", "cache", "pgmajfault")
	errs[5] = err
	if err := errors.Join(errs[:]...); err != nil {
		return u, err
	}
	if u.OOMKills > 0 {
		if u.OOMAbove, err = f.spared(u.MemoryPeak); err != nil {
			return u, err
		}
	}
	u.Anon, u.File, u.MajorFaults = held[0], held[1], held[2]
	if u.PidsPeak == nil || *u.PidsPeak >= f.limits.Pids { // else nothing was refused
		refused, err := f.pidsEvents.keys("max")
		if err != nil {
			return u, err
		}
		u.PidsRefused = value(refused[0])
	}
	u.User = u.CPU
	if u.CPU >= userHZ { // less than a tick cannot be shared out
		ticks, err := f.acct.keys("user", "system")
		if err != nil {
			return u, err
		}
		u.User, u.System = share(u.CPU, value(ticks[0]), value(ticks[1]))
	}
	return u, nil
}

// Remove undoes Create, in reverse order.
func (f *v1Leaf) Remove() error {
	f.Joined()
	if f.oom > 0 {
		unix.Close(f.oom)
	}
	for _, c := range append(f.held(), &f.oomControl) {
		c.close()
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
func (h V1) Leaves() ([]string, error) { return subdirs(h.dir("memory", "")) }

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
