package sandbox_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"judge/policy"
	"judge/sandbox"
)

// look tells of each path in PATHS what a run can do with it: its type, the
// first bytes or names, and which errors opening it for reading and for writing gives.
const look = `
import json, os, errno
def first(path):
    try:
        if os.path.isdir(path): return "dir", sorted(os.listdir(path))[:3]
        with open(path, "rb") as f: return "file", f.read(4096).decode("latin1")
    except OSError as e: return "error", errno.errorcode[e.errno]
def write(path):
    try: os.close(os.open(path, os.O_WRONLY)); return ""
    except OSError as e: return errno.errorcode[e.errno]
print(json.dumps({p: {"type": first(p)[0], "has": first(p)[1], "write": write(p)} for p in PATHS.split()}))`

type sight struct {
	Type  string
	Has   any
	Write string
}

func (s sight) empty() bool {
	list, isList := s.Has.([]any)
	return s.Type == "error" || s.Has == "" || isList && len(list) == 0
}

func lookAt(t *testing.T, p policy.Policy, paths []string) map[string]sight {
	t.Helper()
	seen := map[string]sight{}
	python(t, p, "PATHS = '''"+strings.Join(paths, " ")+"'''\n"+look, &seen)
	return seen
}

// hidden is what a run sees nothing of, nor in, whatever the host has there.
var hidden = []string{
	"/proc/acpi", "/proc/asound", "/proc/bus", "/proc/bus/pci", "/proc/cmdline", "/proc/diskstats", "/proc/fs", "/proc/fs/ext4",
	"/proc/interrupts", "/proc/irq", "/proc/irq/default_smp_affinity", "/proc/kallsyms", "/proc/kcore", "/proc/key-users", "/proc/keys",
	"/proc/kmsg", "/proc/kpagecount", "/proc/latency_stats", "/proc/modules", "/proc/partitions", "/proc/pressure", "/proc/pressure/cpu",
	"/proc/sched_debug", "/proc/scsi", "/proc/slabinfo", "/proc/swaps", "/proc/sysrq-trigger", "/proc/timer_list", "/proc/timer_stats",
	"/proc/vmallocinfo", "/proc/1", "/proc/1/cgroup", "/proc/1/cmdline", "/proc/1/environ", "/proc/1/root", "/proc/1/mountinfo", "/proc/1/stat",
}

// needed is what programs read, and so find.
var needed = []string{
	"/proc/self/status", "/proc/self/maps", "/proc/self/stat", "/proc/self/cmdline", "/proc/self/mounts", "/proc/thread-self/comm",
	"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/loadavg", "/proc/version", "/proc/filesystems", "/proc/mounts",
	"/proc/cgroups", "/proc/net/dev", "/proc/sys/kernel/ngroups_max", "/proc/sys/kernel/pid_max", "/proc/sys/kernel/random/uuid",
	"/proc/sys/kernel/random/boot_id", "/proc/sys/kernel/threads-max", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/cap_last_cap",
	"/proc/sys/vm/overcommit_memory", "/proc/sys/vm/max_map_count", "/proc/sys/net/core/somaxconn", "/proc/sys/fs/file-max",
}

func TestProc(t *testing.T) {
	for _, name := range []string{"default", "compile", "ci"} {
		for _, landlocked := range []bool{true, false} {
			for _, uid := range []int{-1, 0} {
				p := builtin(t, name)
				p.Landlock.Enabled, p.Identity.UID = landlocked, uid
				writable := []string{"/proc/self/comm", "/proc/self/oom_score_adj"}
				fixed := []string{"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/panic", "/proc/sys/vm/drop_caches", "/proc/sys/net/ipv4/ip_forward",
					"/proc/sys/kernel/ns_last_pid", "/proc/sysrq-trigger"}
				seen := lookAt(t, p, slices.Concat(hidden, needed, writable, fixed))
				for _, path := range hidden {
					if s := seen[path]; !s.empty() {
						t.Errorf("%s, uid %d: %s tells %q", name, uid, path, s.Has)
					}
				}
				for _, path := range needed {
					if s := seen[path]; s.empty() {
						t.Errorf("%s, uid %d: %s: %+v", name, uid, path, s)
					}
				}
				for _, path := range writable {
					if s := seen[path]; s.Write != "" {
						t.Errorf("%s, uid %d: %s cannot be written: %s", name, uid, path, s.Write)
					}
				}
				for _, path := range fixed {
					if s := seen[path]; s.Write == "" {
						t.Errorf("%s, uid %d: %s can be written", name, uid, path)
					}
				}
				if s := seen["/proc/sys/kernel/ns_last_pid"]; s.Type != "error" && s.Write != "EROFS" { // its mode lets everybody
					t.Errorf("%s: /proc/sys is not read-only: %+v", name, s)
				}
			}
		}
	}
}

