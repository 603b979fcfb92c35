package policy

import "time"

// Wall is the bound of a run's elapsed time: WallTime; 2 × CPUTime + 1s where
// that is not set; 0, no bound, where neither is or WallTime is [NoWallTime].
func (p Policy) Wall() time.Duration {
	switch {
	case p.Limits.WallTime > 0:
		return p.Limits.WallTime
	case p.Limits.WallTime == 0 && p.Limits.CPUTime > 0:
		return 2*p.Limits.CPUTime + time.Second
	}
	return 0
}
