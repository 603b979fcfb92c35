package plan

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Maps says which ids PID 1 has, and so whether it gets a user namespace.
type Maps uint8

const (
	// HostIDs: judge is root where its ids are the host's, and PID 1 stays in
	// judge's own user namespace.
	HostIDs Maps = iota
	// OneID: PID 1 has a user namespace in which judge's own uid and gid are 0,
	// and there are no others. The program is nobody else either: what PID 1
	// made it could change, so the tree is sealed with read-only mounts, and a
	// user namespace below PID 1's keeps the program's rights and counts apart.
	OneID
	// ManyIDs: PID 1's user namespace also has the program's own ids, as judge
	// could map them ([Input.UID]). PID 1 and the program are different users.
	ManyIDs
)

// A Userns is the user namespace that PID 1 is made in.
type Userns struct {
	Maps     Maps
	UID, GID int // judge's own, effective; they are 0 inside
}

// CloneFlags of PID 1. The other namespaces it makes itself, while the parent
// goes on: they are the dearest part of a start. Handlers are cleared, so that
// PID 1 has the kernel's protection against signals from inside
// (pid_namespaces(7)) from its first instruction on. A user namespace must be
// there first: it owns all others (user_namespaces(7)).
func (u Userns) CloneFlags() uint64 {
	const flags = unix.CLONE_NEWPID | unix.CLONE_CLEAR_SIGHAND
	if u.Maps == HostIDs {
		return flags
	}
	return flags | unix.CLONE_NEWUSER
}

// ownMaps maps judge's ids to 0. A process may map its own ids itself, groups
// only when setgroups(2) is off (user_namespaces(7)). Its files in /proc are its
// own as long as its memory may be dumped (proc(5)).
func ownMaps(b *builder, u Userns) {
	b.because("", rootlessHint)
	b.prctl(unix.PR_SET_DUMPABLE, "PR_SET_DUMPABLE", Sym(1, "SUID_DUMP_USER"))
	b.writeMaps(-1, inside{}, inside{u.UID, u.GID})
	b.because("", "")
}

// giveStreams makes the program own its pipes, as /dev/stdin and its siblings
// want it: judge, which made them, could not (chown(2)).
func giveStreams(b *builder, in Input) {
	if in.Host.Userns.Maps != ManyIDs {
		return
	}
	for _, fd := range b.streams {
		b.call("fchown", unix.SYS_FCHOWN, Int(int64(fd)), Int(int64(in.UID)), Int(int64(in.GID)))
	}
}

// rootlessHint is for steps that a host may refuse to user namespaces.
const rootlessHint = "judge doctor says what this host lets an ordinary user do"

// writeMaps gives the caller's user namespace one id of each kind: in outside,
// id inside. proc is a descriptor of /proc, -1 for the one at its place.
func (b *builder) writeMaps(proc int, id, outside inside) {
	for _, w := range [...]struct{ name, text string }{
		{"setgroups", "deny"},
		{"uid_map", fmt.Sprintf("%d %d 1", id.UID, outside.UID)},
		{"gid_map", fmt.Sprintf("%d %d 1", id.GID, outside.GID)},
	} {
		fd := b.openSelf(proc, w.name, unix.O_WRONLY)
		b.call("write", unix.SYS_WRITE, Int(int64(fd)), Str(w.text), Int(int64(len(w.text))))
		b.close(fd)
	}
}

// heldBack are the kernel's own file systems of a user namespace. There, they
// can only be mounted where another of their kind is whole and in sight
// (mount_too_revealing, fs/namespace.c), so before the old root goes; but they
// must not be at their place before all binds are (see virtual). So they are
// made aside, and moved there later. -1 is none.
type heldBack struct {
	proc, sys int
	watch     int // a directory: the run's /proc as judge may see it, to sum up processor time by where no cgroup does
}

func virtualAside(b *builder, in Input) heldBack {
	have := heldBack{-1, -1, -1}
	fs := in.Policy.Filesystem
	b.because("filesystem.proc", procHint)
	defer b.because("", "")
	if in.Host.Cgroup == 0 {
		// Nothing is hidden there, for PID 1's figures hold those of all that it has waited for. (Each mount of a
		// proc has options of its own since Linux 5.8.)
		// Where none can be mounted, a run that wants none can do without.
		b.trying(fs.Proc == "none", func() { b.mount("proc", "mnt", "proc", virtualFlags, "hidepid=0") })
		have.watch = b.open("mnt", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		b.trying(fs.Proc == "none", func() { b.umount("mnt") })
	}
	if in.Host.Userns.Maps == HostIDs {
		return have
	}
	if options, wanted := procOptions(fs); wanted {
		have.proc = b.aside("proc", virtualFlags, options)
	}
	if fs.Sys == "ro" {
		b.because("filesystem.sys", "in a container, /sys must not be partly covered: sysfs(5) cannot be mounted anew there")
		have.sys = b.aside("sysfs", virtualFlags|unix.MS_RDONLY, "")
	}
	return have
}

// trying makes the one step that is added one that may fail.
func (b *builder) trying(may bool, add func()) {
	add()
	if may {
		b.steps[len(b.steps)-1].Op = OpTry
	}
}

func (b *builder) aside(fstype string, flags uint64, options string) int {
	b.mount(fstype, "mnt", fstype, flags, options)
	fd := b.opens("open_tree", unix.SYS_OPEN_TREE, cwd(), Str("mnt"),
		Sym(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC"))
	b.umount("mnt")
	return fd
}

// attach puts what was made aside at its place.
func (b *builder) attach(fd int, target string) {
	b.call("move_mount", unix.SYS_MOVE_MOUNT, Int(int64(fd)), Str(""), cwd(), Str(target),
		Sym(unix.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH"))
	b.close(fd)
}

// ownPlaces makes the writable places mounts of their own, before anything is
// attached in them, where the root is to be sealed.
func ownPlaces(b *builder, in Input) {
	if in.Host.Userns.Maps != OneID {
		return
	}
	fs := in.Policy.Filesystem
	places := []struct {
		dir    string
		wanted bool
	}{{"/dev/shm", fs.Shm}, {"/box", in.Root.Lower == ""}, {"/tmp", in.Root.Lower == "" && fs.Tmp}} // else they are
	for _, p := range places {
		if p.wanted {
			b.mount(p.dir, p.dir, "", unix.MS_BIND, "")
		}
	}
}

// seal makes read-only what the program, which has the uid of all files,
// could else write: the root and /dev. It has no right over these mounts: its
// user namespace does not own them.
func seal(b *builder, in Input) {
	if in.Host.Userns.Maps != OneID {
		return
	}
	const flags = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID
	if in.Root.Lower == "" {
		b.mount("", "/", "", flags, "")
		return
	}
	b.mount("", "/dev", "", flags, "")
	if l := in.Policy.Landlock; l.Enabled && l.Rootfs == "ro" { // else the upper layer is the run's to change
		b.mount("", "/", "", flags|unix.MS_NODEV, "")
	}
}
