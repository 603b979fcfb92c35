package sandbox

import (
	"time"

	"judge/sandbox/internal/supervise"
)

// billed takes judge's own last steps before exec out of the leaf's figures.
func (r *run) billed(ev *supervise.Evidence) {
	u := &ev.Usage
	if r.host.cgroups.Version() == 0 {
		r.unaided(ev)
		return
	}
	mine := min(ev.Started.SetupCPU(), u.CPU)
	u.CPU -= mine
	u.System = max(u.System-mine, 0)
	u.User = u.CPU - u.System
}

// unaided are the figures of a run without a cgroup: what PID 1 was told when it
// had waited for the program, or when it was killed, what was seen last; and what second commands used.
func (r *run) unaided(ev *supervise.Evidence) {
	if ev.Exited == nil {
		return
	}
	ru := &ev.Exited.Rusage
	mine := time.Duration(ev.Started.ExecCPU.Nano()) // the process began with the clock at 0
	user, system := time.Duration(ru.Utime.Nano()), time.Duration(ru.Stime.Nano())
	seen := ev.Usage.CPU - mine // second commands that the run's end has ended are in that alone
	ev.Usage.CPU = max(user+system-mine+r.usedBySeconds(), seen, 0)
	ev.Usage.System = max(system-mine, 0)
	ev.Usage.User = ev.Usage.CPU - ev.Usage.System
}
