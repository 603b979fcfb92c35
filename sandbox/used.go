package sandbox

import (
	"time"

	"judge/sandbox/internal/supervise"
)

// Where a run has no cgroup, its judge adds up what its processes use, and a second
// command that has ended is nobody's child there: who waited for it is outside. So
// judge exec, which knows, adds it to a line of the run's record.

// addUsed does so.
func (t *target) addUsed(ev *supervise.Evidence) error {
	if t.rec.Joint.Input.Host.Cgroup != 0 || ev == nil || ev.Exited == nil {
		return nil
	}
	ru := &ev.Exited.Rusage
	used := time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
	if ev.Started != nil {
		used -= time.Duration(ev.Started.ExecCPU.Nano()) // judge's own last steps
	}
	return t.name.Change(usedAt, durationLine+1, func(old []byte) []byte {
		before, _ := parseDuration(old)
		return durationText(before + max(used, 0))
	})
}

// usedBySeconds is what second commands used that have ended; nothing is known of
// those whose judge was killed.
func (r *run) usedBySeconds() time.Duration {
	if r.name == nil {
		return 0
	}
	line := make([]byte, durationLine+1)
	n, err := r.name.ReadAt(line, usedAt)
	if err != nil {
		return 0
	}
	used, _ := parseDuration(line[:n])
	return used
}
