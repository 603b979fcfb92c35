package judge

import (
	"testing"
	"time"

	"judge/judge/check"
	"judge/judge/problem"
	"judge/sandbox"
)

func says(v problem.Verdict) *Checked {
	return &Checked{Outcome: check.Outcome{Verdict: v, Message: "as the checker says", Reason: map[problem.Verdict]string{problem.JE: "it broke"}[v]}}
}

// The order of FORMATS: checker error, early rejection, TLE, RTE, OLE, the checker's word.
func TestVerdictOf(t *testing.T) {
	run := func(s sandbox.Status) *sandbox.Report {
		return &sandbox.Report{Status: s, Reason: "as the sandbox says"}
	}
	slow := &sandbox.Report{Status: sandbox.StatusOK, CPUTime: int64(1001 * time.Millisecond)}
	slowCrash := &sandbox.Report{Status: sandbox.StatusSignal, CPUTime: int64(1001 * time.Millisecond)}
	tests := []struct {
		name string
		e    evidence
		want problem.Verdict
	}{
		{"all well", evidence{Report: run(sandbox.StatusOK), Checked: says(problem.AC)}, problem.AC},
		{"the checker rejects", evidence{Report: run(sandbox.StatusOK), Checked: says(problem.WA)}, problem.WA},
		{"partly right", evidence{Report: run(sandbox.StatusOK), Checked: says(problem.PAC)}, problem.PAC},
		{"accepted though empty", evidence{Report: run(sandbox.StatusOK), Checked: says(problem.AC), Empty: true}, problem.AC},
		{"nobody was asked", evidence{Report: run(sandbox.StatusOK)}, problem.JE},
		{"nothing was run", evidence{Checked: says(problem.WA)}, problem.WA},
		{"cpu time", evidence{Report: run(sandbox.StatusCPUTime)}, problem.TLE},
		{"wall time", evidence{Report: run(sandbox.StatusWallTime)}, problem.TLE},
		{"idle", evidence{Report: run(sandbox.StatusIdleTime)}, problem.TLE},
		{"memory", evidence{Report: run(sandbox.StatusMemory)}, problem.MLE},
		{"output", evidence{Report: run(sandbox.StatusOutput)}, problem.OLE},
		{"signal", evidence{Report: run(sandbox.StatusSignal)}, problem.RTE},
		{"exit status", evidence{Report: run(sandbox.StatusNonzeroExit)}, problem.RTE},
		{"system call", evidence{Report: run(sandbox.StatusSyscall)}, problem.RTE},
		{"cannot start", evidence{Report: run(sandbox.StatusCannotStart)}, problem.RTE},
		{"judge fails", evidence{Report: run(sandbox.StatusError), Checked: says(problem.AC)}, problem.JE},
		{"cancelled", evidence{Report: run(sandbox.StatusCancelled)}, problem.JE},
		{"right but too slow by the limit", evidence{Report: slow, Limit: time.Second, Checked: says(problem.AC)}, problem.TLE},
		{"right, and the limit is the one that killed", evidence{Report: slow, Checked: says(problem.AC)}, problem.AC},
		{"too slow before crash", evidence{Report: slowCrash, Limit: time.Second}, problem.TLE},
		{"crash before the checker's word", evidence{Report: run(sandbox.StatusSignal), Checked: says(problem.AC)}, problem.RTE},
		{"crash before the checker's no", evidence{Report: run(sandbox.StatusSignal), Checked: says(problem.WA)}, problem.RTE},
		{"a broken checker before anything", evidence{Report: run(sandbox.StatusCPUTime), Checked: says(problem.JE)}, problem.JE},
		{"rejected first, then crash", evidence{Report: run(sandbox.StatusSignal), Checked: says(problem.WA), RejectedFirst: true}, problem.WA},
		{"rejected first, then ended by judge", evidence{Report: run(sandbox.StatusCancelled), Checked: says(problem.WA), RejectedFirst: true}, problem.WA},
		{"accepted first, then crash", evidence{Report: run(sandbox.StatusSignal), Checked: says(problem.AC), RejectedFirst: true}, problem.RTE},
		{"accepted first, then too slow", evidence{Report: run(sandbox.StatusCPUTime), Checked: says(problem.AC), RejectedFirst: true}, problem.TLE},
	}
	for _, test := range tests {
		got, reason := verdictOf(test.e)
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if (reason == "") != (got == problem.AC) {
			t.Errorf("%s: the reason of %s is %q", test.name, got, reason)
		}
	}
}

func TestScoreOf(t *testing.T) {
	rule := problem.CaseScore{Accept: 10, Reject: -1}
	with := func(v problem.Verdict, score float64) *Checked {
		c := says(v)
		c.Score = score
		return c
	}
	tests := []struct {
		name string
		v    problem.Verdict
		c    *Checked
		want float64
	}{
		{"the checker's, accepted", problem.AC, with(problem.AC, 7), 7},
		{"the checker's, rejected", problem.WA, with(problem.WA, 2), 2},
		{"the run failed, whatever the checker says", problem.TLE, with(problem.AC, 7), -1},
		{"nobody asked", problem.RTE, nil, -1},
		{"a broken checker", problem.JE, with(problem.JE, 7), -1},
	}
	for _, test := range tests {
		if got := scoreOf(rule, test.v, test.c); got != test.want {
			t.Errorf("%s: %g, want %g", test.name, got, test.want)
		}
	}
}
