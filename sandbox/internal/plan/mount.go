package plan

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// filesystem makes the run's tree in PID 1's own mount namespace: one tmpfs
// that holds all that the run may write, the root over or beside it, a minimal
// /dev and a private /proc.
func filesystem(b *builder, in Input) {
	lower := openLower(b, in.Root)
	writable(b, in)
	b.chdir(in.Host.MountPoint)
	if in.Root.Lower == "" {
		hostRoot(b, in, lower)
	} else {
		lowerRoot(b, in, lower)
	}
	if in.Root.Shared { // they are attached
		return
	}
	for _, fd := range lower {
		b.close(fd)
	}
}

// openLower opens what lies under the overlays by its name outside, so that no
// mount option, which the run can read in mountinfo, names a path of the host.
func openLower(b *builder, root Root) []int {
	b.because("filesystem.rootfs", "is it a directory that judge may read?")
	defer b.because("", "")
	const flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
	if root.Lower != "" {
		return []int{b.open(root.Lower, flags, 0)}
	}
	var fds []int
	for _, t := range root.Trees {
		if root.Shared { // one of them lies where the tmpfs is going to be
			fds = append(fds, b.cloned(t.Source, true))
			continue
		}
		fds = append(fds, b.open(t.Source, flags, 0))
	}
	return fds
}

// skeletonInodes is a bound on what judge itself puts into the tmpfs.
const skeletonInodes = 64

// writable mounts the tmpfs. Its bound is the policy's, plus what judge itself
// puts there.
func writable(b *builder, in Input) {
	b.because("limits.disk, limits.inodes", "")
	defer b.because("", "")
	disk, inodes := "50%", "0" // tmpfs(5): half of the memory; no bound
	if d := int64(in.Policy.Limits.Disk); d > 0 {
		disk = strconv.FormatInt(d+OwnDisk(in.Host.PageSize, in.Copies, in.Binds), 10)
	}
	if n := in.Policy.Limits.Inodes; n > 0 {
		inodes = strconv.FormatInt(n+skeletonInodes+int64(len(in.Copies)+copiedBinds(in)), 10)
	}
	b.mount("tmpfs", in.Host.MountPoint, "tmpfs", unix.MS_NOSUID,
		fmt.Sprintf("size=%s,nr_inodes=%s,mode=0755", disk, inodes))
}

// OwnDisk is a bound, in bytes, on what judge itself puts into the tmpfs. pageSize
// is the host's.
func OwnDisk(pageSize int64, copies []Copy, binds []Bind) int64 {
	pageSize = max(pageSize, 4096)
	d := int64(8 * pageSize) // a page for each small file of the skeleton
	for _, c := range copies {
		d += (c.Size + pageSize - 1) / pageSize * pageSize
	}
	for _, bind := range binds { // copies have whole pages
		d += (bind.Size + pageSize - 1) / pageSize * pageSize
	}
	return d
}

func copiedBinds(in Input) int {
	n := 0
	for _, bind := range in.Binds {
		if bind.Copy {
			n++
		}
	}
	return n
}

// DefaultHostname is what a run's machine is called, unless the policy says otherwise.
const DefaultHostname = "judge"

// Hosts is what /etc/hosts says.
func Hosts(name string) string {
	return "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\t" + name + "\n"
}

// BridgedHosts is the same for a run with a network, which is reached by its address.
func BridgedHosts(name, address, gateway string) string {
	return "127.0.0.1\tlocalhost\n::1\tlocalhost\n" + address + "\t" + name + "\n" + gateway + "\tgateway\n"
}

// lowerRoot: a directory under a writable overlay. What judge mounts upon is
// made in the upper layer first: a directory there hides whatever has its name
// below, so no link of a hostile rootfs can lead a mount astray.
func lowerRoot(b *builder, in Input, lower []int) {
	for _, dir := range []string{"upper", "work", "root", "mnt", "opt", "dev", "upper/dev", "upper/proc"} {
		b.mkdir(dir, 0o755)
	}
	places(b, in)
	ownNames(b, in)
	b.mkdir("upper/box", 0o755)
	mounted := []string{"dev", "box"}
	if in.Policy.Filesystem.Tmp {
		b.mkdir("upper/tmp", 0o755)
		mounted = append(mounted, "tmp")
	}
	if in.Policy.Filesystem.Sys == "ro" {
		b.mkdir("upper/sys", 0o755)
	}
	b.because("filesystem.rootfs", "")
	b.mount("overlay", "root", "overlay", unix.MS_NOSUID|unix.MS_NODEV,
		"lowerdir=/proc/self/fd/"+strconv.Itoa(lower[0])+",upperdir=upper,workdir=work"+userXattr(in))
	b.because("", "")
	for _, dir := range mounted {
		flags := uint64(unix.MS_BIND)
		if dir == "dev" && in.Host.Userns.Maps != HostIDs { // there the devices are mounts
			flags |= unix.MS_REC
		}
		b.mount(dir, "root/"+dir, "", flags, "")
	}
}

// userXattr: in a user namespace an overlay cannot keep its notes in trusted.*
// (Documentation/filesystems/overlayfs.rst, "User xattr").
func userXattr(in Input) string {
	if in.Host.Userns.Maps == HostIDs {
		return ""
	}
	return ",userxattr"
}

