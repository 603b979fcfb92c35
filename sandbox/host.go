package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/procfs"
)

// host is what is known of the machine.
type host struct {
	rights
	kernel  string
	arch    string
	cgroups cgroup.Host
	memory  int64 // bytes

	ceilings map[int]uint64 // plan.Host.Ceilings
	landlock int            // ABI, 0 for none

	monotonic, boottime time.Duration // plan.Host's; see readClocks
}

func probe(may rights, want cgroupWish) (*host, error) {
	h := &host{rights: may, arch: map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return nil, fmt.Errorf("uname: %w", err)
	}
	h.kernel = unix.ByteSliceToString(uts.Release[:])
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return nil, fmt.Errorf("sysinfo: %w", err)
	}
	h.memory = int64(info.Totalram) * int64(info.Unit)
	var err error
	if h.cgroups, err = h.findCgroups(want); err != nil {
		return nil, err
	}
	h.landlock = landlockABI()
	h.ceilings, err = ceilings()
	return h, err
}

// landlockABI is 0 where the kernel has no Landlock, or was started without it.
func landlockABI() int {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

// present are the masks behind which there is something, for everybody to see.
// The run's /proc and /sys have what the host's have.
func present(all []plan.Mask) []plan.Mask {
	var out []plan.Mask
	for _, m := range all {
		var st unix.Stat_t
		if unix.Stat(m.Path, &st) == nil && st.Mode&0o006 != 0 && !(m.Dir && isEmpty(m.Path)) {
			out = append(out, m)
		}
	}
	return out
}

// isEmpty does without os.Open, which sets up Go's poller: nothing else of a run of root's needs it.
func isEmpty(dir string) bool {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	for buf := make([]byte, 512); ; { // a name has 255 bytes at most
		n, err := unix.ReadDirent(fd, buf)
		if n <= 0 || err != nil {
			return err == nil
		}
		if _, _, names := unix.ParseDirent(buf[:n], 1, nil); len(names) > 0 {
			return false
		}
	}
}

// timeNamespaces says whether a program can be given one. Before Linux 6.1 no
// process can be made for it that shares memory with its maker.
func timeNamespaces(release string) bool { return procfs.Since(release, "6.1") }

// readClocks reads the clocks that count from the host's start, for a run in
// which they begin anew.
func (h *host) readClocks() error {
	refused := func(hint string) error { return &UsageError{What: "namespaces.time = true", Hint: hint} }
	switch {
	case !timeNamespaces(h.kernel):
		return refused("it takes Linux 6.1; this is " + h.kernel)
	case unix.Access("/proc/self/ns/time_for_children", unix.F_OK) != nil:
		return refused("this kernel was built without time namespaces: CONFIG_TIME_NS")
	case h.userns.Maps == plan.HostIDs && !hasCapability(unix.CAP_SYS_TIME):
		return refused("judge runs without CAP_SYS_TIME: start it, or its container, with that capability")
	}
	var mono, boot unix.Timespec
	if err := errors.Join(unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono), unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot)); err != nil {
		return fmt.Errorf("clock_gettime: %w", err)
	}
	h.monotonic, h.boottime = time.Duration(mono.Nano()), time.Duration(boot.Nano())
	return nil
}

func (h *host) info() HostInfo {
	info := HostInfo{Kernel: h.kernel, Cgroup: "none", Arch: h.arch}
	if v := h.cgroups.Version(); v > 0 {
		info.Cgroup = fmt.Sprintf("v%d", v)
	}
	if v2, ok := h.cgroups.(cgroup.V2); ok && !v2.Scope {
		info.CgroupPlace = v2.Root
	}
	if h.landlock > 0 {
		info.Landlock = &h.landlock
	}
	return info
}

// helper is a sibling program of judge, beside its binary.
func helper(name string) string {
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	path := filepath.Join(filepath.Dir(self), name)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
