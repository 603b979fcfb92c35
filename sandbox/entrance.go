package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// An entrance is what is open of a run, to enter it by.
type entrance struct {
	root, init int   // PID 1's root directory, and its pidfd
	users      int   // PID 1's user namespace, by which its user opens files; 0 for none
	fds        []int // what is sent, in the order of plan.Attach
	opened     []int // all
}

// add takes a descriptor that is sent.
func (e *entrance) add(fd int) {
	e.fds = append(e.fds, fd)
	e.opened = append(e.opened, fd)
}

// openEntrance opens it. PID 1 is the one that the run's judge waits for: that is
// looked at again when everything is open, for its number is free when it is reaped.
func openEntrance(t *target) (_ *entrance, err error) {
	j := t.rec.Joint
	e := &entrance{}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	if e.init, err = unix.PidfdOpen(j.Init, 0); err != nil {
		return nil, hasEnded(t, err)
	}
	e.opened = append(e.opened, e.init)
	if j.Input.Enterable {
		err = e.openHanded(t)
	} else {
		err = e.openInit(t)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range j.Join {
		flags := unix.O_WRONLY
		if j.Input.Host.Cgroup == 2 {
			flags = unix.O_RDONLY
		}
		fd, err := unix.Open(p, flags|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, hasEnded(t, fmt.Errorf("open %s: %w", p, err))
		}
		e.add(fd)
	}
	if !waitsFor(t.rec.PID, j.InitFD, j.Init) || !t.name.HeldBy(t.rec.PID) {
		return nil, hasEnded(t, nil)
	}
	return e, nil
}

// openInit opens what root enters by.
func (e *entrance) openInit(t *target) (err error) {
	j := t.rec.Joint
	proc := "/proc/" + strconv.Itoa(j.Init)
	if e.root, err = unix.Open(proc+"/root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return hasEnded(t, err)
	}
	e.add(e.root)
	e.fds = append(e.fds, e.init)
	if j.Input.OwnUser() {
		if err := e.openUsers(t, proc); err != nil {
			return err
		}
	}
	if j.Input.Policy.Namespaces.Time {
		fd, err := unix.Open(proc+"/ns/time_for_children", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return hasEnded(t, err)
		}
		e.add(fd)
	}
	return nil
}

func hasEnded(t *target, err error) error {
	if err != nil && !errors.Is(err, unix.ESRCH) && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("enter run %s: %w", t.called, err)
	}
	return notAlive(t.called)
}

// waitsFor says whether a descriptor of judge's is a pidfd of that process, which
// is not reaped (proc_pid_fdinfo(5)).
func waitsFor(judge, fd, init int) bool {
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", judge, fd))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(info)) {
		if n, ok := strings.CutPrefix(line, "Pid:"); ok {
			return strings.TrimSpace(n) == strconv.Itoa(init)
		}
	}
	return false
}

// openUsers opens the user namespace of the run: PID 2's, if that is the one it
// was given. A namespace that the program made itself has that one for its parent.
func (e *entrance) openUsers(t *target, proc string) error {
	pid, err := secondOf(proc)
	if err != nil {
		return hasEnded(t, err)
	}
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/ns/user", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return hasEnded(t, err)
	}
	e.add(fd)
	var own, above unix.Stat_t
	parent, err := unix.IoctlRetInt(fd, unix.NS_GET_PARENT)
	if err == nil {
		err = errors.Join(unix.Fstat(parent, &above), unix.Stat("/proc/self/ns/user", &own))
		unix.Close(parent)
	}
	if err != nil || above.Dev != own.Dev || above.Ino != own.Ino {
		return fmt.Errorf("enter run %s: its program is not in the user namespace that it was given: %w", t.called, errors.Join(err, unix.EPERM))
	}
	return nil
}

// secondOf is the child of PID 1 that is PID 2 inside (proc_pid_task(5), children;
// proc_pid_status(5), NSpid).
func secondOf(proc string) (int, error) {
	data, err := os.ReadFile(proc + "/task/" + filepath.Base(proc) + "/children")
	if err != nil {
		return 0, err
	}
	var pids []int
	for word := range strings.FieldsSeq(string(data)) {
		if pid, err := strconv.Atoi(word); err == nil {
			pids = append(pids, pid)
		}
	}
	if pid := program2(pids); pid != nil {
		return *pid, nil
	}
	return 0, unix.ESRCH
}

// patienceForInit is how long PID 1 may take to end after the command: it waits
// until all that it killed is reaped.
const patienceForInit = 250 * time.Millisecond

// over says whether the run has ended, or ends in that time.
func (e *entrance) over(patience time.Duration) bool { return awaitEnd(e.init, patience) == nil }

func (e *entrance) close() {
	for _, fd := range e.opened {
		unix.Close(fd)
	}
}
