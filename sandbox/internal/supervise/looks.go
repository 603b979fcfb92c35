package supervise

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// looks are the times at which counters are looked at. There is no interval:
// the next look at the CPU time is when the limit could be reached at the
// earliest, if all cores were busy with nothing else.
type looks struct {
	cpu   time.Time // next look at the CPU limit, zero for none
	idle  time.Time // next sample for the idle limit, zero for none
	oom   time.Time // next look at the OOM count, zero for none
	tries int

	samples []sample // of the last idle window, oldest first
}

type sample struct {
	at  time.Time
	cpu time.Duration
}

// shortest is the shortest time between two looks. The kernel's own figure is
// up to a tick old, so looking more often tells nothing.
const shortest = time.Millisecond

// idleSamples is how many samples an idle window is divided into.
const idleSamples = 20

func (k *looks) begin(r *Run, started time.Time) {
	if limit := r.Limits.CPUTime; limit > 0 {
		k.cpu = started.Add(max(limit/time.Duration(r.Cores), shortest))
	}
	if limit := r.Limits.IdleTime; limit > 0 {
		k.samples = []sample{{started, 0}}
		k.idle = started.Add(max(limit/idleSamples, shortest))
	}
}

// earliest of the times that are set.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func (l *loop) wallEnd() time.Time {
	switch {
	case l.ev.Started == nil:
		return l.started.Add(setupPatience)
	case l.Wall > 0:
		return l.started.Add(l.Wall)
	}
	return time.Time{}
}

// setTimer arms the timer for what comes next.
func (l *loop) setTimer() {
	next := l.flushEnd
	if !l.killed && l.ev.Exited == nil {
		next = earliest(l.wallEnd(), l.looks.cpu, l.looks.idle, l.looks.oom, l.graceEnd)
	}
	if next.IsZero() {
		return
	}
	wait := max(time.Until(next), 1) // 0 would disarm it (timerfd_settime(2))
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(wait))}
	if err := unix.TimerfdSettime(l.timer, 0, &spec, nil); err != nil {
		l.fail(fmt.Errorf("timerfd_settime to %v: %w", wait, err))
	}
}

// look does what is due.
func (l *loop) look(now time.Time) {
	if due(l.flushEnd, now) {
		l.giveUp(nil)
	}
	if l.killed || l.ev.Exited != nil {
		return
	}
	if end := l.wallEnd(); !end.IsZero() && !now.Before(end) {
		if l.ev.Started == nil {
			l.fail(fmt.Errorf("the sandbox's init did not start the program within %v", setupPatience))
			return
		}
		l.stop(WallTime)
	}
	if due(l.graceEnd, now) {
		l.kill()
	}
	if due(l.looks.oom, now) {
		l.lookOOM(now)
	}
	if due(l.looks.cpu, now) {
		l.lookCPU(now)
	}
	if due(l.looks.idle, now) {
		l.lookIdle(now)
	}
}

func due(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }

// used is the program's CPU time so far.
func (l *loop) used() time.Duration {
	cpu, err := l.Leaf.CPU()
	if err != nil {
		l.fail(err)
	}
	return cpu - l.ev.Started.SetupCPU()
}

func (l *loop) lookCPU(now time.Time) {
	left := l.Limits.CPUTime - l.used()
	if left <= 0 {
		l.stop(CPUTime)
		return
	}
	l.looks.cpu = now.Add(max(left/time.Duration(l.Cores), shortest))
}

// starved is how far apart two samples are at least, and not less than a quarter of the
// window, when judge itself did not get to run: what the program did meanwhile, if it got
// to, may be over, and its end be waiting to be read.
const starved = 100 * time.Millisecond

// lookIdle compares now with the start of the window: less than 1 % of a core. The window
// begins anew after a time in which judge was starved, and while a task of the run waits for
// a processor or a disk: that is not idle, but on a busy host.
func (l *loop) lookIdle(now time.Time) {
	window, cpu := l.Limits.IdleTime, l.used()
	if n := len(l.looks.samples); now.Sub(l.looks.samples[n-1].at) >= max(window/4, starved) {
		l.looks.samples = l.looks.samples[:0]
	}
	l.looks.samples = append(l.looks.samples, sample{now, cpu})
	s := l.looks.samples
	for len(s) > 1 && now.Sub(s[1].at) >= window {
		s = s[1:]
	}
	l.looks.samples = s
	if now.Sub(s[0].at) >= window && cpu-s[0].cpu < window/100 {
		busy, err := l.Leaf.Active()
		switch {
		case err != nil:
			l.fail(err)
			return
		case !busy:
			l.stop(IdleTime)
			return
		}
		l.looks.samples = s[len(s)-1:]
	}
	l.looks.idle = now.Add(max(window/idleSamples, shortest))
}

// oomEvent: memory ran out in the leaf. On v1 the event comes before the kill,
// and a kill may prove unnecessary, so the count decides.
func (l *loop) oomEvent() {
	if err := l.Leaf.TakeOOMEvent(); err != nil {
		l.fail(err)
		return
	}
	l.looks.tries = 0
	l.lookOOM(time.Now())
}

func (l *loop) lookOOM(now time.Time) {
	const most = 100
	l.looks.oom = time.Time{}
	kills, err := l.Leaf.OOMKills()
	switch {
	case err != nil:
		l.fail(err)
	case kills > 0 && l.OOM != "process":
		l.stop(Memory)
	case kills == 0 && l.looks.tries < most:
		l.looks.tries++
		l.looks.oom = now.Add(shortest)
	}
}
