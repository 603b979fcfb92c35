package plan

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A Terminal is the pseudo-terminal that a process gets as its three standard
// streams and as its controlling terminal.
type Terminal struct{ Rows, Cols uint16 }

// ptmx makes a new pseudo-terminal of the run's own (pts(4)).
const ptmx = "/dev/pts/ptmx"

// pseudoterminals mounts a file system of pseudo-terminals that nobody else has: every
// mount of it is one (Documentation/filesystems/devpts.rst). There are few in it, for
// those of all runs together are bounded on the host (sysctl kernel.pty.max).
func pseudoterminals(b *builder, in Input) {
	if !in.Pseudoterminals {
		return
	}
	b.because("--tty, --name", "the kernel needs CONFIG_UNIX98_PTYS")
	b.mount("devpts", "/dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "ptmxmode=0666,mode=0620,max=64")
	b.because("", "")
}

// placeForPseudoterminals is made with the other devices.
func placeForPseudoterminals(b *builder, in Input) {
	if !in.Pseudoterminals {
		return
	}
	b.mkdir("dev/pts", 0o755)
	b.symlink("pts/ptmx", "dev/ptmx")
}

// terminal makes the pseudo-terminal and puts its lower end in the place of the
// streams that judge has sent. It returns the descriptor of the upper end, which is
// judge's, or -1. The lower end is never looked up by a name (TIOCGPTPEER,
// ioctl_tty(2), since Linux 4.13): in a second command's case hostile code would be
// there to exchange it.
func terminal(b *builder, in Input) int {
	if in.Terminal == nil {
		return -1
	}
	b.because("--tty", "")
	defer b.because("", "")
	const flags, text = unix.O_RDWR | unix.O_NOCTTY | unix.O_CLOEXEC, "O_RDWR|O_NOCTTY|O_CLOEXEC"
	how := words(flags, 0, unix.RESOLVE_NO_SYMLINKS) // struct open_how
	upper := b.opens("openat2", unix.SYS_OPENAT2, cwd(), Str(ptmx), Mem(how, "{flags="+text+", resolve=RESOLVE_NO_SYMLINKS}"), Int(int64(len(how))))
	b.call("ioctl", unix.SYS_IOCTL, Int(int64(upper)), Sym(unix.TIOCSPTLCK, "TIOCSPTLCK"), Mem(make([]byte, 4), "[0]"))
	size := Mem(words(uint64(in.Terminal.Rows)|uint64(in.Terminal.Cols)<<16), // struct winsize, on a little-endian machine as both are
		fmt.Sprintf("{ws_row=%d, ws_col=%d, ws_xpixel=0, ws_ypixel=0}", in.Terminal.Rows, in.Terminal.Cols))
	b.call("ioctl", unix.SYS_IOCTL, Int(int64(upper)), Sym(unix.TIOCSWINSZ, "TIOCSWINSZ"), size)
	lower := b.opens("ioctl", unix.SYS_IOCTL, Int(int64(upper)), Sym(unix.TIOCGPTPEER, "TIOCGPTPEER"), Sym(flags, text))
	if in.Host.Userns.Maps != OneID { // else it is the program's already
		b.call("fchown", unix.SYS_FCHOWN, Int(int64(lower)), Int(int64(in.UID)), Int(int64(in.GID)))
	}
	for fd := range 3 {
		b.call("dup3", unix.SYS_DUP3, Int(int64(lower)), Int(int64(fd)), Int(0))
	}
	b.close(lower)
	return upper
}

// controlTerminal makes its standard input the controlling terminal of a session's leader.
func controlTerminal(b *builder, in Input) {
	if in.Terminal == nil {
		return
	}
	b.because("--tty", "")
	b.call("ioctl", unix.SYS_IOCTL, Int(0), Sym(unix.TIOCSCTTY, "TIOCSCTTY"), Int(0))
	b.because("", "")
}
