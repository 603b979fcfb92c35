package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// Quotas on v1: runs without a quota of their own stay in judge's cgroup of the
// controller cpu.
func (h V1) Quotas() []string {
	text, err := read("/proc/self", "cgroup")
	if err != nil {
		return nil
	}
	own, _ := procfs.CgroupOf(string(text), "cpu")
	return quotas(filepath.Join(h.Root, "cpu"), own, "cpu.cfs_quota_us", "-1")
}

// Quotas on v2: of the place, and of what is above it.
func (h V2) Quotas() []string { return quotas(h.Root, "/", "cpu.max", "max") }

// quotas goes from a cgroup up to where there are none any more.
func quotas(mount, path, name, none string) []string {
	var list []string
	for dir := filepath.Join(mount, path); unix.Access(filepath.Join(dir, "cgroup.procs"), unix.F_OK) == nil; dir = filepath.Dir(dir) {
		text, err := procfs.Read(filepath.Join(dir, name), 32)
		if err == nil && !strings.HasPrefix(string(text), none) {
			list = append(list, filepath.Join(dir, "cpu.stat"))
		}
	}
	return list
}

// ThrottledOf reads for how long a cgroup was kept from running by its quota, of a
// cpu.stat of either version (Documentation/scheduler/sched-bwc.rst). One that is gone
// has none.
func ThrottledOf(cpuStat string) (time.Duration, error) {
	text, err := procfs.Read(cpuStat, 256)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find out for how long judge was throttled: %w", err)
	}
	if ns := key(text, "throttled_time"); ns != nil {
		return time.Duration(*ns), nil
	}
	return usec(key(text, "throttled_usec")), nil
}
