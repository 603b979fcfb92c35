package supervise

import (
	"errors"
	"fmt"
	"slices"
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
	if m.Kind == spawn.Started {
		l.start(&m, fds)
		return
	}
	if m.Kind == spawn.Entrance && l.Handed != nil {
		l.Handed(fds)
		l.Handed = nil // there is one
		return
	}
	spawn.CloseAll(fds) // no other message brings any
	switch m.Kind {
	case spawn.Failed:
		l.ev.Failed, l.ev.ExecFailed = &m, m.List == 1 && m.Step == l.ExecStep
	case spawn.Exited:
		l.ev.Exited = &m
		if m.Executed() {
			l.ev.WallTime = time.Duration(m.EndWall.Nano() - m.ExecWall.Nano())
		}
		l.settleEarly()
	default:
		l.fail(fmt.Errorf("the sandbox's init sent a message of the unknown kind %d", m.Kind))
	}
}

// start takes over what the program can be watched by. Its clock began at exec,
// a moment ago.
func (l *loop) start(m *spawn.Message, fds []int) {
	least := 2
	if l.WatchProc != nil {
		least++
	}
	if l.Size != nil {
		least++
	}
	switch {
	case l.tmpfs >= 0:
		l.fail(errors.New("the sandbox's init says a second time that the program runs"))
	case len(fds) < least || len(fds) > least+1: // with a listener
		l.fail(fmt.Errorf("the sandbox's init sent %d descriptors, %d or %d were expected", len(fds), least, least+1))
	}
	if l.err != nil {
		spawn.CloseAll(fds)
		return
	}
	if l.WatchProc != nil {
		l.WatchProc(fds[len(fds)-1])
		fds = fds[:len(fds)-1]
	}
	l.program, l.tmpfs = fds[0], fds[1]
	if l.Size != nil {
		l.terminal(fds[2])
		fds = slices.Delete(fds, 2, 3)
	}
	if !m.Executed() { // killed on its last steps; that it ended comes next
		spawn.CloseAll(fds[2:])
		return
	}
	l.ev.Started = m
	l.started = time.Now().Add(-m.SinceExec())
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
	if l.Begun != nil {
		l.Begun()
	}
	l.forward()
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
