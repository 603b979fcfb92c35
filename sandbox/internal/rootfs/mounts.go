package rootfs

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/procfs"
)

// An overlay shows one file system: of what else is mounted below the directory
// that it is made over, it shows the places, empty. So each of these mounts is
// shown on its own.

// Expand is the binds that it takes to show what lies at b.Source: b itself, and
// what is mounted below it. A writable one is a mount itself, with all that is
// below.
func (v *View) Expand(b plan.Bind) ([]plan.Bind, error) {
	if !b.Readonly {
		return []plan.Bind{b}, nil
	}
	if !b.Dir {
		own, isMount, err := look(b.Source)
		locked := false
		if err == nil {
			locked, err = v.hasLocked(path.Dir(b.Source))
		}
		if err == nil && isMount { // what an overlay over its directory shows is the file under the mount
			b.Copy, b.Size, b.Mode = true, own.Size, own.Mode
		} else if err == nil && (locked || !v.stackable(path.Dir(b.Source))) {
			b.Shared = true
		}
		return []plan.Bind{b}, err
	}
	locked, err := v.hasLocked(b.Source)
	if err != nil {
		return nil, err
	}
	if locked || !v.stackable(b.Source) {
		b.Shared = true
		return []plan.Bind{b}, nil
	}
	below, err := v.mountsBelow(b.Source)
	if err != nil {
		return nil, err
	}
	out := []plan.Bind{b}
	for _, source := range below {
		add, err := v.submount(source, b.Target+strings.TrimPrefix(source, b.Source))
		if err != nil {
			return nil, err
		}
		out = append(out, add...)
	}
	return out, nil
}

// mostCopied is the size of a file that is copied unasked, for each run.
const mostCopied = 64 << 20

// submount is the bind that shows a mount, if it is there for everybody to
// see: a later one may have covered it.
func (v *View) submount(source, target string) ([]plan.Bind, error) {
	st, isMount, err := look(source)
	if err != nil || !isMount {
		return nil, nil // hidden, or gone: the run sees what lies below
	}
	b := plan.Bind{Source: source, Target: target, Readonly: true, Host: true}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		b.Dir = true
		b.Shared = !v.stackable(source)
	case unix.S_IFREG:
		if st.Size > mostCopied {
			return nil, fmt.Errorf("show %s, a mount of its own: it has %d bytes, and a file of at most %d is copied into a run", source, st.Size, mostCopied)
		}
		b.Copy, b.Size, b.Mode = true, st.Size, st.Mode
	default:
		return nil, nil // devices and sockets are no run's
	}
	return []plan.Bind{b}, nil
}

// look says whether a path is where something is mounted (statx(2), Linux 5.8).
func look(name string) (st unix.Stat_t, isMount bool, err error) {
	var x unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, unix.STATX_BASIC_STATS, &x); err != nil {
		return st, false, fmt.Errorf("statx %s: %w", name, err)
	}
	st.Mode, st.Size = uint32(x.Mode), int64(x.Size)
	return st, x.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0, nil
}

// hasLocked says whether there are mounts below a directory that an overlay
// must not be made over: in a user namespace nobody may look under the mounts
// that it began with (mount_namespaces(7); clone_private_mount in fs/namespace.c).
func (v *View) hasLocked(dir string) (bool, error) {
	if !v.own.Userns {
		return false, nil
	}
	mountinfo, err := procfs.Mounts()
	return len(below(mountinfo, dir, true)) > 0, err
}

// mountsBelow lists the places below a directory where something is mounted,
// those that lie in others after them.
func (v *View) mountsBelow(dir string) ([]string, error) {
	mountinfo, err := procfs.Mounts()
	return below(mountinfo, dir, false), err
}

// below finds the mounts of mountinfo below a directory; all is with the kernel's own.
func below(mountinfo []byte, dir string, all bool) []string {
	var out []string
	start := strings.TrimSuffix(dir, "/") + "/"
	prefix := []byte(" " + procfs.Escape(start))
	for line := range bytes.Lines(mountinfo) {
		if !bytes.Contains(line, prefix) { // quick: most are elsewhere
			continue
		}
		m, ok := procfs.ParseMount(line)
		if ok && strings.HasPrefix(m.Point, start) && (all || !kernelsOwn(m.Kind)) {
			out = append(out, m.Point)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// kernelsOwn are kinds of file systems that hold no files of anybody's. Those
// that mount something when they are looked at are left alone, too.
func kernelsOwn(kind string) bool {
	switch kind {
	case "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "debugfs", "tracefs", "securityfs", "selinuxfs", "bpf",
		"configfs", "fusectl", "hugetlbfs", "pstore", "efivarfs", "binfmt_misc", "rpc_pipefs", "nfsd", "nsfs", "autofs":
		return true
	}
	return false
}

// Overlays says whether a run can have an overlay over a directory.
func (v *View) Overlays(dir string) bool {
	if v.Root.Shared || !v.stackable(dir) {
		return false
	}
	locked, err := v.hasLocked(dir)
	return err == nil && !locked
}

// stackable says whether an overlay can be made over a directory. Overlays stack
// two deep (FILESYSTEM_MAX_STACK_DEPTH, include/linux/fs.h), and how deep one is
// tells nobody: so where there is one already, another is made for a moment, with
// judge's own directory as the second that an overlay to be read must have.
func (v *View) stackable(dir string) bool {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil || int64(st.Type) != unix.OVERLAYFS_SUPER_MAGIC {
		return true
	}
	fd, err := unix.Fsopen("overlay", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return true // the step that mounts it will say why not
	}
	defer unix.Close(fd)
	lower := ""
	for _, layer := range []string{v.own.Dir, dir} { // by descriptors: a colon in a name would end it
		at, err := unix.Open(layer, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return true
		}
		defer unix.Close(at)
		lower += ":/proc/self/fd/" + strconv.Itoa(at)
	}
	if unix.FsconfigSetString(fd, "lowerdir", lower[1:]) != nil {
		return true
	}
	return unix.FsconfigCreate(fd) != unix.EINVAL
}
