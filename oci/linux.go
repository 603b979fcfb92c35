package oci

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"judge/policy"
)

// namespaces: the five of every run, and those that a policy can ask for.
func (t *translation) namespaces() {
	l := t.spec.Linux
	have := map[specs.LinuxNamespaceType]bool{}
	for i, n := range take(&l.Namespaces) {
		at := fmt.Sprintf("linux.namespaces[%d] (%s)", i, n.Type)
		if n.Path != "" {
			t.refuse(at, "judge joins none: all of a run's are its own")
		}
		have[n.Type] = true
		switch n.Type {
		case specs.PIDNamespace, specs.NetworkNamespace, specs.MountNamespace, specs.IPCNamespace, specs.UTSNamespace, specs.UserNamespace, specs.CgroupNamespace, specs.TimeNamespace:
		default:
			t.refuse(at, "there is no such namespace")
		}
	}
	for _, n := range []specs.LinuxNamespaceType{specs.PIDNamespace, specs.NetworkNamespace, specs.MountNamespace, specs.IPCNamespace, specs.UTSNamespace} {
		if !have[n] {
			t.note("linux.namespaces", "the run has a namespace of its own for %s, too", n)
		}
	}
	t.policy.Namespaces = policy.Namespaces{User: have[specs.UserNamespace], Cgroup: true, Time: have[specs.TimeNamespace]}
	if !have[specs.CgroupNamespace] {
		t.note("linux.namespaces", "the run has a namespace of its own for cgroup, too")
	}
	t.policy.Network.Mode, t.policy.Network.Loopback = "none", true
	for name, maps := range sorted(map[string][]specs.LinuxIDMapping{"uidMappings": take(&l.UIDMappings), "gidMappings": take(&l.GIDMappings)}) {
		if len(maps) > 0 {
			t.note("linux."+name, "judge maps the one id that the program has, to one that nobody else has")
		}
	}
	if len(take(&l.NetDevices)) > 0 {
		t.refuse("linux.netDevices", "judge moves no devices of the host's into a run")
	}
	if len(take(&l.TimeOffsets)) > 0 {
		t.refuse("linux.timeOffsets", "clocks of a run begin anew, or are the host's")
	}
}

// resources of the cgroup.
func (t *translation) resources() {
	r := t.spec.Linux.Resources
	if r == nil {
		return
	}
	const at = "linux.resources."
	for i, d := range take(&r.Devices) {
		if d.Allow {
			t.note(fmt.Sprintf("%sdevices[%d]", at, i), "a run has null, zero, full, random, urandom and tty, and can make no other")
		}
	}
	t.memory(r.Memory)
	t.cpu(r.CPU)
	if p := take(&r.Pids); p != nil && p.Limit != nil && *p.Limit > 0 {
		t.policy.Limits.Pids = *p.Limit
	}
	if b := r.BlockIO; b != nil {
		if take(&b.Weight) != nil || take(&b.LeafWeight) != nil || len(take(&b.WeightDevice)) > 0 {
			t.note(at+"blockIO", "no weights: what a run writes stays in memory")
		}
	}
	if n := take(&r.Network); n != nil {
		t.note(at+"network", "not set: a run has an empty network of its own")
	}
	if len(take(&r.Rdma)) > 0 {
		t.note(at+"rdma", "not set: a run has no such devices")
	}
}

func (t *translation) memory(m *specs.LinuxMemory) {
	if m == nil {
		return
	}
	const at = "linux.resources.memory."
	limit, swap := take(&m.Limit), take(&m.Swap)
	if limit != nil && *limit > 0 {
		t.policy.Limits.Memory = policy.Bytes(*limit)
	}
	switch {
	case swap == nil || *swap == 0:
	case limit == nil || *limit <= 0:
		if *swap > 0 {
			t.refuse(at+"swap", "a limit of swap without one of memory")
		}
	case *swap != *limit:
		t.note(at+"swap", "a run with a memory limit has no swap")
	}
	if n := take(&m.Reservation); n != nil && *n > 0 {
		t.note(at+"reservation", "not set: judge keeps nothing for a run")
	}
	//lint:ignore SA1019 deprecated, and still in bundles
	for name, n := range sorted(map[string]*int64{"kernel": take(&m.Kernel), "kernelTCP": take(&m.KernelTCP)}) {
		if n != nil && *n > 0 {
			t.note(at+name, "counted to the limit, without one of its own")
			if limit == nil || *limit <= 0 || *limit > *n {
				t.refuse(at+name, "judge has no limit of that alone")
			}
		}
	}
	if n := take(&m.Swappiness); n != nil {
		t.note(at+"swappiness", "not set: a run has no swap")
	}
	if b := take(&m.DisableOOMKiller); b != nil && *b {
		t.note(at+"disableOOMKiller", "a run without memory ends")
	}
	take(&m.UseHierarchy)      // it is
	take(&m.CheckBeforeUpdate) // there is no update
}

func (t *translation) cpu(c *specs.LinuxCPU) {
	if c == nil {
		return
	}
	const at = "linux.resources.cpu."
	quota, period := take(&c.Quota), take(&c.Period)
	if quota != nil && *quota > 0 {
		p := uint64(100_000) // µs, the kernel's default
		if period != nil && *period > 0 {
			p = *period
		}
		t.policy.Limits.CPUs = float64(*quota) / float64(p)
		if p != 100_000 {
			t.note(at+"period", "the share is held, in periods of 100 ms")
		}
	}
	t.policy.Limits.CPUSet = take(&c.Cpus)
	for name, set := range sorted(map[string]bool{
		"shares": take(&c.Shares) != nil, "burst": take(&c.Burst) != nil, "idle": take(&c.Idle) != nil,
		"realtimeRuntime": take(&c.RealtimeRuntime) != nil, "realtimePeriod": take(&c.RealtimePeriod) != nil,
	}) {
		if set {
			t.note(at+name, "not set: runs are equal, and have the ordinary scheduler")
		}
	}
}

// The devices of every run.
var ownDevices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}

func (t *translation) devices() {
	for i, d := range take(&t.spec.Linux.Devices) {
		if !slices.Contains(ownDevices, path.Clean(d.Path)) {
			t.note(fmt.Sprintf("linux.devices[%d] (%s)", i, d.Path), "a run has no such device")
		}
	}
}

// What of /proc and /sys no run can read, or write: it is masked, or there is no
// right to (SECURITY.md, masks). A test asks the kernel.
var (
	maskedAnyway = []string{"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"}
	readonlyAnyway = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", "/proc/asound"}
)

func (t *translation) paths() {
	l := t.spec.Linux
	for _, p := range take(&l.MaskedPaths) {
		clean := path.Clean(p) // /sys/../proc/cpuinfo is not below /sys
		if !slices.Contains(maskedAnyway, clean) && (t.policy.Filesystem.Sys != "none" || !strings.HasPrefix(clean, "/sys/")) {
			t.refuse("linux.maskedPaths", "judge does not hide %s", p)
		}
	}
	for _, p := range take(&l.ReadonlyPaths) {
		if !slices.Contains(readonlyAnyway, path.Clean(p)) {
			t.refuse("linux.readonlyPaths", "judge does not make %s read-only", p)
		}
	}
}
