package report

import (
	"testing"
	"time"

	"judge/judge"
	"judge/judge/problem"
	"judge/sandbox"
)

func TestClockText(t *testing.T) {
	const ms = time.Millisecond
	report := func(cpu time.Duration) *sandbox.Report { return &sandbox.Report{CPUTime: int64(cpu)} }
	twice := []judge.Measurement{
		{Verdict: problem.TLE, CPUTime: 1020 * ms, Confidence: judge.Low, Reasons: []string{"waited"}},
		{Alone: true, Counts: true, Verdict: problem.AC, CPUTime: 987654 * time.Microsecond, Confidence: judge.High},
	}
	for _, c := range []struct {
		name string
		c    judge.CaseResult
		want string
	}{
		{"nothing to be said", judge.CaseResult{Report: report(900 * ms), Confidence: judge.Medium, Reasons: []string{"x"}}, ""},
		{"nothing was run", judge.CaseResult{}, ""},
		{"far below, where it does not matter", judge.CaseResult{Report: report(100 * ms), Confidence: judge.Low, Reasons: []string{"x"}}, ""},
		{"not to be trusted", judge.CaseResult{Report: report(600 * ms), Confidence: judge.Low, Reasons: []string{"waited 3s for its core, of 4s", "lost its core 9 times to others"}},
			"Low confidence: waited 3s for its core, of 4s; lost its core 9 times to others."},
		{"twice", judge.CaseResult{Report: report(987 * ms), Confidence: judge.High, Measured: twice}, "Measured 2 times: TLE 1.02s, AC 987.7ms alone (counts). High confidence."},
		{"differs", judge.CaseResult{Report: report(987 * ms), Confidence: judge.High, Measured: twice, Nondeterministic: true},
			"It did not do the same each time. Measured 2 times: TLE 1.02s, AC 987.7ms alone (counts). High confidence."},
	} {
		if got := clockText(c.c, time.Second); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
