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

	// WatchProc takes a descriptor of the run's /proc, where the leaf is to know
	// it; else it is nil, and none comes.
	WatchProc func(fd int)

	// Size, if not nil, says that the program has a terminal, and how large the
	// caller's is; false that this is not known. The upper end comes with the
	// message that the program runs: Out[0] and In are it then, and have no pipe before.
	Size func() (unix.Winsize, bool)

	// Second says that this is a second command of a run. Its Child is not PID 1: what is killed is the program,
	// which the child then waits for.
	Second bool
	// Handed takes what a second command enters by, before Begun; where it is nil, none comes.
	Handed func(fds []int)
	// Begun is called when the program has been executed; nil for nothing.
	Begun func()
	// GraceNow, if not nil, gives Grace when a signal comes.
	GraceNow func() time.Duration

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
	if l.Size != nil {
		l.Out[1].done = true
		return l.err
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
