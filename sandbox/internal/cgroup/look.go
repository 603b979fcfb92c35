package cgroup

import (
	"errors"
	"slices"
	"time"
)

// Glance is what a leaf holds at this moment. A nil pointer says that the leaf,
// or this figure of it, is not there.
type Glance struct {
	CPU                *time.Duration
	Memory, MemoryPeak *int64
	Pids               *int64
	Processes          []int // as judge sees them
}

func (h V1) Look(name string) (Glance, error) {
	acct, mem, pids := h.dir("cpuacct", name), h.dir("memory", name), h.dir("pids", name)
	var g Glance
	var errs [5]error
	var cpu *int64
	cpu, errs[0] = now(acct, "cpuacct.usage")
	g.Memory, errs[1] = now(mem, "memory.usage_in_bytes")
	g.MemoryPeak, errs[2] = now(mem, "memory.max_usage_in_bytes")
	g.Pids, errs[3] = now(pids, "pids.current")
	g.Processes, errs[4] = members(pids)
	if cpu != nil {
		g.CPU = new(time.Duration(*cpu))
	}
	return g, errors.Join(errs[:]...)
}

func (h V2) Look(name string) (Glance, error) {
	dir := h.dir(name)
	var g Glance
	var errs [5]error
	stat := file{dir: dir, name: "cpu.stat"}
	cpu, err := stat.keys("usage_usec")
	if errs[0] = unlessGone(err); err == nil && cpu[0] != nil {
		g.CPU = new(usec(cpu[0]))
	}
	g.Memory, errs[1] = now(dir, "memory.current")
	g.MemoryPeak, errs[2] = now(dir, "memory.peak")
	g.Pids, errs[3] = now(dir, "pids.current")
	g.Processes, errs[4] = members(dir)
	return g, errors.Join(errs[:]...)
}

// now reads one figure of a leaf that may go at any moment.
func now(dir, name string) (*int64, error) {
	f := file{dir: dir, name: name}
	n, err := f.number()
	return n, unlessGone(err)
}

// members lists the processes of a leaf, as far as this pid namespace has them.
func members(dir string) ([]int, error) {
	list, err := numbers(dir, "cgroup.procs")
	return slices.DeleteFunc(list, func(pid int) bool { return pid == 0 }), err
}

// Leftovers looks in every hierarchy: somebody may have removed a part of a leaf.
func (h V1) Leftovers() ([]string, error) {
	var all []string
	for _, c := range controllers(Limits{CPUs: 1, CPUSet: "0"}) {
		names, err := subdirs(h.dir(c, ""))
		if err != nil {
			return nil, err
		}
		all = append(all, names...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func (h V2) Leftovers() ([]string, error) { return h.Leaves() }
