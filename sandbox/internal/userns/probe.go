package userns

import (
	"bytes"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// Probe collects the facts. It reads what everybody may, and is called only
// when something was refused.
func Probe() Facts {
	var uts unix.Utsname
	unix.Uname(&uts) // it fails only for a bad address
	f := Facts{
		Kernel: unix.ByteSliceToString(uts.Release[:]), Root: os.Geteuid() == 0,
		Most: number("/proc/sys/user/max_user_namespaces"), Clone: number("/proc/sys/kernel/unprivileged_userns_clone"),
		AppArmor: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
		Profile:  text("/proc/self/attr/current"),
	}
	_, err := os.Lstat("/proc/self/ns/user")
	f.There = err == nil
	for line := range strings.Lines(text("/proc/self/status")) {
		if key, value, _ := strings.Cut(line, ":"); key == "Seccomp" {
			f.Filtered = strings.TrimSpace(value) == "2"
		}
	}
	f.mounts([]byte(text("/proc/self/mountinfo")))
	return f
}

func text(name string) string {
	data, _ := os.ReadFile(name) // what cannot be read says nothing
	return string(bytes.TrimRight(data, "\n\x00"))
}

func number(name string) *int64 {
	n, err := strconv.ParseInt(text(name), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// mounts reads mountinfo. A process in a chroot does not
// see the mount that its root lies on, unless it is one.
func (f *Facts) mounts(info []byte) {
	root := false
	for line := range bytes.Lines(info) {
		m, ok := procfs.ParseMount(line)
		if !ok {
			continue
		}
		point, options := m.Point, m.Options
		root = root || point == "/"
		switch {
		case point == "/proc":
			f.ReadOnlyProc = slices.Contains(options, "ro")
		case strings.HasPrefix(point, "/proc/"):
			f.BelowProc = append(f.BelowProc, point)
		case strings.HasPrefix(point, "/sys/") && path.Dir(point) != "/sys/fs" && path.Dir(point) != "/sys/fs/cgroup" && !slices.Contains(hollow, point):
			f.BelowSys = append(f.BelowSys, point)
		case strings.HasPrefix(point, "/usr/"):
			f.BelowUsr = append(f.BelowUsr, point)
		}
	}
	f.Chrooted = len(info) > 0 && !root
}

// hollow are directories that are there to be mounted upon; what covers them
// hides nothing (sysfs_create_mount_point).
var hollow = []string{"/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security", "/sys/kernel/config", "/sys/firmware/efi/efivars"}
