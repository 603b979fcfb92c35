package filter

import (
	"time"

	"judge/policy"
)

// Used is what the recorded runs used at most.
type Used struct {
	CPU, Wall time.Duration
	Memory    int64 // bytes; 0 if not known
	Pids      int64
	Started   int64 // processes and threads, one after the other or together
}

// Suggest gives limits that leave what was used ample room: for time three times
// as much, for memory twice. A recorded program is slow, so threads may meet
// less often than else: as many processes and threads are allowed as there were
// in all. No limit of the base's is raised, and those that nothing is known of
// stay as they are.
func Suggest(base policy.Limits, u Used) policy.Limits {
	l := base
	l.CPUTime = lower(base.CPUTime, roundTime(3*u.CPU))
	derived := 2*l.CPUTime + time.Second // policy.Policy.Wall
	switch wall := roundTime(3 * u.Wall); {
	case base.WallTime > 0:
		l.WallTime = min(base.WallTime, max(wall, derived))
	case base.WallTime == 0 && wall > derived: // it waits more than it works
		l.WallTime = wall
		if most := (policy.Policy{Limits: base}).Wall(); most > 0 {
			l.WallTime = min(wall, most)
		}
	}
	if u.Memory > 0 {
		l.Memory = lower(base.Memory, roundMemory(2*u.Memory))
		if base.MemoryPercent > 0 {
			l.MemoryPercent = 0
		}
	}
	if u.Pids > 0 {
		l.Pids = lower(base.Pids, max(2*u.Pids, u.Started+1))
	}
	return l
}

// lower is what is suggested, but no more than a limit that there is.
func lower[T ~int64](limit, suggested T) T {
	if limit > 0 {
		return min(limit, suggested)
	}
	return suggested
}

// roundTime rounds up to 1, 2 or 5 times a power of ten of seconds.
func roundTime(d time.Duration) time.Duration {
	for step := time.Second; ; step *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if d <= n*step {
				return n * step
			}
		}
	}
}

// roundMemory rounds up to a power of two, of 64 MiB at least.
func roundMemory(n int64) policy.Bytes {
	size := policy.Bytes(64 << 20)
	for int64(size) < n {
		size *= 2
	}
	return size
}
