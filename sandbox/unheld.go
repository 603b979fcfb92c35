package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/procfs"
)

// findUnheld finds what was asked for and this host cannot hold, and refuses
// the run if the policy wants all of it held.
func (r *run) findUnheld() error {
	r.apart, r.unheld = unheld(r.policy.Limits, r.host.cgroups.Unenforced(r.limits), counts{
		cpu:       r.host.cgroups.Version() > 0,
		processes: countsProcesses(r.may.userns, r.host.kernel),
		root:      r.may.userns.Maps == plan.OneID && r.may.userns.UID == 0,
	})
	if why := plan.LandlockUnenforced(r.policy.Landlock, r.host.landlock); why != "" {
		r.unheld = append(r.unheld, Unenforced{"landlock", why})
	}
	if r.view != nil && r.view.Root.Shared {
		r.unheld = append(r.unheld, Unenforced{"filesystem.rootfs",
			r.view.SharedWhy + ": the host's files are shown read-only as they are, so that locks on them are seen by others"})
	}
	if r.policy.Enforce != "all" || len(r.unheld) == 0 {
		return nil
	}
	var list []string
	for _, u := range r.unheld {
		list = append(list, u.Limit+": "+u.Why)
	}
	return &UsageError{What: "enforce = \"all\": this host cannot hold " + strings.Join(list, "; "),
		Hint: "see judge doctor, or set enforce = \"available\": the report then lists what was not held"}
}

// counts says what this host counts of a run by itself.
type counts struct {
	cpu       bool // the processor time of all its processes together
	processes bool // its processes, and no others, against RLIMIT_NPROC,
	root      bool // to which it never holds the host's root, who may be the run's user (kernel/fork.c, copy_process: INIT_USER)
}

// countsProcesses: the kernel counts by uid, and the run has one of its own; or,
// since Linux 5.14, by user namespace, too.
func countsProcesses(u plan.Userns, release string) bool {
	return u.Maps != plan.OneID || procfs.Since(release, "5.14")
}

// unheld says which limits no cgroup holds, and what is done in its stead.
// missing are those, by policy key, each with why.
func unheld(l policy.Limits, missing map[string]string, c counts) (plan.Apart, []Unenforced) {
	var a plan.Apart
	var list []Unenforced
	add := func(limit, why string) { list = append(list, Unenforced{limit, why}) }
	for limit, why := range missing {
		switch limit {
		case "memory":
			a.Memory = true
			add(limit, why+"; each process is held apart (RLIMIT_DATA), and what processes share is not counted")
		case "pids":
			a.Pids = c.processes
			switch {
			case !c.processes:
				add(limit, why)
			case c.root:
				add(limit, why+"; RLIMIT_NPROC holds it, unless judge's uid 0 is that of the host's root")
			}
		case "cpuset":
			add(limit, why+"; the run starts on these cores (sched_setaffinity), and may move")
		default:
			add(limit, why)
		}
	}
	if !c.cpu && l.CPUTime > 0 {
		a.CPUTime = true
		add("cpu_time", "no cgroup counts it: judge adds it up from /proc, where what ends without being waited for is lost; "+
			"each process is held apart (RLIMIT_CPU)")
	}
	slices.SortFunc(list, func(a, b Unenforced) int { return strings.Compare(a.Limit, b.Limit) })
	return a, list
}

// lacks says whether this host cannot hold a limit.
func (r *run) lacks(limit string) bool {
	return slices.ContainsFunc(r.unheld, func(u Unenforced) bool { return u.Limit == limit })
}

// pin starts the run on its cores where no cpuset holds it there.
func (r *run) pin() error {
	if r.limits.CPUSet == "" || !r.lacks("cpuset") {
		return nil
	}
	var set unix.CPUSet
	for _, core := range procfs.CPUs(r.limits.CPUSet) {
		set.Set(core)
	}
	if err := unix.SchedSetaffinity(r.child.PID(), &set); err != nil {
		return fmt.Errorf("sched_setaffinity of the sandbox's init to cores %s: %w", r.limits.CPUSet, err)
	}
	return nil
}
