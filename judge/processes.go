package judge

import (
	"fmt"
	"slices"
	"time"

	"judge/judge/problem"
	"judge/policy"
	"judge/sandbox"
)

// process prepares one of several processes of a submission. Together they have what
// one has: no two of them may wait for cores that the others hold.
func (t *trial) process(c *problem.Case, processes int) *party {
	p := &party{tool: t.tool}
	p.cmd, p.policy = t.command(c)
	p.cmd.Args = slices.Clone(p.cmd.Args)
	if processes == 1 {
		return p
	}
	if p.policy.Limits.CPUSet == "auto" {
		p.policy.Limits.CPUSet = ""
	}
	all := time.Duration(processes) * t.kill
	p.policy = bound(p.policy, policy.Limits{WallTime: wallOf(all), IdleTime: all + idlePatience})
	return p
}

// decisive is the process that says what became of all: the first that failed, or
// else that was not waited for, or else the last to end.
func decisive(subs []*party) int {
	rank := func(p *party) int {
		switch p.report.Status {
		case sandbox.StatusOK:
			return 2
		case sandbox.StatusCancelled:
			return 1
		}
		return 0
	}
	best := 0
	for i, p := range subs {
		b := subs[best]
		switch {
		case rank(p) < rank(b),
			rank(p) == rank(b) && rank(p) == 0 && p.end.Before(b.end),
			rank(p) == rank(b) && rank(p) > 0 && p.end.After(b.end):
			best = i
		}
	}
	return best
}

// merged is one report of several processes that ran at once, as CMS's
// steps/stats.py, merge_execution_stats, has it: times and memory are summed, of wall
// times the longest counts. The rest is that of the decisive one.
func merged(subs []*party, decisive int) sandbox.Report {
	r := subs[decisive].report
	if len(subs) == 1 {
		return r
	}
	if r.Reason != "" {
		r.Reason = fmt.Sprintf("process %d: %s", decisive, r.Reason)
	}
	for i, p := range subs {
		if i == decisive {
			continue
		}
		o := p.report
		r.CPUTime, r.CPUUser, r.CPUSystem = r.CPUTime+o.CPUTime, r.CPUUser+o.CPUUser, r.CPUSystem+o.CPUSystem
		r.WallTime = max(r.WallTime, o.WallTime)
		r.OOMKills += o.OOMKills
		r.StdoutBytes, r.StderrBytes, r.FilesBytes = r.StdoutBytes+o.StdoutBytes, r.StderrBytes+o.StderrBytes, r.FilesBytes+o.FilesBytes
		r.MemoryPeak = summed(r.MemoryPeak, o.MemoryPeak)
		r.MemoryAnon = summed(r.MemoryAnon, o.MemoryAnon)
		r.MemoryFile = summed(r.MemoryFile, o.MemoryFile)
		r.MemoryKernel = summed(r.MemoryKernel, o.MemoryKernel)
		r.PidsPeak = summed(r.PidsPeak, o.PidsPeak)
	}
	return r
}

// summed is nil where one of two is not known.
func summed(a, b *int64) *int64 {
	if a == nil || b == nil {
		return nil
	}
	sum := *a + *b
	return &sum
}
