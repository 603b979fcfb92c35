package supervise

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// asked: a signal from outside. The first is forwarded, and the kill follows;
// the second kills.
func (l *loop) asked() {
	sig, now := l.Asked()
	l.fitTerminal()
	if sig == 0 {
		return
	}
	if l.gone {
		l.giveUp(fmt.Errorf("the program has ended, but its output was not taken, and then came %s", SignalName(sig)))
		return
	}
	if l.ev.Stopped != "" || l.ev.Exited != nil { // it has ended already, and for another cause
		l.kill()
		return
	}
	if l.ev.Cancel != 0 || now {
		if l.ev.Cancel == 0 {
			l.ev.Cancel = sig
		}
		l.kill()
		return
	}
	l.ev.Cancel = sig
	if l.GraceNow != nil {
		l.Grace = l.GraceNow()
	}
	l.graceEnd = time.Now().Add(l.Grace)
	l.forward()
}

// forward hands on what was asked for. PID 1 tells of the program after it has
// begun: until then the signal waits, for the program may be at work already.
func (l *loop) forward() {
	if l.ev.Cancel == 0 || l.killed || l.program < 0 {
		return
	}
	if err := unix.PidfdSendSignal(l.program, l.ev.Cancel, nil, 0); err != nil && err != unix.ESRCH {
		l.fail(fmt.Errorf("forward %s to the program: %w", SignalName(l.ev.Cancel), err))
	}
}

// stop ends the run for a cause; the first counts. Who was asked to end has no
// limit raised: the kill comes before the grace is over.
func (l *loop) stop(s Status) {
	if l.ev.Stopped == "" && l.ev.Cancel == 0 {
		l.ev.Stopped = s
	}
	l.kill()
}

func (l *loop) kill() {
	if l.killed || l.gone {
		return
	}
	l.killed = true
	if l.ev.Started != nil && l.ev.Exited == nil {
		l.ev.WallTime = time.Since(l.started)
	}
	if l.Second && l.program >= 0 {
		if err := unix.PidfdSendSignal(l.program, unix.SIGKILL, nil, 0); err != nil && err != unix.ESRCH {
			l.fail(fmt.Errorf("kill the command: %w", err))
		}
		return
	}
	if err := l.Child.Kill(); err != nil {
		l.fail(err)
	}
}
