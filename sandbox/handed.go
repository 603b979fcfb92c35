package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/procfs"
	"judge/sandbox/internal/spawn"
	"judge/sandbox/internal/systemd"
)

// enterableByUser refuses a run of an ordinary user's that this caller cannot enter
// with nothing more than the run has.
func (h *host) enterableByUser(t *target) error {
	in := &t.rec.Joint.Input
	switch u := in.Host.Userns; {
	case !in.Enterable:
		return cannotEnter(t, "an older judge started it", "start it anew")
	case u.UID != os.Geteuid(): // who made the user namespace owns it
		return cannotEnter(t, fmt.Sprintf("uid %d started it, and this is uid %d", u.UID, os.Geteuid()), "its user alone can enter it")
	case u.Maps == plan.OneID:
		// The program keeps its judge's groups, for there is no way out of them (user_namespaces(7), setgroups).
		more, err := groupsBeyond(t.rec.PID)
		if err != nil {
			return hasEnded(t, err)
		}
		if len(more) > 0 {
			return cannotEnter(t, fmt.Sprintf("this judge is in groups that the run is not in: %v", more), "say it where the run was started, or after a new login")
		}
	}
	return checkCeilings(in.Policy.Limits, h.ceilings)
}

// groupsBeyond are the caller's groups that another process of his has not.
func groupsBeyond(pid int) ([]int, error) {
	mine, err := os.Getgroups()
	if err != nil {
		return nil, fmt.Errorf("getgroups: %w", err)
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return nil, err
	}
	return beyond(append(mine, os.Getegid()), status), nil
}

// beyond are those groups that are not in a proc_pid_status(5), as the effective
// one or a supplementary one.
func beyond(groups []int, status []byte) (more []int) {
	have := map[string]bool{}
	for line := range bytes.Lines(status) {
		f := strings.Fields(string(line))
		switch {
		case len(f) > 2 && f[0] == "Gid:":
			have[f[2]] = true
		case len(f) > 0 && f[0] == "Groups:":
			for _, g := range f[1:] {
				have[g] = true
			}
		}
	}
	for _, g := range groups {
		if !have[strconv.Itoa(g)] && !slices.Contains(more, g) {
			more = append(more, g)
		}
	}
	return more
}

// openHanded opens what PID 1 handed to the run's judge, which holds it until PID 1 is
// reaped: so that openEntrance, which looks at the very end whether it is, knows
// that these were the run's.
func (e *entrance) openHanded(t *target) error {
	for i, n := range t.rec.Joint.Ways {
		flags := unix.O_RDONLY | unix.O_NONBLOCK // if the run has just ended, it is whatever has the number now
		if i == 0 {                              // PID 1's root directory
			flags = unix.O_PATH | unix.O_DIRECTORY
		}
		fd, err := unix.Open(fmt.Sprintf("/proc/%d/fd/%d", t.rec.PID, n), flags|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			return &UsageError{What: fmt.Sprintf("enter run %s: its judge, process %d, is closed to this one", t.called, t.rec.PID), Err: err,
				Hint: "the binary of judge must be readable for its user, and both in one user namespace"}
		}
		if err != nil {
			return hasEnded(t, fmt.Errorf("open descriptor %d of its judge, process %d: %w", n, t.rec.PID, err))
		}
		e.add(fd)
	}
	e.root, e.users = e.fds[0], e.fds[1]
	return nil
}

// open is openat2(2) of a name in the run's root directory. What of a user's run belongs
// to a subordinate id he opens as root of the run's user namespace.
func (e *entrance) open(name string, how unix.OpenHow) (int, error) {
	fd, err := unix.Openat2(e.root, name, &how)
	if err == unix.EACCES && e.users > 0 {
		return spawn.OpenIn(e.users, e.root, name, how)
	}
	return fd, err
}

// letIn brings the first process of a second command to where it may put another
// into the run's cgroup. On v2 that takes the right to move processes in the
// nearest cgroup above both (cgroups(7), "Delegation containment"), which a user has
// among the units of his systemd, and not between a session and these.
func (h *host) letIn(t *target, child int) error {
	in := &t.rec.Joint.Input
	if !in.Enterable || in.Host.Cgroup != 2 {
		return nil
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return fmt.Errorf("find judge's own cgroup: %w", err)
	}
	at, _ := procfs.CgroupOf(string(own), "") // where there is none, the top is above both
	above := aboveBoth(at, strings.TrimPrefix(t.rec.Joint.Join[0], cgroup.Mount))
	if unix.Access(filepath.Join(cgroup.Mount, above, "cgroup.procs"), unix.W_OK) == nil {
		return nil
	}
	socket := systemd.Socket(false, os.Geteuid(), os.Getenv, exists)
	if socket == "" {
		return &UsageError{What: fmt.Sprintf("enter run %s: no process may be moved from here into its cgroup %s", t.called, t.rec.Joint.Join[0]),
			Hint: "say it from the cgroup that was delegated to you: the right to move is wanted in " + filepath.Join(cgroup.Mount, above)}
	}
	return systemd.Scope(socket, []int{child})
}

// aboveBoth is the lowest cgroup that both are below, or are themselves.
func aboveBoth(a, b string) string {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return "/" + strings.Trim(strings.Join(x[:n], "/"), "/")
}
