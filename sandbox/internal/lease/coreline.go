package lease

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Who finds no core free waits in a line, which all runs of the host that share the
// directory stand in. Those of one process have an order of their own (turns); the first
// of them waits for core-gate, by flock(2), and who holds that looks for a core. The kernel
// hands the gate on in the order in which the processes asked for it (fs/locks.c,
// __locks_insert_block, since Linux 5.0: a waiter is put beneath the one that it would wait
// for; before that it wakes all of them in their order). Who comes while somebody waits
// goes to the end. A holder that is killed, at any moment, holds nothing, and one that is
// stopped in the line loses its place in it.
//
// Only who has the gate can be stopped, as by Ctrl-Z, and keep it: it writes to the gate at
// each look, so the others see that it does not, and look for themselves.

const (
	// lookEvery is between looks for a core of which nobody said that it is free, as
	// those of a killed holder, and for a signal.
	lookEvery = 5 * time.Millisecond
	// stoppedAfter is for how long who has the gate may write nothing.
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
	// Shared, so that two who come at once do not take one another for who waits.
	if t.turns.none() && unix.Flock(gate, unix.LOCK_SH|unix.LOCK_NB) == nil {
		core, err := t.Try(dir, mine, first)
		unix.Flock(gate, unix.LOCK_UN) // an open file that is locked
		if core != nil || err != nil {
			unix.Close(gate)
			return core, err
		}
	}
	turn := t.turns.join()
	p := &place{gate: gate, turn: turn}
	defer t.turns.leave(turn)
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
		if err := p.wait(dir); err != nil {
			return nil, fmt.Errorf("wait in the line for a core, at %s: %w", path, err)
		}
	}
}

// A place is one in the line.
type place struct {
	gate   int
	turn   <-chan struct{} // closed when it is the first of its process; nil afterwards
	locked chan error      // has the end of waiting for the gate; nil before
	ahead  bool            // it holds the gate
	bell   *os.File        // tells of cores that were given back; nil without

	beat int64     // what who has the gate has last written, as the time of its modification
	seen time.Time // when that was new
}

// wait returns when there may be something to do: the place is the first one now, a core
// was given back, or some time has passed.
func (p *place) wait(dir string) error {
	if p.ahead {
		unix.Pwrite(p.gate, []byte{'.'}, 0) // a full disk: the others look for themselves
		hear(p.bell)
		return nil
	}
	select {
	case <-p.turn:
		p.turn = nil
		if unix.Flock(p.gate, unix.LOCK_EX|unix.LOCK_NB) == nil {
			p.ahead, p.bell = true, listen(dir)
			return nil
		}
		locked := make(chan error, 1)
		go func() { locked <- lockInTurn(p.gate) }()
		p.locked = locked
	case err := <-p.locked:
		if err != nil {
			p.locked <- err // for leave
			return err
		}
		p.ahead, p.bell = true, listen(dir)
	case <-time.After(lookEvery):
	}
	return nil
}

// lockInTurn waits for a gate in the kernel's queue, and does not ask again and again.
func lockInTurn(fd int) error {
	for {
		if err := unix.Flock(fd, unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}

// firstStopped says whether who has the gate has done nothing for long.
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

// leave gives the place up. Unlocking an open file cannot fail, and nothing of worth was
// written to it.
func (p *place) leave() {
	switch {
	case p.ahead:
		_ = release(p.gate)
	case p.locked == nil:
		_ = unix.Close(p.gate)
	default:
		go func() { // a lock cannot be unasked for: it is given back when it comes
			<-p.locked
			_ = release(p.gate)
		}()
	}
	if p.bell != nil {
		_ = p.bell.Close()
	}
}
