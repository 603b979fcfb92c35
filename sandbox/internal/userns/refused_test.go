package userns

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

func set(n int64) *int64 { return &n }

// host is one that refuses nothing.
func host(change func(*Facts)) Facts {
	f := Facts{Kernel: "6.1.0-18-amd64", There: true, Most: set(15000), Profile: "unconfined"}
	if change != nil {
		change(&f)
	}
	return f
}

func TestWhy(t *testing.T) {
	clone := func(errno unix.Errno) Refusal { return Refusal{Call: "clone3", Errno: errno} }
	mount := func(fstype string, errno unix.Errno) Refusal { return Refusal{"mount", fstype, errno} }
	tests := []struct {
		name          string
		facts         Facts
		refusal       Refusal
		missing, mend string // parts of; "" for nothing known
	}{
		{"Debian 10's default", host(func(f *Facts) { f.Clone = set(0) }), clone(unix.EPERM),
			"kernel.unprivileged_userns_clone is 0", "sysctl -w kernel.unprivileged_userns_clone=1"},
		{"Debian, allowed", host(func(f *Facts) { f.Clone = set(1); f.Filtered = true }), clone(unix.EPERM), "filter", "seccomp=unconfined"},
		{"none at all", host(func(f *Facts) { f.Most = set(0) }), clone(unix.ENOSPC), "user.max_user_namespaces is 0", "sysctl -w user.max_user_namespaces="},
		{"used up", host(nil), clone(unix.ENOSPC), "as many user namespaces", "user.max_user_namespaces"},
		{"nested too deeply, before Linux 4.9", host(nil), clone(unix.EUSERS), "as deep in each other", ""},
		{"a kernel without them", host(func(f *Facts) { f.There = false }), clone(unix.EINVAL), "no user namespaces", "CONFIG_USER_NS"},
		{"a chroot", host(func(f *Facts) { f.Chrooted = true }), clone(unix.EPERM), "chroot", "pivot_root"},
		{"docker's default filter", host(func(f *Facts) { f.Filtered = true }), clone(unix.ENOSYS), "filter", "--security-opt seccomp=unconfined"},
		{"the same, as root", host(func(f *Facts) { f.Filtered, f.Root = true, true }), clone(unix.ENOSYS), "filter", "--privileged"},
		{"Ubuntu 24.04, which lets clone pass", host(func(f *Facts) { f.AppArmor = set(1) }), Refusal{"write", "", unix.EPERM},
			"AppArmor takes the rights", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
		{"Ubuntu 24.04, at the first mount", host(func(f *Facts) { f.AppArmor = set(1) }), mount("tmpfs", unix.EACCES), "AppArmor takes the rights", "userns,"},
		{"Ubuntu 24.04, at the name of the machine", host(func(f *Facts) { f.AppArmor = set(1) }), Refusal{"sethostname", "", unix.EPERM}, "AppArmor", ""},
		{"Ubuntu, where it is off", host(func(f *Facts) { f.AppArmor = set(0) }), Refusal{"write", "", unix.EPERM}, "", ""},
		{"AppArmor does not restrict root", host(func(f *Facts) { f.AppArmor, f.Root, f.Filtered = set(1), true, true }), mount("tmpfs", unix.EPERM), "filter", ""},
		{"docker's AppArmor profile refuses mounts", host(func(f *Facts) { f.Profile = "docker-default (enforce)" }), mount("tmpfs", unix.EACCES),
			"docker-default (enforce)", "apparmor=unconfined"},
		{"an old kernel's overlay", host(func(f *Facts) { f.Kernel = "5.10.0-28-amd64" }), mount("overlay", unix.EPERM), "5.10.0-28-amd64", "5.11"},
		{"no overlay", host(nil), mount("overlay", unix.ENODEV), "no overlay", "modprobe overlay"},
		{"something mounted below /usr", host(func(f *Facts) { f.BelowUsr = []string{"/usr/lib/wsl"} }), mount("overlay", unix.EINVAL), "/usr/lib/wsl", "unmount"},
		{"an overlay that fails for another reason", host(nil), mount("overlay", unix.EINVAL), "", ""},
		{"docker's masked /proc", host(func(f *Facts) { f.BelowProc = []string{"/proc/kcore", "/proc/sys"} }), mount("proc", unix.EPERM),
			"/proc/kcore, /proc/sys", "systempaths=unconfined"},
		{"a /proc that is read-only", host(func(f *Facts) { f.ReadOnlyProc = true }), mount("proc", unix.EPERM), "/proc is read-only", "filesystem.proc = \"none\""},
		{"a covered /sys", host(func(f *Facts) { f.BelowSys = []string{"/sys/firmware"} }), mount("sysfs", unix.EPERM), "/sys/firmware", "filesystem.sys = \"none\""},
		{"a filter that lets clone pass and not mount", host(func(f *Facts) { f.Filtered = true }), mount("proc", unix.EPERM), "filter", "mount"},
		{"what has nothing to do with it", host(func(f *Facts) { f.AppArmor, f.Filtered = set(1), true }), mount("tmpfs", unix.ENOMEM), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Why(tt.facts, tt.refusal)
			if tt.missing == "" {
				if got != (Cause{}) {
					t.Errorf("%+v, want nothing", got)
				}
				return
			}
			if !strings.Contains(got.Missing, tt.missing) || !strings.Contains(got.Mend, tt.mend) || got.Mend == "" {
				t.Errorf("%+v, want %q and %q", got, tt.missing, tt.mend)
			}
		})
	}
}

