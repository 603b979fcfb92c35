package doctor

import (
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// Facts is what is known of a host. All of it is plain values: what they mean
// is decided by Diagnose.
type Facts struct {
	Kernel string // release
	Arch   string // "x86_64"

	// Files holds what small files of /proc, /sys and /etc say, by path, without
	// white space at the ends. No entry: not there, or not to be read.
	Files map[string]string
	// Exists has the paths, of those in lookedFor, at which there is something.
	Exists map[string]bool

	// Calls has the kernel's answer to each call of probedCalls: 0 if it knows it.
	Calls map[string]unix.Errno
	// UserNamespace is the answer to an ordinary user's attempt at a user
	// namespace with a mount namespace in it; 0 for root, who needs none.
	UserNamespace unix.Errno

	UID        int
	OpenFiles  uint64            // hard limit of descriptors
	Processes  uint64            // hard limit of the user's processes
	Free       map[string]uint64 // bytes, of the file systems of some directories
	ReadOnly   map[string]bool   // those that are mounted read-only
	OwnCgroups map[string]bool   // directories of cgroups, and whether this user may make others in them

	NamedCgroup string // by JUDGE_CGROUP
	CgroupPlace string // where judge run makes its cgroups on v2; "" if each run is given a scope

	Landlock   int      // ABI
	Cgroup     string   // version that judge would use: "v1", "v2"; or "none", or "" where judge run begins nothing
	Unenforced []string // limits of the default policy that this host cannot hold, "memory: why"
	Refused    *Refusal // by what judge run would refuse to begin; nil if by nothing

	Run Proof

	NoBridge *Refusal          // by what judge run would refuse --net bridge; nil if by nothing, or if not asked
	Networks map[string]string // by part of a network, what kept it from being made, "" for nothing; no entry: not tried
}

// A Refusal is an error of the sandbox's, and its hint.
type Refusal struct{ What, Hint string }

// Proof is what became of a real run.
type Proof struct {
	Program string // "" if there was none to run, and then nothing ran
	Status  string
	Failure *Refusal
	Setup   time.Duration
}

// text is a file's content, "" where it is not known.
func (f Facts) text(name string) string { return f.Files[name] }

// number is a file's content as a number.
func (f Facts) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(f.Files[name], 10, 64)
	return n, err == nil
}

// field is the value of a line "name: value" or "name=value" of a file.
func (f Facts) field(file, name string) string {
	for line := range strings.Lines(f.Files[file]) {
		rest, ok := strings.CutPrefix(line, name)
		if rest = strings.TrimLeft(rest, " \t"); ok && rest != "" && (rest[0] == ':' || rest[0] == '=') {
			return strings.Trim(strings.TrimSpace(rest[1:]), `"`)
		}
	}
	return ""
}

// matching are the files read whose path matches a pattern (path.Match).
func (f Facts) matching(pattern string) map[string]string {
	out := map[string]string{}
	for name, text := range f.Files {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			out[name] = text
		}
	}
	return out
}

func (f Facts) system() string {
	if name := f.field("/etc/os-release", "PRETTY_NAME"); name != "" {
		return name
	}
	return "Linux"
}

// readFiles are read whole; patterns as of path.Match. What is asked of them is
// in the files that decide.
func readFiles() []string {
	return []string{
		"/etc/os-release", "/etc/subuid", "/etc/subgid",
		"/proc/cgroups", "/proc/cmdline", "/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/swaps",
		"/proc/device-tree/compatible", "/proc/pressure/cpu",
		"/proc/self/cgroup", "/proc/self/mountinfo", "/proc/self/status", "/proc/self/uid_map",
		"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/io_uring_disabled",
		"/proc/sys/kernel/modprobe", "/proc/sys/kernel/modules_disabled",
		"/proc/sys/kernel/randomize_va_space", "/proc/sys/kernel/seccomp/actions_avail", "/proc/sys/kernel/unprivileged_userns_clone",
		"/proc/sys/kernel/yama/ptrace_scope",
		"/proc/sys/user/max_*_namespaces", "/proc/sys/vm/nr_hugepages", "/proc/sys/vm/nr_overcommit_hugepages",
		"/sys/devices/system/cpu/cpufreq/boost", "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
		"/sys/devices/system/cpu/intel_pstate/no_turbo", "/sys/devices/system/cpu/isolated", "/sys/devices/system/cpu/smt/active",
		"/sys/devices/system/cpu/vulnerabilities/*",
		"/sys/devices/system/clocksource/clocksource0/*_clocksource",
		"/sys/devices/virtual/dmi/id/product_name", "/sys/devices/virtual/dmi/id/sys_vendor",
		"/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/security/lsm",
	}
}