// places makes the writable directories and the devices, below the tmpfs.
func places(b *builder, in Input) {
	box(b, in)
	if in.Policy.Filesystem.Tmp {
		b.mkdir("tmp", 0o1777)
	}
	devices(b, in)
}

// devices are made, not bound: a node of the host's would carry locks from run
// to run. In a user namespace none can be made, nor opened through an overlay
// there (mknod(2); SB_I_NODEV, fs/super.c): what is bound there is the host's.
func devices(b *builder, in Input) {
	nodes := []struct {
		name         string
		major, minor uint32
	}{{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}}
	for _, n := range nodes {
		if in.Host.Userns.Maps != HostIDs {
			b.bindDevice(n.name)
			continue
		}
		b.call("mknodat", unix.SYS_MKNODAT, cwd(), Str("dev/"+n.name), Sym(unix.S_IFCHR|0o666, "S_IFCHR|0666"),
			Arg{Val: unix.Mkdev(n.major, n.minor), show: showDevice})
	}
	b.symlink("/proc/self/fd", "dev/fd")
	for fd, name := range []string{"stdin", "stdout", "stderr"} {
		b.symlink("/proc/self/fd/"+strconv.Itoa(fd), "dev/"+name)
	}
	placeForPseudoterminals(b, in)
	if in.Policy.Filesystem.Shm {
		b.mkdir("dev/shm", 0o1777)
	}
	if in.Queues {
		b.mkdir(queues[1:], 0o755)
	}
}

func (b *builder) bindDevice(name string) {
	b.call("mknodat", unix.SYS_MKNODAT, cwd(), Str("dev/"+name), Sym(unix.S_IFREG|0o644, "S_IFREG|0644"))
	b.mount("/dev/"+name, "dev/"+name, "", unix.MS_BIND, "")
}

func showDevice(a Arg) string {
	return "makedev(" + hex(unix.Major(a.Val)) + ", " + hex(unix.Minor(a.Val)) + ")"
}

// hex is C's %#x, which writes no 0x before a zero.
func hex(n uint32) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%#x", n)
}

// virtual mounts the kernel's own file systems, in the new root and when all
// binds are attached: a link of a hostile rootfs to /proc/self/fd would lead
// the target of one to whatever PID 1 has open, the source of another included.
func virtual(b *builder, in Input, aside heldBack) {
	fs := in.Policy.Filesystem
	b.because("filesystem.proc", procHint)
	options, wanted := procOptions(fs)
	switch {
	case aside.proc >= 0:
		b.attach(aside.proc, "/proc")
	case wanted:
		b.mount("proc", "/proc", "proc", virtualFlags, options)
	}
	if wanted && fs.Proc != "pids" {
		readOnlySys(b)
	}
	b.because("filesystem.sys", "")
	switch {
	case aside.sys >= 0:
		b.attach(aside.sys, "/sys")
	case fs.Sys == "ro":
		b.mount("sysfs", "/sys", "sysfs", virtualFlags|unix.MS_RDONLY, "")
	}
	b.because(whyMasks, "")
	masks(b, in)
	b.because("", "")
	if in.Queues {
		messageQueues(b)
	}
}

// queues is where mq_overview(7) has the file system of POSIX message queues.
const queues = "/dev/mqueue"

// messageQueues mounts that of the run's IPC namespace. It is there for people,
// and for Landlock, which can name it only by a mount: mq_open(3) needs none.
// A kernel without CONFIG_POSIX_MQUEUE has no such file system, and no mq_open.
func messageQueues(b *builder) {
	b.because("seccomp, which allows mq_open", "")
	b.op(OpTry, "mount", unix.SYS_MOUNT, Str("mqueue"), Str(queues), Str("mqueue"),
		Arg{Val: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, show: showMount}, Null())
	b.because("", "")
}

const (
	virtualFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	procHint     = "in a container, /proc must not be partly covered: proc(5) cannot be mounted anew there"
)

// procOptions are those of the run's own proc, if it gets one.
func procOptions(fs policy.Filesystem) (options string, wanted bool) {
	switch fs.Proc {
	case "none":
		return "", false
	case "pids":
		return "subset=pid," + hidePID, true
	}
	return hidePID, true
}

// hidePID hides what the run may not trace: PID 1, whose cgroup is one of the
// host's (proc(5), hidepid).
const hidePID = "hidepid=2"

// openTmpfs opens it through a mount that no seal makes read-only.
func (b *builder) openTmpfs(in Input) int {
	if in.Host.Userns.Maps != OneID || in.Root.Lower != "" {
		return b.open(".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	return b.opens("open_tree", unix.SYS_OPEN_TREE, cwd(), Str("."),
		Sym(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC"))
}

// enter makes the new tree the root and lets go of the old one. It returns a
// descriptor of the tmpfs, which the parent gets: by it, what the run wrote
// can be read when the mount namespace is gone.
func enter(b *builder, in Input) int {
	writable := b.openTmpfs(in)
	if in.Root.Lower != "" {
		b.chdir("root")
	}
	// The old root ends up on top of the new one, at the same place (pivot_root(2), "pivot_root(".", ".")").
	b.call("pivot_root", unix.SYS_PIVOT_ROOT, Str("."), Str("."))
	b.umount(".")
	b.chdir("/")
	return writable
}