func TestMounts(t *testing.T) {
	tests := []struct {
		name, info         string
		proc, sys, usr     []string
		chrooted, readOnly bool
	}{
		{name: "a host", info: "22 27 0:21 / /proc rw,nosuid - proc proc rw\n23 27 0:22 / /sys rw - sysfs sysfs rw\n27 1 254:0 / / rw - ext4 /dev/vda rw\n" +
			"31 23 0:28 / /sys/fs/cgroup rw - cgroup2 none rw\n32 23 0:13 / /sys/kernel/tracing rw - tracefs none rw\n"},
		{name: "docker", info: "1 0 0:50 / / rw - overlay overlay rw\n2 1 0:51 / /proc rw - proc proc rw\n3 2 0:51 /sys /proc/sys ro - proc proc rw\n" +
			"4 2 0:52 /null /proc/kcore rw - tmpfs tmpfs rw\n5 1 0:53 / /sys ro - sysfs sysfs ro\n6 5 0:54 / /sys/firmware ro - tmpfs tmpfs ro\n",
			proc: []string{"/proc/sys", "/proc/kcore"}, sys: []string{"/sys/firmware"}},
		{name: "a chroot that is no mount point", info: "2 1 0:51 / /proc rw - proc proc rw\n", chrooted: true},
		{name: "read-only", info: "1 0 0:50 / / rw - overlay overlay rw\n2 1 0:51 / /proc ro,nosuid - proc proc rw\n", readOnly: true},
		{name: "below /usr, with a blank", info: "1 0 0:50 / / rw - overlay overlay rw\n2 1 0:51 / /usr/lib/w\\040s rw - tmpfs tmpfs rw\n3 1 0:52 / /usr rw - tmpfs tmpfs rw\n",
			usr: []string{"/usr/lib/w s"}},
		{name: "nothing to be read"},
		{name: "nonsense", info: "x\n\n1 2 3\n", chrooted: true},
	}
	for _, tt := range tests {
		var f Facts
		f.mounts([]byte(tt.info))
		if !slices.Equal(f.BelowProc, tt.proc) || !slices.Equal(f.BelowSys, tt.sys) || !slices.Equal(f.BelowUsr, tt.usr) ||
			f.Chrooted != tt.chrooted || f.ReadOnlyProc != tt.readOnly {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
}

// Probe works wherever the tests do.
func TestProbe(t *testing.T) {
	f := Probe()
	if f.Kernel == "" || f.There && f.Most == nil {
		t.Errorf("%+v", f)
	}
	if !procfs.Since(f.Kernel, "3.8") || !procfs.Older(f.Kernel, "99.0") {
		t.Errorf("%s: version not understood", f.Kernel)
	}
}
