package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// V2 is a host with the unified hierarchy (cgroups(7), "cgroups version 2").
type V2 struct {
	// Root is the cgroup below which judge makes its own directory: the top, or a
	// subtree that was handed to judge.
	Root string
	// Scope says that Root stands for a scope that a run would be given: [Wish.Dry].
	Scope bool
}

func (V2) Version() int { return 2 }

// Place is a directory.
func (h V2) Place() string { return h.Root }

func (V2) JoinFDs(Limits) int { return 1 }

func (h V2) dir(name string) string { return filepath.Join(h.Root, parent, name) }

// Create makes the leaf, with the controllers that its limits need.
func (h V2) Create(name string, l Limits) (_ Leaf, err error) {
	dir := h.dir(name)
	if err := h.mkdir(name); err != nil {
		return nil, err
	}
	leaf := &v2Leaf{dir: dir, self: -1, limits: l}
	defer func() {
		if err != nil {
			leaf.Remove() // what was made must go; the error that counts is the first
		}
	}()
	if leaf.self, err = unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("open cgroup %s: %w", dir, err)
	}
	if err := h.limit(leaf.self, dir, l); err != nil {
		return nil, err
	}
	leaf.events = leaf.file("memory.events")
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

// A setting is a limit as a leaf's file takes it.
type setting struct{ controller, file, value string }

// settings of a leaf. That of swap comes after the one of memory, for what is
// above a limit of memory goes to swap.
func settings(l Limits) []setting {
	var list []setting
	if l.Memory > 0 {
		list = append(list, setting{"memory", "memory.max", strconv.FormatInt(l.Memory, 10)}, setting{"memory", swapFile, "0"})
	}
	if l.Kill {
		list = append(list, setting{"memory", "memory.oom.group", "1"})
	}
	if l.Pids > 0 {
		list = append(list, setting{"pids", "pids.max", strconv.FormatInt(l.Pids, 10)})
	}
	if l.CPUs > 0 {
		const period = 100_000 // µs, the kernel's default
		list = append(list, setting{"cpu", "cpu.max", fmt.Sprintf("%d %d", int64(l.CPUs*period), period)})
	}
	if l.CPUSet != "" {
		list = append(list, setting{"cpuset", "cpuset.cpus", l.CPUSet})
	}
	return list
}

// swapFile is missing where the kernel does not account for swap.
const swapFile = "memory.swap.max"

// limit writes the limits. A file that is missing, though its controller was
// delegated, is there when the controller has been handed on: no run has needed
// it, another judge has not come so far yet, or somebody has taken it away. What
// was not delegated, [V2.Unenforced] tells.
func (h V2) limit(at int, dir string, l Limits) error {
	for _, s := range settings(l) {
		err := writeAt(at, dir, s.file, s.value)
		if errors.Is(err, unix.ENOENT) && s.file != swapFile {
			have, err2 := read(h.Root, "cgroup.controllers")
			if err2 != nil {
				return err2
			}
			if !hasWord(string(have), s.controller) {
				continue
			}
			if err := h.mkParent(s.controller); err != nil {
				return err
			}
			err = writeAt(at, dir, s.file, s.value)
		}
		if err != nil && !(errors.Is(err, unix.ENOENT) && s.file == swapFile) {
			return err
		}
	}
	return nil
}

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

// Unenforced on v2: what the controllers of the place lack, and swap, if there
// is some and nobody counts it.
func (h V2) Unenforced(l Limits) map[string]string {
	out := map[string]string{}
	have, _ := read(h.Root, "cgroup.controllers") // what cannot be read has none
	for _, n := range l.needs() {
		if !hasWord(string(have), n.controller) {
			out[n.key] = "the cgroup controller " + n.controller + " is not delegated to " + h.Root
		}
	}
	if l.Memory > 0 && out["memory"] == "" && hasSwap() && !h.countsSwap() {
		out["memory"] = swapUncounted
	}
	return out
}

// countsSwap looks into judge's own directory, or before it is made into the one
// that judge is in; the host's root has no such file.
func (h V2) countsSwap() bool {
	for _, dir := range []string{filepath.Join(h.Root, parent), h.Root} {
		var st unix.Stat_t
		if unix.Stat(filepath.Join(dir, "memory.max"), &st) == nil {
			return unix.Stat(filepath.Join(dir, swapFile), &st) == nil
		}
	}
	return true // the first run will tell
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

// always are the controllers that each leaf has: limits of memory and processes
// are rarely missing, and cpu keeps runs from taking one another's share.
// cpuset is handed on when a run first asks for it, since making and removing a
// leaf with one more takes longer.
var always = []string{"memory", "pids", "cpu"}

// outside is where processes go that are found in a subtree that was handed to
// judge: a cgroup that holds processes hands no controllers on (cgroups(7), "no
// internal processes"). The host's root may hold some.
const outside = "outside"

// mkParent makes judge's own directory, and hands the controllers that the
// place has, of those that each leaf has and more, on to it, and to the leaves.
// Several judges may do so at once, and any of them may be killed in between:
// each step can be done again, and does nothing then.
func (h V2) mkParent(more ...string) error {
	dir := filepath.Join(h.Root, parent)
	if err := mkdirOnce(dir); err != nil {
		return err
	}
	wanted := slices.Concat(always, more)
	if err := h.handOn(h.Root, wanted, true); err != nil {
		return err
	}
	return h.handOn(dir, wanted, false)
}

func mkdirOnce(dir string) error {
	if err := unix.Mkdir(dir, 0o755); err != nil && err != unix.EEXIST {
		return fmt.Errorf("make cgroup %s: %w", dir, err)
	}
	return nil
}

// handOn enables what a cgroup has of the wanted controllers for those below.
func (h V2) handOn(dir string, wanted []string, empty bool) error {
	have, err := read(dir, "cgroup.controllers")
	if err != nil {
		return err
	}
	on, err := read(dir, "cgroup.subtree_control")
	if err != nil {
		return err
	}
	for _, c := range wanted {
		if !hasWord(string(have), c) || hasWord(string(on), c) {
			continue
		}
		for start := time.Now(); ; {
			err := write(dir, "cgroup.subtree_control", "+"+c)
			if err == nil {
				break
			}
			if !empty || !errors.Is(err, unix.EBUSY) || time.Since(start) > patience {
				return err
			}
			if err := h.moveOut(); err != nil { // what is there may fork meanwhile: until there is nothing
				return err
			}
		}
	}
	return nil
}

// moveOut moves the processes of the place, judge's own and the caller's, into a
// child.
func (h V2) moveOut() error {
	to := filepath.Join(h.Root, outside)
	if err := mkdirOnce(to); err != nil {
		return err
	}
	list, err := numbers(h.Root, "cgroup.procs")
	if err != nil {
		return err
	}
	for _, pid := range list {
		if pid == 0 {
			return fmt.Errorf("move the processes of %s into %s: one of them is not of this pid namespace", h.Root, to)
		}
		if err := write(to, "cgroup.procs", strconv.Itoa(pid)); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}
