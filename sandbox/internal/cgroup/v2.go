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
	leaf := &v2Leaf{dir: dir, events: -1, stat: -1, self: -1}
	defer func() {
		if err != nil {
			leaf.Remove() // what was made must go; the error that counts is the first
		}
	}()
	if err := h.limit(dir, l); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		fd    *int
		name  string
		flags int
	}{
		{&leaf.self, "", unix.O_PATH | unix.O_DIRECTORY},
		{&leaf.events, "memory.events", unix.O_RDONLY},
		{&leaf.stat, "cpu.stat", unix.O_RDONLY},
	} {
		path := filepath.Join(dir, f.name)
		if *f.fd, err = unix.Open(path, f.flags|unix.O_CLOEXEC, 0); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
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
	dir                string
	self, events, stat int
}

func (f *v2Leaf) JoinFDs() []int { return []int{f.self} }

// OOMFD is memory.events, which the kernel marks with EPOLLPRI at each change.
func (f *v2Leaf) OOMFD() int { return f.events }

func (f *v2Leaf) OOMEvents() uint32 { return unix.EPOLLPRI }

// TakeOOMEvent has nothing to do: reading the file for the count does it.
func (f *v2Leaf) TakeOOMEvent() error { return nil }

func (f *v2Leaf) CPU() (time.Duration, error) {
	v, err := f.statKey("usage_usec")
	return time.Duration(v) * time.Microsecond, err
}

func (f *v2Leaf) statKey(name string) (int64, error) {
	var buf [1024]byte
	n, err := unix.Pread(f.stat, buf[:], 0)
	if err != nil {
		return 0, fmt.Errorf("read cpu.stat of %s: %w", f.dir, err)
	}
	if v := key(buf[:n], name); v != nil {
		return *v, nil
	}
	return 0, fmt.Errorf("cpu.stat of %s has no line %q", f.dir, name)
}

func (f *v2Leaf) OOMKills() (int64, error) {
	var buf [512]byte
	n, err := unix.Pread(f.events, buf[:], 0)
	if err != nil {
		return 0, fmt.Errorf("read memory.events of %s: %w", f.dir, err)
	}
	if v := key(buf[:n], "oom_kill"); v != nil {
		return *v, nil
	}
	return 0, fmt.Errorf("memory.events of %s has no line %q", f.dir, "oom_kill")
}

func (f *v2Leaf) Empty() (bool, error) {
	n, err := readKey(f.dir, "cgroup.events", "populated")
	return n == 0, err
}

func (f *v2Leaf) Usage() (Usage, error) {
	var u Usage
	total, err1 := f.CPU()
	user, err2 := f.statKey("user_usec")
	system, err3 := f.statKey("system_usec")
	kills, err4 := f.OOMKills()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return u, err
	}
	u.CPU, u.OOMKills = total, kills
	u.User, u.System = share(total, user, system)
	if t, err := f.statKey("throttled_usec"); err == nil { // only with the cpu controller
		u.Throttled = time.Duration(t) * time.Microsecond
	}
	u.MemoryPeak = optional(readInt(f.dir, "memory.peak")) // since Linux 5.19
	u.PidsPeak = optional(readInt(f.dir, "pids.peak"))     // since Linux 6.1
	if refused, err := readKey(f.dir, "pids.events", "max"); err == nil {
		u.PidsRefused = refused
	}
	if stat, err := read(f.dir, "memory.stat"); err == nil {
		u.Anon, u.File, u.Kernel = key(stat, "anon"), key(stat, "file"), key(stat, "kernel")
	}
	return u, nil
}

func (f *v2Leaf) Remove() error {
	for _, fd := range []int{f.self, f.events, f.stat} {
		if fd >= 0 {
			unix.Close(fd)
		}
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
