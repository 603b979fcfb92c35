package plan

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// box makes /box and puts in what the run starts with. It is copied here, by
// PID 1: what the program may read it then owns or reads as everybody, whatever
// owner and mode the file has outside; the pages are charged to judge, not to
// the run; and no other thread can hold a file open for writing when the
// program executes it (ETXTBSY). What lies in BoxLower is all that without being copied.
func box(b *builder, in Input) {
	owner := in.outside()
	b.mkdir("box", 0o700)
	for _, c := range in.Copies {
		b.because("the file "+Quote(c.Source), "it must not change or go away while judge starts")
		b.copyIn(c, "box/"+c.Name, owner.UID, owner.GID)
	}
	b.because("", "")
	b.chown("box", owner.UID, owner.GID)
	if in.BoxLower != "" {
		b.because("the box "+Quote(in.BoxLower), overlayHint)
		lowerBox(b, in)
		b.because("", "")
	}
}

// lowerBox lays the box over BoxLower, by itself. It is writable by an upper layer, and
// what the run writes is where it is without.
func lowerBox(b *builder, in Input) {
	lower := b.open(in.BoxLower, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	from, flags := "/proc/self/fd/"+strconv.Itoa(lower), uint64(unix.MS_NOSUID|unix.MS_NODEV)
	if in.ReadonlyBox {
		b.mount("overlay", "box", "overlay", flags|unix.MS_RDONLY, "lowerdir=box:"+from)
	} else {
		b.mkdir("root/boxwork", 0o700) // in a directory that the run does not look into
		b.mount("overlay", "box", "overlay", flags, "lowerdir="+from+",upperdir=box,workdir=root/boxwork"+userXattr(in))
	}
	b.close(lower)
}

// closeBox covers /box, with all that is bound below it, by a read-only mount of
// itself: who owns the files does not matter then, and the tmpfs around stays writable.
func closeBox(b *builder, in Input) {
	if in.ReadonlyBox && in.BoxLower == "" { // an overlay without an upper layer is so by itself
		b.attach(b.cloned("/box", true), "/box")
	}
}

func (b *builder) copyIn(c Copy, to string, uid, gid int) {
	switch perm := c.Mode & 0o777; c.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		b.mkdir(to, perm|0o700)
	case unix.S_IFLNK:
		b.symlink(c.Source, to)
	default:
		flags := unix.O_RDONLY | unix.O_NOCTTY | unix.O_NONBLOCK | unix.O_CLOEXEC
		if c.Owned { // found in a directory, and no link then
			flags |= unix.O_NOFOLLOW
		}
		in := b.open(c.Source, flags, 0)
		out := b.open(to, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, perm)
		if c.Size > 0 {
			b.op(OpDrain, "sendfile", unix.SYS_SENDFILE, Int(int64(out)), Int(int64(in)), Null(), Int(maxSend))
		}
		b.close(in)
		b.close(out)
	}
	if c.Owned {
		b.chown(to, uid, gid)
	}
}

// maxSend is the most that one sendfile(2) transfers.
const maxSend = 0x7ffff000
