package supervise

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/seccomp"
	"judge/sandbox/internal/spawn"
)

// message reads what PID 1 says.
func (l *loop) message() {
	m, fds, err := l.Child.Receive()
	switch {
	case err == nil:
	case errors.Is(err, unix.EAGAIN):
		return
	case errors.Is(err, spawn.ErrGone), errors.Is(err, unix.ECONNRESET):
		l.unwatch(l.Child.Ctl) // its pidfd says the rest
		return
	default:
		l.fail(err)
		return
	}
	switch m.Kind {
	case spawn.Failed:
		l.ev.Failed, l.ev.ExecFailed = &m, m.List == 1 && m.Step == l.ExecStep
	case spawn.Started:
		l.start(&m, fds)
	case spawn.Exited:
		l.ev.Exited = &m
		if m.Executed() {
			l.ev.WallTime = time.Duration(m.EndWall.Nano() - m.ExecWall.Nano())
		}
		l.settleEarly()
	}
}

// start takes over what the program can be watched by. Its clock began at exec,
// a moment ago.
func (l *loop) start(m *spawn.Message, fds []int) {
	if l.WatchProc != nil && len(fds) > 2 {
		l.WatchProc(fds[len(fds)-1])
		fds = fds[:len(fds)-1]
	}
	if len(fds) < 2 {
		l.fail(fmt.Errorf("the sandbox's init sent %d descriptors, at least 2 were expected", len(fds)))
		return
	}
	l.program, l.tmpfs = fds[0], fds[1]
	if !m.Executed() { // killed on its last steps; that it ended comes next
		for _, fd := range fds[2:] {
			unix.Close(fd)
		}
		return
	}
	l.ev.Started = m
	l.started = time.Now().Add(-since(m.ExecWall))
	if len(fds) > 2 {
		l.listener = fds[2]
		var err error
		if l.notices, err = seccomp.NewListener(); err != nil {
			l.fail(err)
			return
		}
		l.watch(l.listener, unix.EPOLLIN)
	}
	l.looks.begin(l.Run, l.started)
}

// since is the time that has passed since a reading of CLOCK_MONOTONIC.
func since(t unix.Timespec) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0
	}
	return time.Duration(now.Nano() - t.Nano())
}

// notice: the filter holds a call back. It is never answered; the run ends,
// unless it is being recorded.
func (l *loop) notice(events uint32) {
	if events&unix.EPOLLIN == 0 { // the last process under the filter is gone
		l.unwatch(l.listener)
		return
	}
	n, err := l.notices.Receive(l.listener)
	if errors.Is(err, seccomp.ErrGone) {
		return
	}
	if err != nil {
		l.fail(err)
		return
	}
	if l.Record != nil && l.answer(n) {
		return
	}
	if l.ev.Call == nil {
		call := n.Call()
		l.ev.Call = &call
	}
	l.stop(Syscall)
}
