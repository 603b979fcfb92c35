package plan

import (
	"golang.org/x/sys/unix"
)

// inside is who the program is, seen from inside.
type inside struct{ UID, GID int }

func (in Input) inside() inside {
	id := inside{in.UID, in.GID}
	if p := in.Policy.Identity; p.UID >= 0 {
		id.UID = p.UID
	}
	if p := in.Policy.Identity; p.GID >= 0 {
		id.GID = p.GID
	}
	return id
}

// outside is who the program is, seen from PID 1's user namespace.
func (in Input) outside() inside {
	if in.Host.Userns.Maps == OneID {
		return inside{0, 0}
	}
	return inside{in.UID, in.GID}
}

// mapped says whether the program gets a user namespace of its own: for an
// identity that is not the one outside, to part it from a PID 1 of the same
// uid, because the policy wants one, or lets keys be made. The keyrings of a uid are of a user namespace and end with it
// (keyrings(7), security/keys/process_keys.c, look_up_user_keyrings, since
// Linux 5.3): else the next run of the slot would find them.
func (in Input) mapped() bool { return in.mappedBy() != "" }

// mappedBy names the keys of the policy behind it.
func (in Input) mappedBy() string {
	switch {
	case in.Policy.Namespaces.User || in.Host.Userns.Maps == OneID || in.inside() != in.outside():
		return "namespaces.user, identity.uid"
	case in.Keys:
		return "seccomp, which allows keys to be made"
	}
	return ""
}

// secureBits: uid 0 is nobody special, now and for good (capabilities(7),
// include/uapi/linux/securebits.h). SECBIT_NO_SETUID_FIXUP stays off: leaving
// uid 0 shall clear what is left.
const (
	noRoot                  = 1 << 0
	noRootLocked            = 1 << 1
	noSetuidFixupLocked     = 1 << 3
	keepCapsLocked          = 1 << 5
	noCapAmbientRaise       = 1 << 6
	noCapAmbientRaiseLocked = 1 << 7
	secureBits              = noRoot | noRootLocked | noSetuidFixupLocked | keepCapsLocked | noCapAmbientRaise | noCapAmbientRaiseLocked
	secureBitsText          = "SECBIT_NOROOT|SECBIT_NOROOT_LOCKED|SECBIT_NO_SETUID_FIXUP_LOCKED|SECBIT_KEEP_CAPS_LOCKED|" +
		"SECBIT_NO_CAP_AMBIENT_RAISE|SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED"
)

// credentials leaves the program an own uid and gid, no groups and no
// capability in any set, and no way to get one by executing something. It returns
// the number of its user namespace, if that is to be handed over, or -1.
func credentials(b *builder, in Input, proc int) (users int) {
	b.prctl(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS", Sym(secureBits, secureBitsText))
	b.prctl(unix.PR_CAP_AMBIENT, "PR_CAP_AMBIENT", Sym(unix.PR_CAP_AMBIENT_CLEAR_ALL, "PR_CAP_AMBIENT_CLEAR_ALL"), Int(0), Int(0), Int(0))
	if in.Host.Userns.Maps != OneID { // else there is nobody else to be, and no way out of the caller's groups
		b.because("identity.uid", "")
		b.call("setgroups", unix.SYS_SETGROUPS, Int(0), Null())
		gid, uid := Int(int64(in.GID)), Int(int64(in.UID))
		b.call("setresgid", unix.SYS_SETRESGID, gid, gid, gid)
		b.call("setresuid", unix.SYS_SETRESUID, uid, uid, uid)
		b.because("", "")
	}
	users = -1
	if in.mapped() {
		users = userNamespace(b, in, proc)
	}
	b.call("capset", unix.SYS_CAPSET, capHeader(), capNone())
	b.prctl(unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS", Int(1), Int(0), Int(0), Int(0))
	return users
}

// userNamespace maps the identity inside to the slot's. A process may write
// its own map if it is one line with its own id, and for groups only when
// setgroups(2) is off (user_namespaces(7)).
func userNamespace(b *builder, in Input, proc int) (users int) {
	users = -1
	b.because(in.mappedBy(), "this host makes no user namespaces: sysctl user.max_user_namespaces")
	b.call("unshare", unix.SYS_UNSHARE, Sym(unix.CLONE_NEWUSER, "CLONE_NEWUSER"))
	// The files belong to root as long as the memory, which is PID 1's until exec, may not be dumped (proc(5)).
	b.prctl(unix.PR_SET_DUMPABLE, "PR_SET_DUMPABLE", Sym(1, "SUID_DUMP_USER"))
	b.writeMaps(proc, in.inside(), in.outside())
	if in.Enterable {
		users = b.openSelf(proc, "ns/user", unix.O_RDONLY)
	}
	if proc >= 0 {
		b.close(proc)
	}
	notDumpable(b)
	dropCapabilities(b) // the namespace's maker has them all anew
	b.prctl(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS", Sym(secureBits, secureBitsText))
	b.because("", "")
	return users
}

// procForMaps holds on to the /proc of the old root, where maps can be written
// to when the run has none. The program's process closes it.
func procForMaps(b *builder, in Input) int {
	if !in.mapped() || in.Policy.Filesystem.Proc != "none" {
		return -1
	}
	b.because(in.mappedBy(), "")
	defer b.because("", "")
	return b.open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// openSelf opens a file of the caller's directory in /proc, or in the one given.
func (b *builder) openSelf(proc int, name string, access int) int {
	if proc < 0 {
		return b.open("/proc/self/"+name, access|unix.O_CLOEXEC, 0)
	}
	return b.opens("openat", unix.SYS_OPENAT, Int(int64(proc)), Str("self/"+name),
		Arg{Val: uint64(access | unix.O_CLOEXEC), show: showOpen})
}

// dropCapabilities empties the bounding set. PID 1 does it, for itself and for
// the program, which inherits it. Numbers beyond the kernel's highest, which
// answer EINVAL, are tried too: a new kernel may have more.
func dropCapabilities(b *builder) {
	b.ranged("prctl", unix.SYS_PRCTL, 0, 63, Sym(unix.PR_CAPBSET_DROP, "PR_CAPBSET_DROP"), Running(""))
}

func capHeader() Arg {
	return Mem(words(unix.LINUX_CAPABILITY_VERSION_3), "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}")
}

func capNone() Arg {
	return Mem(make([]byte, 24), "{effective=0, permitted=0, inheritable=0}")
}

func capKill() Arg {
	data := make([]byte, 24) // two struct user_cap_data: effective, permitted, inheritable
	data[0], data[4] = 1<<unix.CAP_KILL, 1<<unix.CAP_KILL
	return Mem(data, "{effective=1<<CAP_KILL, permitted=1<<CAP_KILL, inheritable=0}")
}
