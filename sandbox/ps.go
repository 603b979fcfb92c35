package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/rlimit"
)

// A LiveRun is a run that is alive. Pointers are nil, and texts empty, where
// nothing is known: the run has not begun yet, ended a moment ago, or its judge
// could not write down what it does.
type LiveRun struct {
	ID         int    // its slot
	Name       string // that it was given
	PID        int    // of its judge; 0 if that process cannot be seen from here
	ProgramPID *int
	Command    string // Args[0], at most 200 bytes of it, whatever they are
	Policy     string

	Started          time.Time // zero if that is not known
	CPUTime          *time.Duration
	Memory, PeakUsed *int64 // bytes
	Pids             *int64

	// Limits as the policy gave them; zero is none, or not known.
	CPULimit, WallLimit    time.Duration
	MemoryLimit, PidsLimit int64
}

// note says in the lease what runs.
func (r *run) note(slot *lease.Slot) {
	l := r.policy.Limits
	slot.WriteNote(lease.Note{
		PID: os.Getpid(), Started: r.began, Command: r.cmd.Args[0], Policy: r.policy.Name, Place: r.host.cgroups.Place(),
		CPUTime: time.Duration(l.CPUTime), WallTime: r.policy.Wall(), Memory: r.limits.Memory, Pids: r.limits.Pids,
	})
}

// Live lists the runs of this host that are alive, of whatever judge, by ID.
func Live() ([]LiveRun, error) {
	h, err := keeper()
	if err != nil {
		return nil, err
	}
	held, err := lease.List(h.run)
	if err != nil {
		return nil, err
	}
	names, err := runNames(h.run)
	if err != nil {
		return nil, err
	}
	var runs []LiveRun
	for _, l := range held {
		l, err := settled(h, l)
		if err != nil {
			return nil, err
		}
		if l == nil {
			continue
		}
		g, err := h.look(l)
		if err != nil {
			return nil, err
		}
		runs = append(runs, LiveRun{
			ID: l.N, Name: names[nameKey{l.N, l.Holder}], PID: l.Holder, ProgramPID: program2(g.Processes), Command: l.Note.Command, Policy: l.Note.Policy,
			Started: l.Note.Started, CPUTime: g.CPU, Memory: g.Memory, PeakUsed: g.MemoryPeak, Pids: g.Pids,
			CPULimit: l.Note.CPUTime, WallLimit: l.Note.WallTime, MemoryLimit: l.Note.Memory, PidsLimit: l.Note.Pids,
		})
	}
	return runs, nil
}

// look says what a run holds: by its cgroup, or where it has none, by its judge.
// Another run of this user may be in another place, as in a scope of its own.
func (h *host) look(l *lease.Held) (cgroup.Glance, error) {
	at := h.cgroups
	if l.Note.PID > 0 {
		at = cgroup.At(cgroup.Mount, l.Note.Place)
	}
	if at == nil || at.Version() == 0 {
		return rlimit.Look(l.Holder, plan.InitName), nil
	}
	return at.Look(l.Leaf)
}

// settled looks again at a lease without a note: it was taken this very moment,
// or by somebody who tidies up and lets go of it at once.
func settled(h *host, l lease.Held) (*lease.Held, error) {
	for range 5 {
		if l.Note.PID > 0 {
			return &l, nil
		}
		time.Sleep(2 * time.Millisecond)
		again, err := lease.Look(h.run, l.N)
		if again == nil || err != nil {
			return nil, err
		}
		l = *again
	}
	return &l, nil
}

// program2 finds the process that is PID 2 of its namespace (proc(5), NSpid).
func program2(pids []int) *int {
	for _, pid := range pids {
		status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if err != nil {
			continue // it has ended
		}
		for line := range bytes.Lines(status) {
			if f := bytes.Fields(line); len(f) > 1 && string(f[0]) == "NSpid:" && string(f[len(f)-1]) == "2" {
				return &pid
			}
		}
	}
	return nil
}

// keeper is what housekeeping needs: cgroups, and the place of the leases. A
// user's are those of his own runs.
func keeper() (*host, error) {
	may, err := findRights(false)
	if err != nil {
		return nil, err
	}
	return probe(may, cgroupWish{})
}
