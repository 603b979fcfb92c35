package sandbox

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/rlimit"
	"judge/sandbox/internal/systemd"
)

// A cgroupWish is where a caller wants judge's cgroups.
type cgroupWish struct {
	cgroup string // Command.Cgroup
	child  int    // PID 1 of the run, which goes wherever judge goes; 0 if nothing is to be run
}

// findCgroups gives the host's cgroups, or what stands in for them where this
// user has none.
func (h *host) findCgroups(want cgroupWish) (cgroup.Host, error) {
	if want.cgroup == "" {
		want.cgroup = os.Getenv("JUDGE_CGROUP")
	}
	root := h.userns.Maps == plan.HostIDs
	w := cgroup.Wish{Path: want.cgroup, Root: root, Dry: want.child == 0}
	if !root || w.Path == cgroup.Systemd {
		if socket := systemd.Socket(root, os.Geteuid(), os.Getenv, exists); socket != "" {
			w.Scope = func() error { return systemd.Scope(socket, []int{os.Getpid(), want.child}) }
		}
	}
	found, err := cgroup.Find(cgroup.Mount, w)
	switch {
	case err == nil:
		return found, nil
	case errors.Is(err, cgroup.ErrNamed) || cgroup.NoPlace(err) && w.Path != "":
		return nil, &UsageError{What: "put runs below the cgroup " + w.Path + " (--cgroup)", Err: err,
			Hint: "it must exist, belong to the user that judge runs as, and hold nothing that may not be moved; on cgroup v1, in each hierarchy"}
	case !root && errors.Is(err, cgroup.ErrNone), cgroup.NoPlace(err):
		return rlimit.Host{Why: err.Error()}, nil
	}
	return nil, &UsageError{What: "find this host's cgroups", Err: err,
		Hint: "judge holds its limits by them: mount cgroup2 on " + cgroup.Mount}
}

func exists(path string) bool { return unix.Access(path, unix.F_OK) == nil }
