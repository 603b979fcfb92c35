package judge

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"judge/judge/check"
	"judge/judge/problem"
	"judge/sandbox"
)

// caseIn judges a case with a directory for what it leaves.
func (t *trial) caseIn(ctx context.Context, c *problem.Case, dir string) (CaseResult, error) {
	switch {
	case t.problem.Type.SubmitAnswer:
		return t.answerCase(ctx, c, dir)
	case t.problem.Type.TwoSteps:
		return t.passes(ctx, c, dir, t.twoStepsPass)
	case t.problem.Interactor != nil && t.problem.Interactor.Kind == problem.InteractCMS:
		return t.passes(ctx, c, dir, t.communicationPass)
	case t.problem.Interactor != nil:
		return t.passes(ctx, c, dir, t.interactivePass)
	}
	return t.passes(ctx, c, dir, t.batchPass)
}

// A passRun is one pass: it runs the submission and has it checked.
type passRun func(ctx context.Context, h *hearing) (evidence, error)

// passes runs one pass after the other, as long as the checker accepts and asks for
// another. All but multi-pass problems have one.
func (t *trial) passes(ctx context.Context, c *problem.Case, dir string, run passRun) (CaseResult, error) {
	result := CaseResult{Name: c.Name, Measurements: 1}
	h := &hearing{c: c, input: c.Input, pass: check.Pass{Multi: t.problem.Type.MultiPass}}
	var slowest *sandbox.Report
	for n := 1; ; n++ {
		h.dir = filepath.Join(dir, firstPass)
		if n > 1 {
			h.dir = filepath.Join(dir, fmt.Sprintf("pass-%d", n))
			if err := os.Mkdir(h.dir, 0o700); err != nil {
				return result, fmt.Errorf("make a directory for a pass: %w", err)
			}
		}
		h.output = filepath.Join(h.dir, outputName)
		h.pass.Last = n >= t.problem.Limits.ValidationPasses
		e, err := run(ctx, h)
		if err != nil {
			return result, err
		}
		if slowest == nil || e.Report != nil && e.Report.CPUTime >= slowest.CPUTime {
			slowest = e.Report
		}
		result.decide(c, e)
		if t.problem.Interactor == nil { // whose words may differ from time to time
			result.output = h.output
		}
		if result.Verdict == problem.AC && e.Checked.NextPass {
			h.before = filepath.Join(h.dir, "checker-0", "feedback")
			h.input = filepath.Join(h.before, check.FileNextPass)
			continue
		}
		if result.Verdict == problem.AC {
			result.Report = slowest
		}
		if t.problem.Type.MultiPass {
			result.Passes = n
		}
		return result, nil
	}
}

// decide gives the case its verdict and score.
func (r *CaseResult) decide(c *problem.Case, e evidence) {
	r.Verdict, r.Reason = verdictOf(e)
	score := scoreOf(c.Score, r.Verdict, e.Checked)
	r.Score, r.Report = &score, e.Report
	if e.Talk != nil {
		r.Interaction = e.Talk.interaction(r.Verdict != problem.AC)
		if r.Verdict == problem.TLE {
			r.Reason += e.Talk.stalled(e.Report)
		}
	}
	if e.Checked != nil {
		r.Checker = &CheckerResult{ExitCode: e.Checked.ExitCode, Message: e.Checked.Message, Team: e.Checked.Team}
	}
}

// batchPass runs the submission from the input to the end, and then the checker.
func (t *trial) batchPass(ctx context.Context, h *hearing) (evidence, error) {
	r, err := t.runOn(ctx, h.c, h.input, h.output)
	e := evidence{Report: &r, Limit: t.limit, Written: t.written()}
	if err != nil {
		return e, err
	}
	return t.check(ctx, h, e)
}

// check asks the checkers about the output, unless the run has decided.
func (t *trial) check(ctx context.Context, h *hearing, e evidence) (evidence, error) {
	if v, _ := verdictOf(e); v != problem.JE || e.Report.Status != sandbox.StatusOK {
		return e, nil
	}
	e.Empty = empty(h.output)
	var err error
	e.Checked, err = t.checked(ctx, h)
	return e, err
}

// empty says that there is nothing in a file, or no file.
func empty(file string) bool {
	info, err := os.Stat(file)
	return err != nil || info.Size() == 0
}

// longest is a report's part of a Result.
func (r *Result) longest(c CaseResult) {
	if c.Report == nil {
		return
	}
	r.CPUTime = max(r.CPUTime, time.Duration(c.Report.CPUTime))
	r.WallTime = max(r.WallTime, time.Duration(c.Report.WallTime))
	if c.Report.MemoryPeak != nil {
		r.MemoryPeak = max(r.MemoryPeak, *c.Report.MemoryPeak)
	}
}