// lookedFor are names that say something by being there.
func lookedFor() []string {
	list := []string{
		"/.dockerenv", "/run/.containerenv", "/run/systemd/system", "/run/systemd/container", "/proc/vz", "/proc/pressure/cpu", "/proc/device-tree/hypervisor",
		"/usr/bin/newuidmap", "/usr/bin/newgidmap", "/bin/newuidmap", "/bin/newgidmap",
		"/run/current-system/sw/bin/newuidmap", "/run/wrappers/bin/newuidmap", "/run/wrappers/bin/newgidmap",
		"/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "/sys/devices/system/cpu/cpufreq",
		"/proc/self/ns/cgroup", "/proc/self/ns/ipc", "/proc/self/ns/mnt", "/proc/self/ns/net", "/proc/self/ns/pid", "/proc/self/ns/user",
		"/proc/self/ns/uts", "/proc/self/ns/time_for_children", "/proc/modules",
	}
	for _, p := range netParts("0.0") { // of an old kernel: it has all that a newer one does, and more
		for _, m := range p.modules {
			list = append(list, "/sys/module/"+m)
		}
	}
	return list
}

// read fills in what the files of a host's root say.
func (f *Facts) read(root fs.FS) {
	f.Files, f.Exists = map[string]string{}, map[string]bool{}
	for _, pattern := range readFiles() {
		names, err := fs.Glob(root, pattern[1:])
		if err != nil {
			continue // of a bad pattern alone, which a test would find
		}
		for _, name := range names {
			if data, err := fs.ReadFile(root, name); err == nil {
				f.Files["/"+name] = strings.TrimSpace(string(data))
			}
		}
	}
	for _, name := range lookedFor() {
		if _, err := fs.Stat(root, name[1:]); err == nil {
			f.Exists[name] = true
		}
	}
	f.readOwnCgroup(root)
}

// readModules reads which modules the kernel has, once its release is known.
func (f *Facts) readModules(root fs.FS) {
	for _, dir := range moduleDirs(f.Kernel) {
		for _, name := range moduleLists {
			file := path.Join(dir, name)
			if data, err := fs.ReadFile(root, file[1:]); err == nil {
				f.Files[file] = string(data)
			}
		}
	}
}

// readOwnCgroup reads which controllers the cgroups of v2 offer: at the top, and where judge is.
func (f *Facts) readOwnCgroup(root fs.FS) {
	for _, m := range f.mounts() {
		if m.Kind != "cgroup2" {
			continue
		}
		for _, dir := range []string{m.Point, path.Join(m.Point, f.cgroupPath())} {
			f.readCgroup(root, dir)
		}
	}
}

func (f *Facts) readCgroup(root fs.FS, dir string) {
	for _, name := range []string{"cgroup.controllers", "cgroup.subtree_control", "memory.swap.max"} {
		file := path.Join(dir, name)
		if data, err := fs.ReadFile(root, file[1:]); err == nil {
			f.Files[file] = strings.TrimSpace(string(data))
		}
	}
}

// place notes where judge run makes its cgroups.
func (f *Facts) place(root fs.FS, dir string) {
	if f.CgroupPlace = dir; dir != "" {
		f.readCgroup(root, dir)
	}
}

// mounts reads /proc/self/mountinfo.
func (f Facts) mounts() []procfs.Mount {
	var out []procfs.Mount
	for line := range bytes.Lines([]byte(f.text("/proc/self/mountinfo"))) {
		if m, ok := procfs.ParseMount(line); ok {
			out = append(out, m)
		}
	}
	return out
}

// mountOf is the mount that a path lies on; the last one at a place covers the others.
func (f Facts) mountOf(name string) (procfs.Mount, bool) {
	var best procfs.Mount
	found := false
	for _, m := range f.mounts() {
		inside := m.Point == "/" || name == m.Point || strings.HasPrefix(name, m.Point+"/")
		if inside && (!found || len(m.Point) >= len(best.Point)) {
			best, found = m, true
		}
	}
	return best, found
}

// cgroupPath is where judge is in the hierarchy of v2.
func (f Facts) cgroupPath() string {
	if own, ok := procfs.CgroupOf(f.text("/proc/self/cgroup"), ""); ok {
		return own
	}
	return "/"
}
