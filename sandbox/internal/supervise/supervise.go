// Package supervise watches a run: one event loop over its pipes, clocks,
// counters and notices. It decides nothing but when to stop; [Decide] makes the
// cause out of what it saw.
package supervise

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/seccomp"
	"judge/sandbox/internal/spawn"
)

// A Run is what the loop watches.
type Run struct {
	Child    *spawn.Child
	Leaf     cgroup.Leaf
	Limits   policy.Limits
	Wall     time.Duration
	OOM      string
	ExecStep uint32        // number of execve in the program's list
	Cores    int           // that the run may use at once
	Grace    time.Duration // between a forwarded signal and the kill
	Out      [2]*Sink      // stdout, stderr
	In       *Feed         // nil if nothing is fed
	KeepDir  bool          // what the run wrote will be looked at
	Wake     int           // readable when Asked has something, which takes it away; -1 for none
	Asked    func() (sig unix.Signal, now bool)

	// Record says how a call that the filter hands over is answered: see
	// Evidence.Call for the usual run, in which it is nil.
	Record func(seccomp.Call) (answer unix.Errno, ok bool)
}

// setupPatience is how long the steps before exec may take. They wait for
// nothing but the host's disks.
const setupPatience = time.Minute

type loop struct {
	*Run
	ev    *Evidence
	poll  int // epoll
	timer int // timerfd, CLOCK_MONOTONIC

	tmpfs    int // directory that holds all that the run wrote, -1 before the start
	program  int // pidfd, -1 before the start
	listener int // of the filter's notices, -1 for none
	notices  *seccomp.Listener

	started  time.Time // when the program was executed, or when the loop began
	looks    looks
	graceEnd time.Time
	killed   bool
	gone     bool      // every process of the run
	flushEnd time.Time // when to give up a reader that takes nothing of what is left
	settled  bool      // the leaf is read and removed
	err      error
}

// Watch runs the loop until every process of the run is gone, and the leaf with
// them. The descriptor that it returns is a directory with all that the run
// wrote; -1 if it never started, or if KeepDir is not set.
func Watch(r *Run) (*Evidence, int, error) {
	l := &loop{
		Run: r, ev: &Evidence{Limits: r.Limits, Wall: r.Wall, OOM: r.OOM},
		poll: -1, timer: -1, tmpfs: -1, program: -1, listener: -1, started: time.Now(),
	}
	defer l.close()
	if err := l.open(); err != nil {
		l.kill()
		return l.ev, -1, errors.Join(err, r.Child.Reap(), r.Leaf.Remove())
	}
	for l.err == nil && !(l.gone && l.flushed()) {
		l.turn()
	}
	l.kill()
	for i, s := range l.Out {
		l.ev.Overflow[i] = s.Overflow
	}
	if l.In != nil {
		l.In.end()
	}
	err := r.Child.Reap()
	l.ev.InitKilledBy = r.Child.KilledBy()
	l.settle()
	return l.ev, l.tmpfs, errors.Join(l.err, err)
}

// settle reads the leaf's figures and removes it, once it is empty.
func (l *loop) settle() {
	if l.settled {
		return
	}
	l.settled = true
	l.lookTmpfs()
	var err error
	if l.ev.Usage, err = l.Leaf.Usage(); err != nil {
		l.fail(err)
	}
	if err := l.Leaf.Remove(); err != nil {
		l.fail(err)
	}
}

// lookTmpfs asks how full the writable places are. If they are not needed any
// more, PID 1's end frees them, while we do the rest.
func (l *loop) lookTmpfs() {
	if l.tmpfs < 0 {
		return
	}
	var st unix.Statfs_t
	if err := unix.Fstatfs(l.tmpfs, &st); err != nil {
		l.fail(fmt.Errorf("fstatfs of the run's tmpfs: %w", err))
	}
	l.ev.DiskFull, l.ev.InodesFull = st.Bavail == 0, st.Ffree == 0
	if !l.KeepDir {
		unix.Close(l.tmpfs)
		l.tmpfs = -1
	}
}

// settleEarly does it while PID 1 is still taking the namespaces down, if the
// program left nothing behind. That takes the kernel as long as it takes us.
func (l *loop) settleEarly() {
	empty, err := l.Leaf.Empty()
	if err != nil {
		l.fail(err)
	}
	if empty {
		l.unwatch(l.Leaf.OOMFD())
		l.settle()
	}
}

func (l *loop) open() error {
	var err error
	if l.poll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	if l.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return fmt.Errorf("timerfd_create: %w", err)
	}
	for _, fd := range []int{l.Child.PIDFD, l.Child.Ctl, l.timer} {
		l.watch(fd, unix.EPOLLIN)
	}
	if fd := l.Leaf.OOMFD(); fd >= 0 {
		l.watch(fd, l.Leaf.OOMEvents())
	}
	if l.Wake >= 0 {
		l.watch(l.Wake, unix.EPOLLIN)
	}
	for _, s := range l.Out {
		l.watch(s.Pipe, unix.EPOLLIN)
	}
	if l.In != nil {
		l.In.begin(l)
	}
	return l.err
}

