package lease

import (
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Who finds no core free waits in a line, which all runs of the host that share the
// directory stand in: the first of it holds core-gate by flock(2), and looks for a
// core; the others wait in the kernel for that lock. The kernel hands it on in the order
// in which they came (fs/locks.c, __locks_insert_block, since Linux 5.0: a waiter is put
// beneath the one that it would wait for; before that it wakes all of them in their
// order). Who comes while somebody waits goes to the end. A holder that is killed, at
// any moment, holds nothing, and one that is stopped in the line loses its place in it.
//
// Only the first can be stopped, as by Ctrl-Z, and keep the place: it writes to the
// gate at each look, so the others see that it does not, and look for themselves.

const (
	// lookEvery is between looks for a core of which nobody said that it is free, as
	// those of a killed holder, and for a signal.
	lookEvery = 5 * time.Millisecond
	// stoppedAfter is for how long the first of the line may write nothing.
	stoppedAfter = time.Second
)

// Await takes a core as Try does, and waits for it in the line; nil says that stop, which
// is asked now and then, does not want one any more.
func (t *Topology) Await(dir string, mine []int, first int, stop func() bool) (*Core, error) {
	path := filepath.Join(dir, "core-gate")
	gate, err := openAt(unix.AT_FDCWD, path, path)
	if err != nil {
		return nil, err
	}
	// Shared, so that two who come at once do not take one another for the first.
	if unix.Flock(gate, unix.LOCK_SH|unix.LOCK_NB) == nil {
		core, err := t.Try(dir, mine, first)
		unix.Flock(gate, unix.LOCK_UN) // an open file that is locked
		if core != nil || err != nil {
			unix.Close(gate)
			return core, err
		}
	}
	p := &place{gate: gate, turn: make(chan error, 1), bell: -1}
	go func() { p.turn <- lockInTurn(gate) }()
	defer p.leave()
	for {
		if p.ahead || p.firstStopped() {
			if core, err := t.Try(dir, mine, first); core != nil || err != nil {
				return core, err
			}
		}
		if stop() {
			return nil, nil
		}
		if err := p.wait(dir, mine); err != nil {
			return nil, fmt.Errorf("wait in the line for a core, at %s: %w", path, err)
		}
	}
}

// A place is one in the line.
type place struct {
	gate  int
	turn  chan error // has the end of waiting for the gate
	ahead bool       // it holds the gate
	bell  int        // an inotify descriptor that tells of cores that were given back; -1 without

	beat int64     // what the first has last written, as the time of the gate's modification
	seen time.Time // when that was new
}

// lockInTurn waits for the gate in the kernel's queue.
func lockInTurn(fd int) error {
	for {
		if err := unix.Flock(fd, unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}

// wait returns when there may be something to do: the place is the first one now, a core
// was given back, or some time has passed.
func (p *place) wait(dir string, mine []int) error {
	if !p.ahead {
		select {
		case err := <-p.turn:
			if err != nil {
				p.turn <- err // for leave
				return err
			}
			p.ahead = true
			p.bell = listen(dir, mine)
		case <-time.After(lookEvery):
		}
		return nil
	}
	unix.Pwrite(p.gate, []byte{'.'}, 0) // a full disk: the others look for themselves
	if p.bell < 0 {
		time.Sleep(lookEvery)
		return nil
	}
	ring := []unix.PollFd{{Fd: int32(p.bell), Events: unix.POLLIN}}
	if n, _ := unix.Poll(ring, int(lookEvery/time.Millisecond)); n > 0 {
		var events [4096]byte
		unix.Read(p.bell, events[:]) // what they say does not matter
	}
	return nil
}

// listen tells of writes to the files of cores, which Release does (inotify(7)); -1
// where the host has no more of such descriptors: then looking now and then has to do.
func listen(dir string, mine []int) int {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return -1
	}
	for _, n := range mine {
		if _, err := unix.InotifyAddWatch(fd, corePath(dir, n), unix.IN_MODIFY); err != nil {
			unix.Close(fd)
			return -1
		}
	}
	return fd
}

// firstStopped says whether the first of the line has done nothing for long.
func (p *place) firstStopped() bool {
	var st unix.Stat_t
	if err := unix.Fstat(p.gate, &st); err != nil {
		return true
	}
	if now := st.Mtim.Nano(); now != p.beat || p.seen.IsZero() {
		p.beat, p.seen = now, time.Now()
	}
	return time.Since(p.seen) > stoppedAfter
}

// leave gives the place up.
func (p *place) leave() {
	if p.bell >= 0 {
		unix.Close(p.bell)
	}
	if p.ahead {
		_ = release(p.gate) // unlocking an open file cannot fail, and nothing of worth was written
		return
	}
	go func() { // a lock cannot be unasked for: it is given back when it comes
		<-p.turn
		_ = release(p.gate)
	}()
}
