package supervise

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// endOfFile is what a terminal takes for the end of the input, unless the program
// has told it otherwise: Ctrl-D (VEOF, termios(3)).
const endOfFile = 4

// terminal takes over the upper end of the program's terminal. Both streams have a
// descriptor of it, for the loop waits for each apart.
func (l *loop) terminal(fd int) {
	l.Out[0].Pipe = fd
	if err := unix.SetNonblock(fd, true); err != nil {
		l.fail(fmt.Errorf("make a terminal nonblocking: %w", err))
		return
	}
	l.fitTerminal() // it may have changed since the plan was made
	l.watch(fd, unix.EPOLLIN)
	if l.In == nil {
		return
	}
	again, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		l.fail(fmt.Errorf("copy descriptor %d: %w", fd, err))
		return
	}
	l.In.Pipe = again
	l.In.begin(l)
}

// fitTerminal gives the program's terminal the size of the caller's; the kernel
// tells the program if that is another (SIGWINCH).
func (l *loop) fitTerminal() {
	if l.Size == nil || l.Out[0].Pipe < 0 {
		return
	}
	if size, ok := l.Size(); ok {
		unix.IoctlSetWinsize(l.Out[0].Pipe, unix.TIOCSWINSZ, &size) // a terminal that is gone needs no size
	}
}
