package sandbox

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/lease"
)

// A nameKey says whose a name is.
type nameKey struct{ slot, judge int }

// runNames are the names of the runs that are alive.
func runNames(dir string) (map[nameKey]string, error) {
	held, err := lease.Names(dir)
	if err != nil {
		return nil, err
	}
	names := map[nameKey]string{}
	for _, h := range held {
		if rec, _, ok := parseRecord(h.Data); ok && h.HeldBy(rec.PID) {
			names[nameKey{rec.Slot, rec.PID}] = h.Name
		}
		h.Close()
	}
	return names, nil
}

// A target is a run that is alive, and that something is wanted of.
type target struct {
	held   *lease.Held
	called string // as the caller has it
	name   *lease.NameHeld
	rec    record
	grace  time.Duration
}

func (t *target) close() {
	if t.name != nil {
		t.name.Close()
	}
}

// find looks up a run by its name, or by its ID, with or without "@" and the pid
// of its judge: an ID is soon another run's.
func (h *host) find(ref string) (*target, error) {
	if lease.ValidName(ref) {
		return h.findName(ref)
	}
	slot, pid, exact := strings.Cut(ref, "@")
	id, err := strconv.Atoi(slot)
	judge := 0
	if exact && err == nil {
		judge, err = strconv.Atoi(pid)
	}
	if err != nil || id < 0 || exact && judge <= 0 {
		return nil, &UsageError{What: fmt.Sprintf("%q is neither the name nor the ID of a run", ref), Hint: "judge ps lists them"}
	}
	var l *lease.Held
	if id < lease.Max {
		if l, err = lease.Look(h.run, id); err != nil {
			return nil, err
		}
	}
	if l == nil || judge != 0 && judge != l.Holder {
		return nil, notAlive(slot)
	}
	return &target{held: l, called: slot}, nil
}

