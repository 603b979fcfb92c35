package plan

import (
	"golang.org/x/sys/unix"

	"judge/policy"
)

// A Mask hides a file or directory of the kernel's own file systems.
type Mask struct {
	Path string
	Dir  bool
}

// procMasks are what /proc tells of the host, to everybody, that no program
// needs: how it was started, what it is made of, its disks, its users' keys,
// where its kernel lies in memory. The rest is in the file modes already, or is
// what programs do read: cpuinfo, meminfo, stat, loadavg, uptime.
//
// There are few, since each mount costs a run about 9 µs, half of that for the
// first look at the name; and there is no cheaper way. Landlock grants whole
// hierarchies, and the directories of processes, which come and go, have no
// other parent than these files; an overlay does not take a proc below it.
var procMasks = []Mask{
	{"/proc/cmdline", false},
	{"/proc/diskstats", false},
	{"/proc/interrupts", false},
	{"/proc/kallsyms", false}, // with addresses, where kernel.kptr_restrict and perf_event_paranoid are low
	{"/proc/kcore", false},
	{"/proc/key-users", false}, // all uids that have keys
	{"/proc/keys", false},
	{"/proc/latency_stats", false},
	{"/proc/modules", false},
	{"/proc/partitions", false},
	{"/proc/sched_debug", false},
	{"/proc/swaps", false},
	{"/proc/sysrq-trigger", false},
	{"/proc/timer_list", false},
	{"/proc/timer_stats", false},
	{"/proc/acpi", true},
	{"/proc/asound", true},
	{"/proc/bus", true},
	{"/proc/fs", true}, // one directory for each mounted device
	{"/proc/irq", true},
	{"/proc/pressure", true}, // to be written by everybody, who thus starts timers in the kernel
	{"/proc/scsi", true},
}

// sysMasks are the same of /sys, for a policy that shows it: firmware, mounted
// devices, modules, energy meters, names and numbers of the machine.
var sysMasks = []Mask{
	{"/sys/devices/virtual/dmi", true},
	{"/sys/devices/virtual/powercap", true},
	{"/sys/firmware", true},
	{"/sys/hypervisor", true},
	{"/sys/kernel/irq", true},
	{"/sys/kernel/slab", true},
	{"/sys/module", true},
	{"/sys/power", true},
	{"/sys/fs", true}, // last: its directory cgroup is what hides the others
}

// Masks are what a run under the policy should not see. The caller finds out
// which of them the host has, and everybody there may look into: [Host.Masked].
func Masks(fs policy.Filesystem) []Mask {
	var all []Mask
	if fs.Proc != "none" && fs.Proc != "pids" {
		all = append(all, procMasks...)
	}
	if fs.Sys == "ro" {
		all = append(all, sysMasks...)
	}
	return all
}

// whyMasks is what their steps are for.
const whyMasks = "filesystem.proc, filesystem.sys"

// masks hides them: files behind the run's own /dev/null, directories behind
// one that is always empty, for it is a mount point (fs/proc/proc_tty.c;
// kernel/cgroup/cgroup.c). Neither needs a file system of its own.
func masks(b *builder, in Input) {
	for _, m := range in.Host.Masked {
		source := "/dev/null"
		if m.Dir {
			source = "/proc/tty/ldisc"
		}
		if m.Dir && m.Path[:5] == "/sys/" {
			source = "/sys/fs/cgroup"
		}
		b.mount(source, m.Path, "", unix.MS_BIND, "")
	}
}

// readOnlySys makes the kernel's settings read-only, which belong to root anyway.
func readOnlySys(b *builder) {
	b.mount("/proc/sys", "/proc/sys", "", unix.MS_BIND, "")
	b.mount("", "/proc/sys", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}
