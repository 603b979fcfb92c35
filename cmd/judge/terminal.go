package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

// A userTerminal is the caller's, between whom and the program's own terminal judge
// hands on what is typed and what is written. It is raw meanwhile: what a key does
// is for the program's terminal to say.
type userTerminal struct {
	in, out int           // descriptors; -1 where that is no terminal
	was     *unix.Termios // nil if there is nothing to restore
	asked   bool          // the program wrote something that a terminal may answer
}

// terminalSignals are those that concern a terminal, besides what every run listens
// to. SIGQUIT would end judge with the terminal as it is.
var terminalSignals = [...]unix.Signal{unix.SIGWINCH, unix.SIGCONT, unix.SIGQUIT}

// openTerminal makes the caller's terminal raw, if he has one, and cmd's streams
// those of a terminal. restore must be deferred.
func openTerminal(cmd *sandbox.Command) (*userTerminal, error) {
	t := &userTerminal{in: terminalAt(0), out: terminalAt(1)}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, nil
	cmd.Terminal = &sandbox.Terminal{Size: t.size}
	cmd.Observe = t.observe
	var err error
	if cmd.SignalFD, err = listen(terminalSignals[:]...); err != nil || t.in < 0 {
		return t, err
	}
	was, err := unix.IoctlGetTermios(t.in, unix.TCGETS)
	if err != nil {
		return t, fmt.Errorf("read the terminal's settings: %w", err)
	}
	t.was = was
	return t, t.raw()
}

func terminalAt(fd int) int {
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		return -1
	}
	return fd
}

// raw is what cfmakeraw(3) makes of the settings.
func (t *userTerminal) raw() error {
	raw := *t.was
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Oflag &^= unix.OPOST
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cflag = raw.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(t.in, unix.TCSETS, &raw); err != nil {
		return fmt.Errorf("make the terminal raw: %w", err)
	}
	return nil
}

// size is asked for whenever a signal has come: after SIGCONT the shell may have
// set the terminal as it likes it.
func (t *userTerminal) size() (unix.Winsize, bool) {
	if t.was != nil {
		_ = t.raw() // a terminal that is gone says so by the end of its input
	}
	for _, fd := range []int{t.out, t.in} {
		if fd < 0 {
			continue
		}
		if size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil {
			return *size, true
		}
	}
	return unix.Winsize{}, false
}

// observe notes whether the program wrote a character with which a question to a
// terminal can begin: ENQ, ESC, and the 8-bit controls of ECMA-48, which are bytes
// of UTF-8 text, too.
func (t *userTerminal) observe(data []byte) {
	t.asked = t.asked || bytes.ContainsFunc(data, func(r rune) bool { return r == 5 || r == 0x1b || r == 0xfffd || r >= 0x80 && r < 0xa0 })
}

// restore gives the caller his terminal back, and throws away what it answered to
// the program and the program did not read: his shell would read it next, as if he
// had typed it. It may be called again, and does nothing then.
func (t *userTerminal) restore() {
	if t.was == nil {
		return
	}
	how := uint(unix.TCSETSW)
	if t.asked {
		if t.out >= 0 {
			t.settle()
		}
		how = unix.TCSETSF // what is typed and not yet read goes
	}
	if err := unix.IoctlSetTermios(t.in, how, t.was); err != nil && err != unix.EIO { // EIO: it is gone
		cli.Complain(fmt.Errorf("restore the terminal: %w; reset(1) does", err))
	}
	t.was = nil
}

// The program may have left a sequence unfinished, and have asked for reports of the
// mouse: CAN and ST end the first, the next turn off the second. A terminal answers
// in order, so with the answer to the last, which asks whether all is well, there is
// no other to come (xterm's ctlseqs; ECMA-48, DSR).
const (
	calm     = "\x18\x1b\\\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l"
	question = "\x1b[5n"
	answer   = "\x1b[0n"
)

// patienceToAnswer is for terminals that answer late, and for those that never do.
const patienceToAnswer = 500 * time.Millisecond

// settle waits for the terminal to have answered everything.
func (t *userTerminal) settle() {
	if _, err := unix.Write(t.out, []byte(calm+question)); err != nil {
		return // it is gone
	}
	var seen []byte
	fds := []unix.PollFd{{Fd: int32(t.in), Events: unix.POLLIN}}
	for deadline := time.Now().Add(patienceToAnswer); time.Now().Before(deadline); {
		n, err := unix.Poll(fds, int(time.Until(deadline).Milliseconds())+1)
		if err == unix.EINTR || n == 0 && err == nil {
			continue
		}
		buf := make([]byte, 256)
		if n, err = unix.Read(t.in, buf); err != nil || n <= 0 {
			return
		}
		seen = append(seen, buf[:n]...)
		if bytes.HasSuffix(seen, []byte(answer)) {
			return
		}
		seen = seen[max(0, len(seen)-len(answer)):]
	}
}