func (l *loop) close() {
	for _, fd := range []int{l.poll, l.timer, l.program, l.listener} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// watch adds a descriptor, or changes what it is watched for.
func (l *loop) watch(fd int, events uint32) {
	ev := unix.EpollEvent{Events: events, Fd: int32(fd)}
	err := unix.EpollCtl(l.poll, unix.EPOLL_CTL_ADD, fd, &ev)
	if err == unix.EEXIST {
		err = unix.EpollCtl(l.poll, unix.EPOLL_CTL_MOD, fd, &ev)
	}
	if err != nil {
		l.fail(fmt.Errorf("epoll_ctl of descriptor %d: %w", fd, err))
	}
}

func (l *loop) unwatch(fd int) {
	unix.EpollCtl(l.poll, unix.EPOLL_CTL_DEL, fd, nil) // it may not be there; then all is well
}

func (l *loop) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// turn waits for events and handles them.
func (l *loop) turn() {
	l.setTimer()
	var events [16]unix.EpollEvent
	n, err := unix.EpollWait(l.poll, events[:], -1)
	if err != nil {
		if err != unix.EINTR {
			l.fail(fmt.Errorf("epoll_wait: %w", err))
		}
		return
	}
	over := false
	for _, ev := range events[:n] {
		if int(ev.Fd) == l.Child.PIDFD {
			over = true
			continue
		}
		l.handle(int(ev.Fd), ev.Events)
	}
	if over {
		l.over()
	}
	l.look(time.Now())
}

// over: every process is gone. A last message may wait, and what is left in the
// pipes still counts.
func (l *loop) over() {
	l.unwatch(l.Child.PIDFD)
	for range 3 {
		l.message()
	}
	l.gone = true
	for _, s := range l.Out {
		s.turn(l)
	}
	l.extend()
}

// flushed says whether all output is handed on.
func (l *loop) flushed() bool { return l.Out[0].done && l.Out[1].done }

// extend gives a reader new time. Only after a kill is it bounded: a program
// that ended by itself is owed all its output, however slow the reader is.
func (l *loop) extend() {
	if l.gone && l.killed {
		l.flushEnd = time.Now().Add(l.Grace)
	}
}

// giveUp throws away what a reader does not take.
func (l *loop) giveUp(err error) {
	for _, s := range l.Out {
		if !s.done {
			s.Overflow = s.Overflow || l.killed // cut short, and said so
			s.abandon(l)
			if err != nil {
				l.fail(err)
			}
		}
	}
}

func (l *loop) handle(fd int, events uint32) {
	switch fd {
	case l.Child.Ctl:
		l.message()
	case l.timer:
		var buf [8]byte
		unix.Read(l.timer, buf[:]) // only to take the event away
	case l.listener:
		l.notice(events)
	case l.Leaf.OOMFD():
		if !l.settled {
			l.oomEvent()
		}
	case l.Wake:
		l.asked()
	default:
		l.stream(fd)
	}
}

func (l *loop) stream(fd int) {
	for _, s := range l.Out {
		if fd == s.Pipe || fd == s.Dest {
			s.turn(l)
			return
		}
	}
	if l.In != nil {
		l.In.turn(l, fd)
	}
}

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

// asked: a signal from outside. The first is forwarded, and the kill follows;
// the second kills.
func (l *loop) asked() {
	sig, now := l.Asked()
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
	if l.ev.Cancel != 0 || now || l.program < 0 {
		if l.ev.Cancel == 0 {
			l.ev.Cancel = sig
		}
		l.kill()
		return
	}
	l.ev.Cancel = sig
	l.graceEnd = time.Now().Add(l.Grace)
	if err := unix.PidfdSendSignal(l.program, sig, nil, 0); err != nil && err != unix.ESRCH {
		l.fail(fmt.Errorf("forward %s to the program: %w", SignalName(sig), err))
	}
}

// stop ends the run for a cause, unless it has ended already.
func (l *loop) stop(s Status) {
	if l.ev.Stopped != "" || l.ev.Cancel != 0 {
		return
	}
	l.ev.Stopped = s
	l.kill()
}

func (l *loop) kill() {
	if l.killed {
		return
	}
	if l.gone {
		return
	}
	l.killed = true
	if l.ev.Started != nil && l.ev.Exited == nil {
		l.ev.WallTime = time.Since(l.started)
	}
	if err := l.Child.Kill(); err != nil {
		l.fail(err)
	}
}
