package judge

import (
	"time"

	"judge/judge/problem"
	"judge/policy"
)

// bound lays figures of a package over a policy. A locked policy is tightened by
// them and never loosened.
func bound(p policy.Policy, l policy.Limits) policy.Policy {
	tightest := func(have, want int64) int64 {
		if want == 0 || p.Locked && have > 0 && have < want {
			return have
		}
		return want
	}
	p.Limits.CPUTime = max(0, time.Duration(tightest(int64(p.Limits.CPUTime), int64(l.CPUTime))))
	p.Limits.WallTime = time.Duration(tightest(int64(p.Limits.WallTime), int64(l.WallTime)))
	p.Limits.IdleTime = time.Duration(tightest(int64(p.Limits.IdleTime), int64(l.IdleTime)))
	if l.Memory > 0 && p.Limits.Memory == 0 && !p.Locked {
		p.Limits.MemoryPercent = 0
	}
	p.Limits.Memory = policy.Bytes(tightest(int64(p.Limits.Memory), int64(l.Memory)))
	p.Limits.Output = policy.Bytes(tightest(int64(p.Limits.Output), int64(l.Output)))
	p.Limits.FileSize = policy.Bytes(tightest(int64(p.Limits.FileSize), int64(l.FileSize)))
	p.Limits.Disk = policy.Bytes(tightest(int64(p.Limits.Disk), int64(l.Disk)))
	p.Limits.Stack = policy.Bytes(tightest(int64(p.Limits.Stack), int64(l.Stack)))
	if p.Limits.CPUSet == "" && !p.Locked {
		p.Limits.CPUSet = l.CPUSet
	}
	return p
}

// checkerPolicy is what checkers, interactors and graders run under.
func (e *Engine) checkerPolicy(l problem.Limits) policy.Policy {
	p := bound(e.base["default"], policy.Limits{
		CPUTime: l.ValidationTime, Memory: policy.Bytes(l.ValidationMemory), Output: policy.Bytes(l.ValidationOutput),
		FileSize: policy.Bytes(max(l.ValidationOutput, l.Output)), Stack: policy.Bytes(l.ValidationMemory), CPUSet: "auto",
	})
	p.Limits.Disk = max(p.Limits.Disk, 2*p.Limits.FileSize)
	p.Limits.Memory = min(p.Limits.Memory, e.admission.Most()) // the formats' own figures suit hosts of 4 GiB
	return p
}
