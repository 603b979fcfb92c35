// Package userns says why a host does not let judge make a user namespace, or
// build a sandbox in one, and what mends that. The kernel itself says no more
// than EPERM.
package userns

import (
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// Facts are what a refusal may come from. A nil pointer says that this kernel
// has no such setting.
type Facts struct {
	Kernel string // release
	There  bool   // the kernel has user namespaces
	Root   bool   // judge's uid is 0, of a container or without the capabilities of root

	Most     *int64 // user.max_user_namespaces
	Clone    *int64 // kernel.unprivileged_userns_clone: a patch of Debian's and Arch's
	AppArmor *int64 // kernel.apparmor_restrict_unprivileged_userns: Ubuntu since 23.10

	Profile  string // of a Linux security module: /proc/self/attr/current
	Filtered bool   // a filter of system calls is over judge (seccomp), a container's mostly
	Chrooted bool   // clone(2) refuses CLONE_NEWUSER in a chroot

	// Mount points below these, which make an ordinary user's mounts of their
	// kind refused (mount_too_revealing and has_locked_children, fs/namespace.c).
	BelowProc, BelowSys, BelowUsr []string
	ReadOnlyProc                  bool // the whole of /proc
}

// A Refusal is a system call that the kernel refused.
type Refusal struct {
	Call   string // clone3, mount, write, ...
	FSType string // of a mount
	Errno  unix.Errno
}

// A Cause is what is missing, in a sentence, and what to do. The zero value
// says that none is known.
type Cause struct{ Missing, Mend string }

const (
	filterMend = "start the container with --security-opt seccomp=unconfined, or with a profile that allows clone3, unshare, mount, " +
		"open_tree, move_mount, pivot_root, setns and sethostname"
	privileged = "; or with --privileged, as root"
	procMend   = "start the container with --security-opt systempaths=unconfined (docker), --security-opt unmask=ALL (podman) or " +
		"procMount: Unmasked (Kubernetes); or set filesystem.proc = \"none\""
)

// Why finds the cause of a refusal.
func Why(f Facts, r Refusal) Cause {
	switch {
	case r.Call == "clone3":
		return f.clone(r.Errno)
	case r.Call == "mount" && r.FSType == "overlay":
		if c := f.overlay(r.Errno); c != (Cause{}) {
			return c
		}
	case r.Call == "mount" && (r.FSType == "proc" || r.FSType == "sysfs") && r.Errno == unix.EPERM:
		if c := f.revealing(r.FSType); c != (Cause{}) {
			return c
		}
	}
	if r.Errno == unix.EPERM || r.Errno == unix.EACCES || r.Errno == unix.ENOSYS {
		return f.powerless()
	}
	return Cause{}
}

// clone: CLONE_NEWUSER (clone(2), user_namespaces(7)).
func (f Facts) clone(errno unix.Errno) Cause {
	zero := func(n *int64) bool { return n != nil && *n == 0 }
	switch {
	case !f.There:
		return Cause{"this kernel has no user namespaces", "take one with CONFIG_USER_NS, or run judge as root"}
	case errno == unix.ENOSPC && zero(f.Most):
		return Cause{"user.max_user_namespaces is 0: nobody may make a user namespace", "as root: sysctl -w user.max_user_namespaces=15000"}
	case errno == unix.ENOSPC || errno == unix.EUSERS:
		return Cause{"there are as many user namespaces, or as deep in each other, as may be", "as root: sysctl -w user.max_user_namespaces=15000"}
	case zero(f.Clone):
		return Cause{"kernel.unprivileged_userns_clone is 0: only root may make a user namespace", "as root: sysctl -w kernel.unprivileged_userns_clone=1"}
	case f.Chrooted:
		return Cause{"judge runs in a chroot, and the kernel makes no user namespace there", "enter the directory with a mount namespace and pivot_root(2), or run judge outside"}
	}
	return f.powerless()
}

// overlay in a user namespace: EPERM before Linux 5.11 (fs/overlayfs/super.c,
// FS_USERNS_MOUNT), EINVAL over a directory in which something else is mounted.
func (f Facts) overlay(errno unix.Errno) Cause {
	switch {
	case errno == unix.ENODEV:
		return Cause{"this kernel has no overlay file system", "as root: modprobe overlay; or a kernel with CONFIG_OVERLAY_FS"}
	case errno == unix.EPERM && procfs.Older(f.Kernel, "5.11"):
		return Cause{"this kernel, " + f.Kernel + ", has no overlay file system for ordinary users", "take Linux 5.11 or later, or run judge as root"}
	case errno == unix.EINVAL && len(f.BelowUsr) > 0:
		return Cause{"below /usr other file systems are mounted, which an overlay of an ordinary user's would uncover: " + strings.Join(f.BelowUsr, ", "),
			"unmount them, name another --rootfs, or run judge as root"}
	}
	return Cause{}
}

func (f Facts) revealing(fstype string) Cause {
	below, mend := f.BelowProc, procMend
	name := "/proc"
	if fstype == "sysfs" {
		below, mend, name = f.BelowSys, "start the container with --security-opt systempaths=unconfined, or set filesystem.sys = \"none\"", "/sys"
	}
	switch {
	case len(below) > 0:
		return Cause{"a part of " + name + " is covered, so that no other can be mounted: " + strings.Join(below, ", "), mend}
	case fstype == "proc" && f.ReadOnlyProc:
		return Cause{"/proc is read-only, so that no other can be mounted", mend}
	}
	return Cause{}
}

// powerless: there is a user namespace, but no right comes of it.
func (f Facts) powerless() Cause {
	switch {
	case f.AppArmor != nil && *f.AppArmor != 0 && !f.Root:
		return Cause{"AppArmor takes the rights of user namespaces away (kernel.apparmor_restrict_unprivileged_userns is 1)",
			"as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; or give judge a profile in /etc/apparmor.d that has the line userns,"}
	case f.Filtered:
		mend := filterMend
		if f.Root {
			mend += privileged
		}
		return Cause{"a filter of system calls is over judge, a container's by default", mend}
	case f.Profile != "" && f.Profile != "unconfined":
		return Cause{"the security profile " + f.Profile + " is over judge", "start the container with --security-opt apparmor=unconfined or --security-opt label=disable"}
	}
	return Cause{}
}
