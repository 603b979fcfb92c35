package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"judge/judge/problem"
	"judge/policy"
	"judge/sandbox"
)

// patience is how long programs may wait for the machine before people are told why
// nothing goes on.
const patience = 10 * time.Second

// errMachine is judge's own fault, and not that it was told to end.
var errMachine = errors.New("find room on this machine")

// admit waits for a job token, and then until the machine has room for what is to run,
// beside the runs of all other graders. The function gives both back.
func (e *Engine) admit(ctx context.Context, q sandbox.Request) (func(), error) {
	stand, err := e.seat(ctx)
	if err != nil {
		return nil, err
	}
	slow := time.AfterFunc(patience, func() {
		e.waited.Do(func() {
			e.warn(fmt.Sprintf("waiting: other runs on this host (judge ps) have its memory (%v for all together), or a grader measures alone", e.admission.Most()))
		})
	})
	defer slow.Stop()
	wait, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(e.halted, end)()
	release, err := e.admission.Admit(wait, q)
	if err != nil {
		stand()
		if ctx.Err() == nil && wait.Err() != nil {
			return nil, ErrHalted
		}
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", errMachine, err)
	}
	return func() { release(); stand() }, nil
}

// checkerRequest is what checkers, and whatever else runs by itself under their policy, are
// admitted with.
func (d *Docket) checkerRequest() sandbox.Request {
	return sandbox.Request{Memory: d.engine.checkerPolicy(d.problem.Limits).Limits.Memory}
}

// least is what an interactor is left with beside the submission, whatever that has.
const least = policy.Bytes(64 << 20)

// processes is how many of the submission run at once.
func processes(p *problem.Problem) int {
	switch {
	case p.Type.TwoSteps:
		return 2
	case p.Interactor != nil:
		return max(1, p.Interactor.Processes)
	}
	return 1
}

// besides is the policy of an interactor, which runs beside the submission: both have
// to fit.
func (t *trial) besides() policy.Policy {
	p := t.engine.checkerPolicy(t.problem.Limits)
	p.Limits.Memory = min(p.Limits.Memory, t.engine.admission.Most()-t.together())
	return p
}

// together is what the processes of the submission may have at once.
func (t *trial) together() policy.Bytes {
	return policy.Bytes(processes(t.problem)) * t.base.Limits.Memory
}

// request is what a case is admitted with: the submission with its interactor, or the
// larger of it and its checkers, which come one after the other.
func (t *trial) request() sandbox.Request {
	checker := t.engine.checkerPolicy(t.problem.Limits).Limits.Memory
	switch {
	case t.problem.Type.SubmitAnswer:
		return sandbox.Request{Memory: checker}
	case t.problem.Interactor != nil:
		return sandbox.Request{Memory: max(t.together()+t.besides().Limits.Memory, checker)}
	}
	return sandbox.Request{Memory: max(t.together(), checker)}
}

// Fits refuses a problem that this host has too little memory for, as Prepare does.
func (e *Engine) Fits(p *problem.Problem) error { return e.fitsHost(p) }

// fitsHost refuses a problem whose submissions may use more memory than this host can
// give to runs. No test of it would say anything: the host would be what fails.
func (e *Engine) fitsHost(p *problem.Problem) error {
	if p.Type.SubmitAnswer {
		return nil
	}
	room := e.admission.Most()
	if p.Interactor != nil {
		room -= least
	}
	limits := map[string]int64{"": p.Limits.Memory}
	for code, own := range p.Limits.Languages {
		limits[code] = own.Memory
	}
	codes := make([]string, 0, len(limits))
	for code := range limits {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		base := policy.Policy{}
		if e.opts.Policy != "" {
			base = e.base[e.opts.Policy] // a locked one may have less
		}
		need := policy.Bytes(processes(p)) * bound(base, policy.Limits{Memory: policy.Bytes(limits[code])}).Limits.Memory
		if need <= room {
			continue
		}
		who := "its submissions"
		if code != "" {
			who += " in " + code
		}
		return &sandbox.UsageError{
			What: fmt.Sprintf("grade %s: %s may use %v of memory, and this host has %v for all runs together", p.Name, who, need, room),
			Hint: "lower the memory limit of the package, name a locked policy with less (--policy), or take a host with more memory",
		}
	}
	return nil
}
