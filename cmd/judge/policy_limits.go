package main

import (
	"fmt"

	"judge/policy"
)

// limitTable says of each limit what enforces it, and what becomes of a program
// that passes it, in the order of the policy's keys.
var limitTable = [...]struct{ key, by, passed string }{
	{"cpu_time", "of all processes together: the cgroup's counter, looked at when it could be reached at the earliest",
		"the run is killed: status cpu-time, exit status 124"},
	{"wall_time", "elapsed since exec: a timer of judge's",
		"the run is killed: status wall-time, exit status 124"},
	{"idle_time", "samples of the cgroup's processor time: less than 1 % of a core for so long",
		"the run is killed: status idle-time, exit status 124"},
	{"memory", "of all processes together, with files in /box and what the kernel holds: cgroup memory, without swap",
		"the kernel kills a process: status memory, exit status 137"},
	{"pids", "processes and threads alive at once: cgroup pids",
		"fork and clone fail with EAGAIN; limits_hit names it"},
	{"cpus", "bandwidth in cores: cgroup cpu", "the run waits"},
	{"cpuset", "cores: cgroup cpuset", "it runs on no others"},
	{"output", "of stdout, and of stderr, each: pipes that judge counts",
		"the run is killed: status output, exit status 153"},
	{"file_size", "of one file: RLIMIT_FSIZE",
		"SIGXFSZ, or write fails with EFBIG where that is ignored"},
	{"disk", "of all writable places together: the size of their one tmpfs",
		"write fails with ENOSPC; limits_hit names it"},
	{"inodes", "files in all writable places together: the same tmpfs",
		"making a file fails with ENOSPC; limits_hit names it"},
	{"stack", "of each process: RLIMIT_STACK", "SIGSEGV"},
	{"open_files", "of each process: RLIMIT_NOFILE", "open fails with EMFILE"},
}

// sees says what of the host a run under the policy gets to see.
func sees(p policy.Policy) []string {
	f := p.Filesystem
	lines := []string{
		fmt.Sprintf("files: %s, under overlays of the run's own (mount namespace, pivot_root)", rootfsText(f.Rootfs)),
		fmt.Sprintf("writable, on one bounded tmpfs: /box%s%s; it starts in %s", where(f.Tmp, ", /tmp"), where(f.Shm, ", /dev/shm"), f.Workdir),
		fmt.Sprintf("/proc: %s; /sys: %s; /dev: %s", f.Proc, f.Sys, f.Dev),
	}
	if f.Box != "" {
		lines = append(lines, "/box starts with a copy of "+f.Box)
	}
	for _, b := range f.Bind {
		mode := "read and write"
		if b.Readonly {
			mode = "read-only"
		}
		lines = append(lines, fmt.Sprintf("%s of the host, as %s, %s", b.Source, b.Target, mode))
	}
	lines = append(lines, networkText(p.Network),
		"other processes: none",
		fmt.Sprintf("user: %s, group: %s, host name: %s; no capability, no_new_privs", idText(p.Identity.UID), idText(p.Identity.GID), p.Identity.Hostname))
	for _, name := range p.Environment.Pass {
		lines = append(lines, "variable "+name+" of the caller's")
	}
	return lines
}

func rootfsText(rootfs string) string {
	if rootfs == "host" || rootfs == "" {
		return "a read-only view of the host's /usr and of the public files of /etc"
	}
	return "a read-only view of " + rootfs
}

func where(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

func idText(id int) string {
	if id < 0 {
		return "the slot's own"
	}
	return fmt.Sprint(id)
}