// findName waits for a run that has its name, and has not written what it is yet.
func (h *host) findName(name string) (*target, error) {
	for range 10 {
		n, err := lease.FindName(h.run, name)
		if err != nil {
			return nil, err
		}
		if n == nil {
			break
		}
		t := &target{called: name, name: n}
		var ok bool
		if t.rec, t.grace, ok = parseRecord(n.Data); ok && n.HeldBy(t.rec.PID) {
			t.held, err = lease.Look(h.run, t.rec.Slot)
			if err == nil && t.held != nil {
				return t, nil
			}
		} else if ok {
			err = seenFromElsewhere(name)
		}
		t.close()
		if err != nil {
			return nil, err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, notAlive(name)
}

func seenFromElsewhere(called string) error {
	return &UsageError{What: fmt.Sprintf("run %s: its judge cannot be seen from here", called), Hint: "it runs in another pid namespace: say it there"}
}

func notAlive(called string) error {
	return &UsageError{What: fmt.Sprintf("no run %s is alive", called), Hint: "judge ps lists those that are"}
}

// patienceToDie is how long Kill waits for a judge that it killed, and how long
// Stop gives one to write its report.
const patienceToDie = 5 * time.Second

// Stop asks a run to end: the program gets SIGTERM, and SIGKILL when its grace is
// over. grace is in place of what its judge was started with, if not negative. It
// returns when the run's judge is gone.
func Stop(ref string, grace time.Duration) error {
	h, t, err := findForSignal(ref)
	if err != nil {
		return err
	}
	defer t.close()
	if t.name == nil && grace >= 0 {
		return &UsageError{What: fmt.Sprintf("stop run %s after %v", t.called, grace), Hint: "only a run with a name can be given another grace: judge run --name"}
	}
	if grace >= 0 {
		t.grace = grace
		if err := t.name.WriteAt(durationText(grace), graceAt); err != nil {
			return err
		}
	}
	pidfd, err := t.ask(h)
	if err != nil {
		return err
	}
	defer unix.Close(pidfd)
	if t.name == nil { // its judge knows its grace, and ends it
		return t.awaitJudge(pidfd)
	}
	patience := t.grace + patienceToDie
	if err := awaitEnd(pidfd, patience); errors.Is(err, os.ErrDeadlineExceeded) {
		return &UsageError{What: fmt.Sprintf("run %s has not ended %v after it was asked to: its judge, process %d, is still there", t.called, patience, t.held.Holder),
			Hint: "it may be writing what it collects; judge kill -9 " + t.called + " ends it, and then no report is written"}
	} else if err != nil {
		return fmt.Errorf("wait for the judge of run %s, process %d: %w", t.called, t.held.Holder, err)
	}
	return nil
}

// Kill ends a run at once. Its judge is asked to, and writes its report. With
// force judge is killed, no report is written, and what that leaves is removed.
func Kill(ref string, force bool) error {
	h, t, err := findForSignal(ref)
	if err != nil {
		return err
	}
	defer t.close()
	if !force {
		return t.kill(h)
	}
	pidfd, err := t.signal(h, unix.SIGKILL)
	if err != nil {
		return err
	}
	defer unix.Close(pidfd)
	if err := awaitEnd(pidfd, patienceToDie); err != nil {
		return fmt.Errorf("wait for process %d, which was killed: %w", t.held.Holder, err)
	}
	return removeKilled(h, t.held)
}

// kill: the second signal to a judge takes no grace. It may only be sent when the
// first was delivered, for two of a kind that wait are one (signal(7)).
func (t *target) kill(h *host) error {
	pidfd, err := t.ask(h)
	if err != nil {
		return err
	}
	defer unix.Close(pidfd)
	for start := time.Now(); time.Since(start) < patienceToDie; {
		if awaitEnd(pidfd, 2*time.Millisecond) == nil {
			return nil
		}
		if delivered(t.held.Holder, unix.SIGTERM) || standsStill(t.held.Holder) {
			break
		}
	}
	if err := unix.PidfdSendSignal(pidfd, unix.SIGTERM, nil, 0); err != nil && err != unix.ESRCH {
		return fmt.Errorf("send SIGTERM to process %d: %w", t.held.Holder, err)
	}
	return t.awaitJudge(pidfd)
}

// delivered says whether no such signal waits for the process (proc(5), ShdPnd).
func delivered(pid int, sig unix.Signal) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return true // it is gone
	}
	for line := range strings.Lines(string(status)) {
		if mask, ok := strings.CutPrefix(line, "ShdPnd:"); ok {
			bits, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64)
			return err == nil && bits&(1<<(sig-1)) == 0
		}
	}
	return true
}

// findForSignal finds a run whose judge may be sent a signal.
func findForSignal(ref string) (*host, *target, error) {
	h, err := keeper()
	if err != nil {
		return nil, nil, err
	}
	t, err := h.find(ref)
	if err != nil {
		return nil, nil, err
	}
	err = onlyRun(h, t.held)
	if t.held.Holder == 0 {
		err = seenFromElsewhere(t.called)
	}
	if err != nil {
		t.close()
		return nil, nil, err
	}
	return h, t, nil
}

func (t *target) signal(h *host, sig unix.Signal) (int, error) {
	pidfd, err := lease.Signal(h.run, t.held.N, t.held.Holder, sig)
	if errors.Is(err, unix.ESRCH) {
		return -1, notAlive(t.called)
	}
	return pidfd, err
}

// onlyRun: a signal to a judge with several runs would end them all.
func onlyRun(h *host, l *lease.Held) error {
	all, err := lease.List(h.run)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(all, func(o lease.Held) bool { return o.N == l.N || o.Holder != l.Holder })
	if len(others) == 0 {
		return nil
	}
	return &UsageError{What: fmt.Sprintf("end run %d: its judge, process %d, has %d other runs, which would end too", l.N, l.Holder, len(others)),
		Hint: fmt.Sprintf("to end them all: kill %d", l.Holder)}
}

// A RunID says which run is meant as long as it is alive.
type RunID struct{ ID, Judge int }

// Find gives the run of that name or ID.
func Find(ref string) (*RunID, error) {
	h, err := keeper()
	if err != nil {
		return nil, err
	}
	t, err := h.find(ref)
	if err != nil {
		return nil, err
	}
	defer t.close()
	return &RunID{t.held.N, t.held.Holder}, nil
}
