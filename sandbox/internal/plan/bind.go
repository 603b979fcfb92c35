package plan

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A Bind shows a file or directory of the host at a place of the run's.
type Bind struct {
	Source, Target string // absolute
	Readonly       bool
	Dir            bool // Source is a directory
	Host           bool // a mount of the host's below what is shown of it, for which nobody asked

	Shared bool   // no overlay can be made over it: it is shown as it is, read-only
	Copy   bool   // a file that is a mount itself, over which there can be no overlay: it is copied
	Size   int64  // of what is copied
	Mode   uint32 // of it, as st_mode
}

// openBinds makes a mount of each source, not yet attached anywhere. What is
// read-only comes through an overlay of the run's own, so that no lock on it is
// seen outside; a writable one is the host's own.
func openBinds(b *builder, in Input) []int {
	var fds []int
	for i, bind := range in.Binds {
		b.because(bind.key(), "is "+bind.Source+" there?")
		switch {
		case bind.Copy:
			fds = append(fds, b.copied(bind, copyName(i)))
		case bind.Readonly && !bind.Shared:
			fds = append(fds, b.overlaid(bind))
		default:
			fds = append(fds, b.cloned(bind.Source, bind.Readonly))
		}
	}
	b.because("", "")
	return fds
}

// key is of the policy.
func (bind Bind) key() string {
	if bind.Host {
		return "filesystem.rootfs"
	}
	return "filesystem.bind"
}

// copied makes a mount of a copy in the tmpfs.
func (b *builder) copied(bind Bind, name string) int {
	b.copyIn(Copy{Source: bind.Source, Mode: bind.Mode, Size: bind.Size}, name, 0, 0)
	return b.cloned(name, true)
}

func copyName(i int) string { return "copy-" + strconv.Itoa(i) }

func (b *builder) overlaid(bind Bind) int {
	dir, name := bind.Source, ""
	if !bind.Dir {
		dir, name = path.Split(bind.Source)
	}
	lower := b.open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	b.mount("overlay", "mnt", "overlay", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, "lowerdir=opt:/proc/self/fd/"+strconv.Itoa(lower))
	b.close(lower)
	fd := b.cloned(path.Join("mnt", name), true)
	b.umount("mnt")
	return fd
}

// cloned is open_tree(2): a copy of a mount, which keeps the flags of the one
// that it was made from. A link is not followed: it would lead out of an
// overlay, to the host's own file.
func (b *builder) cloned(from string, readonly bool) int {
	fd := b.opens("open_tree", unix.SYS_OPEN_TREE, cwd(), Str(from),
		Sym(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_SYMLINK_NOFOLLOW|unix.AT_RECURSIVE,
			"OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_SYMLINK_NOFOLLOW|AT_RECURSIVE"))
	set, text := uint64(unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV), "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV"
	if readonly {
		set, text = set|unix.MOUNT_ATTR_RDONLY, "MOUNT_ATTR_RDONLY|"+text
	}
	attr := words(set, 0, 0, 0)
	b.call("mount_setattr", unix.SYS_MOUNT_SETATTR, Int(int64(fd)), Str(""),
		Sym(unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, "AT_EMPTY_PATH|AT_RECURSIVE"),
		Mem(attr, "{attr_set="+text+", attr_clr=0, propagation=0, userns_fd=0}"), Int(int64(len(attr))))
	return fd
}

// attachBinds comes last, inside the new root: a link in a target's path is
// resolved there and cannot lead out.
func attachBinds(b *builder, in Input, fds []int) {
	for i, bind := range in.Binds {
		b.because(bind.key(), fmt.Sprintf("may %s be made inside? Below a read-only directory it must exist", bind.Target))
		if !bind.Host { // whose place is there
			b.ensure(bind)
		}
		b.attach(fds[i], bind.Target)
		if bind.Copy && in.Root.Lower == "" { // the tmpfs is the root; elsewhere it is not seen. Without a name it could not be attached
			b.call("unlinkat", unix.SYS_UNLINKAT, cwd(), Str("/"+copyName(i)), Int(0))
		}
	}
	b.because("", "")
}

// ensure makes what is missing of a target's path.
func (b *builder) ensure(bind Bind) {
	parts := strings.Split(strings.Trim(bind.Target, "/"), "/")
	at := ""
	for i, part := range parts {
		at += "/" + part
		if i < len(parts)-1 || bind.Dir {
			b.op(OpTry, "mkdirat", unix.SYS_MKDIRAT, cwd(), Str(at), Sym(0o755, "0755"))
		} else {
			b.op(OpTry, "mknodat", unix.SYS_MKNODAT, cwd(), Str(at), Sym(unix.S_IFREG|0o644, "S_IFREG|0644"))
		}
	}
}
