package judge

import (
	"context"
	"fmt"
	"sync"
	"time"

	"judge/judge/problem"
	"judge/sandbox"
)

// A Note is about the package itself, found by running something.
type Note struct {
	Text  string
	Wrong bool // the package is not as it must be; otherwise its author should look
}

// Notes are what was found about the package so far.
func (d *Docket) Notes() []Note {
	d.notesMu.Lock()
	defer d.notesMu.Unlock()
	return append([]Note(nil), d.notes...)
}

func (d *Docket) note(wrong bool, format string, args ...any) {
	d.notesMu.Lock()
	defer d.notesMu.Unlock()
	d.notes = append(d.notes, Note{Text: fmt.Sprintf(format, args...), Wrong: wrong})
}

// VerifyAll judges every submission of the package and compares with what is expected
// of it; those of which nothing is expected are judged as well. What is wrong with
// the package's time limit or its inputs is in the notes. The error is that ctx is
// done.
func (d *Docket) VerifyAll(ctx context.Context) error {
	limit, err := d.TimeLimit(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return d.GradeAll(ctx, d.Submissions()) // each of them says what is wrong
	}
	if err := d.checkInputs(ctx); err != nil {
		return err
	}
	var mu sync.Mutex
	var bounds problem.Bounds
	err = d.each(ctx, d.Submissions(), func(s Submission) error {
		r, err := d.verify(ctx, s, limit)
		if err != nil {
			return err
		}
		mu.Lock()
		bounds.Add(s.Expect, r.times())
		mu.Unlock()
		d.prove(s, r)
		d.engine.tell(Event{Submission: s.Name, Result: r})
		return nil
	})
	if err != nil || d.problem.Type.SubmitAnswer || d.fault != "" {
		return err
	}
	switch _, why, err := d.problem.Limits.TimeLimit(bounds); {
	case err != nil:
		d.note(true, "%v", err)
	case why != "":
		d.note(false, "%s", why)
	}
	return nil
}

// Submissions are those of the package.
func (d *Docket) Submissions() []Submission {
	var list []Submission
	for _, s := range d.problem.Submissions {
		list = append(list, OfPackage(s))
	}
	return list
}

// verify judges one submission. Again, with all cases, if what must happen could
// happen after the first failure; and again with more time, if it is too slow and the
// format lets those count that are fast enough with the safety margin.
func (d *Docket) verify(ctx context.Context, s Submission, limit time.Duration) (*Result, error) {
	margin := d.problem.Limits.Timing.Upper
	by := terms{limit: limit, kill: limit, all: d.engine.opts.AllCases, tell: d.engine.tell}
	if margin > 1 && boundsLimit(s.Expect, func(q problem.Requirement) bool { return q.Upper }) {
		by.kill = time.Duration(float64(limit) * margin) // to see by how much it is too slow
	}
	r, err := d.grade(ctx, s, by)
	if err != nil || s.Expect == nil || *r.Agrees {
		return r, err
	}
	if a := s.Expect.Agrees(d.outcomeOf(r, by.all)); a.Open && !by.all {
		by.all = true
		if r, err = d.grade(ctx, s, by); err != nil || *r.Agrees {
			return r, err
		}
	}
	if margin <= 1 || d.problem.Limits.Timing.Strict || !tooSlow(r) {
		return r, nil
	}
	by.limit = time.Duration(float64(limit) * margin)
	by.kill, by.tell = by.limit, func(Event) {}
	more, err := d.grade(ctx, s, by)
	if err != nil {
		return nil, err
	}
	if s.Expect.AgreesWithin(d.outcomeOf(r, by.all), d.outcomeOf(more, by.all)).Extra {
		yes := true
		r.Agrees, r.Disagree = &yes, ""
		d.note(false, "%s is as expected only with %v, the time limit × %g", s.Name, by.limit, margin)
	}
	return r, nil
}

func tooSlow(r *Result) bool {
	for _, c := range r.Cases {
		if c.Verdict == problem.TLE {
			return true
		}
	}
	return false
}

// checkInputs runs the package's input validators on every input.
func (d *Docket) checkInputs(ctx context.Context) error {
	var active sync.WaitGroup
	for _, program := range d.problem.InputValidators {
		t, c, err := d.engine.build(ctx, d.sourceOf(program), d.problem.Limits)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch {
		case err != nil:
			d.note(true, "the input validator %s cannot be built: %v", program.Name, err)
		case t == nil:
			d.note(true, "the input validator %s does not compile: %s", program.Name, whyNot(c))
		}
		if t == nil {
			continue
		}
		for _, c := range d.problem.Cases {
			release, err := d.engine.admit(ctx, d.checkerRequest())
			if err != nil {
				break
			}
			active.Go(func() {
				defer release()
				d.checkInput(ctx, t, program.Name, c)
			})
		}
	}
	active.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// checkInput has one validator look at one input.
func (d *Docket) checkInput(ctx context.Context, t *tool, name string, c *problem.Case) {
	if c.Input == "" {
		return
	}
	args, own := c.ValidatorArgs[name]
	if !own {
		args = c.ValidatorArgs[""]
	}
	p := d.engine.checkerPolicy(d.problem.Limits)
	p.Limits.IdleTime = checkerIdle
	said := &limited{}
	cmd := sandbox.Command{Args: args, Stdout: said, Stderr: said}
	for _, f := range c.Files {
		cmd.Files = append(cmd.Files, sandbox.File{Source: f.Path, Name: f.Name})
	}
	r, err := d.engine.runOnFile(ctx, t, cmd, p, c.Input)
	good := 42
	if d.problem.Format == problem.Polygon { // testlib's
		good = 0
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		d.note(true, "the input validator %s on %s: %v", name, c.Name, err)
	case r.ExitCode == nil || *r.ExitCode != good:
		d.note(true, "the input validator %s rejects %s: %s", name, c.Name, firstLine(firstSaid(said.Bytes()), r.Reason))
	}
}