// strict has the process directories alone, and not PID 1's.
func TestProcOfProcessesAlone(t *testing.T) {
	seen := lookAt(t, builtin(t, "strict"), slices.Concat(hidden, []string{"/proc/cpuinfo", "/proc/sys", "/proc/self/status", "/proc"}))
	for path, s := range seen {
		if there := path == "/proc" || path == "/proc/self/status"; s.empty() == there {
			t.Errorf("%s: %+v", path, s)
		}
	}
}

// /sys is not there unless asked for, and then without what tells most.
func TestSys(t *testing.T) {
	masked := []string{"/sys/devices/virtual/dmi", "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/firmware/dmi", "/sys/fs", "/sys/fs/cgroup",
		"/sys/fs/ext4", "/sys/hypervisor", "/sys/kernel/debug", "/sys/kernel/irq", "/sys/kernel/security", "/sys/kernel/slab", "/sys/kernel/tracing",
		"/sys/module", "/sys/module/kernel", "/sys/power"}
	there := []string{"/sys/devices/system/cpu/online", "/sys/devices/system/cpu/possible", "/sys/class/net/lo/mtu"}
	fixed := []string{"/sys/class/net/lo/mtu", "/sys/kernel/uevent_helper"}
	for _, proc := range []string{"private", "none"} {
		p := builtin(t, "default")
		p.Filesystem.Proc = proc
		if s := lookAt(t, p, []string{"/sys"})["/sys"]; !s.empty() {
			t.Errorf("/sys is there: %+v", s)
		}
		p.Filesystem.Sys = "ro"
		seen := lookAt(t, p, slices.Concat(masked, there, fixed))
		for _, path := range masked {
			if s := seen[path]; !s.empty() {
				t.Errorf("%s tells %q", path, s.Has)
			}
		}
		for _, path := range there {
			if s := seen[path]; s.empty() {
				t.Errorf("%s: %+v", path, s)
			}
		}
		for _, path := range fixed {
			if s := seen[path]; s.Write == "" {
				t.Errorf("%s can be written", path)
			}
		}
	}
}

// TestNoNameOfTheHost: what a process can read of itself names nothing of the
// host: no path of what it was given, no cgroup, no disk, no host name.
func TestNoNameOfTheHost(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secretly-named")
	if err := os.Mkdir(secret, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"in", "one", "prog.sh"} {
		if err := os.WriteFile(filepath.Join(secret, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"secretly-named", "/run/judge", runDir, "/tmp/Test", "judge-init", "/dev/sd", "/dev/vd", "/dev/nvme", "/dev/mapper"}
	if len(hostname) > 3 {
		names = append(names, hostname)
	}
	const script = `
for f in mountinfo mounts mountstats cgroup cmdline environ maps smaps status stat limits sched cpuset net/unix net/tcp net/route; do
	cat /proc/self/$f /proc/self/task/*/$f 2>/dev/null
done
for f in /proc/self/fd/* /proc/self/cwd /proc/self/exe /proc/self/root /proc/self/ns/* /dev/std* /dev/fd; do readlink $f; done
cat /proc/mounts /proc/1/cgroup /proc/1/comm /proc/1/cmdline /proc/1/mountinfo /proc/cmdline /proc/swaps /proc/partitions 2>/dev/null
ls -lR /dev; cat /etc/hostname /etc/hosts /etc/mtab /etc/fstab /proc/sys/kernel/hostname; hostname
exit 0
`
	for _, policyName := range []string{"strict", "default"} {
		p := builtin(t, policyName)
		p.Filesystem.Sys = "ro"
		p.Filesystem.Box = secret
		p.Filesystem.Bind = []policy.Bind{{Source: secret, Target: "/srv/dir", Readonly: true}, {Source: filepath.Join(secret, "one"), Target: "/srv/file", Readonly: true}}
		in, err := os.Open(filepath.Join(secret, "in"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/bin/sh", "-c", script}, Stdin: in, Capture: true}, p)
		in.Close()
		if err != nil || r.Status != sandbox.StatusOK || len(*r.Stdout) < 4000 {
			t.Fatalf("%s: %s %v", r.Status, r.Reason, err)
		}
		for _, name := range names {
			for line := range strings.Lines(*r.Stdout) {
				if strings.Contains(line, name) {
					t.Errorf("%s: %q is in %q", policyName, name, line)
				}
			}
		}
	}
}
