package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"judge/judge/problem"
	"judge/sandbox"
)

// checkInputs runs the package's input validators on every input, and on those that
// one of them must reject.
func (d *Docket) checkInputs(ctx context.Context) error {
	validators, err := d.inputValidators(ctx)
	if err != nil {
		return err
	}
	cases := append([]*problem.Case(nil), d.problem.Cases...)
	wrong := map[*problem.Case]bool{}
	for _, p := range d.problem.Probes {
		if p.Case.Sample { // one of the problem's own
			continue
		}
		cases = append(cases, p.Case)
		wrong[p.Case] = p.Wrong && p.Output == ""
	}
	faults, whys := make([]error, len(validators)*len(cases)), make([]string, len(validators)*len(cases))
	if err := d.checkAll(ctx, len(faults), func(i int) {
		whys[i], faults[i] = d.checkInput(ctx, validators[i%len(validators)], cases[i/len(validators)])
	}); err != nil {
		return err
	}
	for i, c := range cases {
		rejected := false
		for k, v := range validators {
			fault, why := faults[i*len(validators)+k], whys[i*len(validators)+k]
			rejected = rejected || why != ""
			switch {
			case fault != nil:
				d.note(true, "the input validator %s on %s: %v", v.name, c.Name, fault)
			case why != "" && !wrong[c]:
				d.note(true, "the input validator %s rejects %s: %s", v.name, c.Name, why)
			}
		}
		if wrong[c] && !rejected && len(validators) > 0 {
			d.note(true, "no input validator rejects %s", c.Name)
		}
	}
	return nil
}

// checkAll does something n times, as many at once as may run; each starts a validator. The
// error is that ctx is done, or that no room was found for them all.
func (d *Docket) checkAll(ctx context.Context, n int, do func(i int)) error {
	var active sync.WaitGroup
	var failed error
	for i := range n {
		release, err := d.engine.admit(ctx, d.checkerRequest())
		if err != nil {
			failed = err // what was not looked at must not pass for good
			break
		}
		active.Go(func() {
			defer release()
			do(i)
		})
	}
	active.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return failed
}

// inputValidators builds them. What is wrong with one is noted.
func (d *Docket) inputValidators(ctx context.Context) ([]*tool, error) {
	var list []*tool
	for _, program := range d.problem.InputValidators {
		t, c, err := d.engine.build(ctx, d.sourceOf(program), d.problem.Limits)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			d.note(true, "the input validator %s cannot be built: %v", program.Name, err)
		case t == nil:
			d.note(true, "the input validator %s does not compile: %s", program.Name, whyNot(c))
		default:
			list = append(list, t)
		}
	}
	return list, nil
}

// checkInput has one validator look at one input; why it rejects that, "" if it does not.
func (d *Docket) checkInput(ctx context.Context, v *tool, c *problem.Case) (why string, fault error) {
	if c.Input == "" {
		return "", nil
	}
	args, own := c.ValidatorArgs[v.name]
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
	r, err := d.engine.runOnFile(ctx, sandbox.Prepare(), v, cmd, p, c.Input)
	good := 42
	if d.problem.Format == problem.Polygon { // testlib's
		good = 0
	}
	if err != nil || r.ExitCode != nil && *r.ExitCode == good {
		return "", err
	}
	return firstLine(firstSaid(said.Bytes()), r.Reason), nil
}

// checkOutputs has the output validators judge what the package says is right or wrong.
func (d *Docket) checkOutputs(ctx context.Context) error {
	if d.fault != "" {
		return nil // every submission says so
	}
	var probes []problem.Probe
	for _, p := range d.problem.Probes {
		if p.Output != "" {
			probes = append(probes, p)
		}
	}
	found := make([]string, len(probes))
	err := d.checkAll(ctx, len(probes), func(i int) { found[i] = d.checkOutput(ctx, probes[i]) })
	for _, text := range found {
		if err == nil && text != "" {
			d.note(true, "%s", text)
		}
	}
	return err
}

// checkOutput says what is not as it should be; "" if all is.
func (d *Docket) checkOutput(ctx context.Context, p problem.Probe) string {
	name := p.Case.Name + filepath.Ext(p.Output)
	dir, err := d.engine.place("probe")
	var checked *Checked
	if err == nil {
		checked, err = (&trial{Docket: d}).checked(ctx, &hearing{c: p.Case, input: p.Case.Input, output: p.Output, dir: dir})
		err = errors.Join(err, os.RemoveAll(dir))
	}
	switch {
	case err != nil:
		return fmt.Sprintf("validate %s: %v", name, err)
	case checked.Verdict == problem.JE:
		return fmt.Sprintf("validate %s: %s", name, checked.Reason)
	case p.Wrong && checked.Verdict != problem.WA:
		return fmt.Sprintf("the output validator accepts %s, which is wrong", name)
	case !p.Wrong && checked.Verdict == problem.WA:
		return fmt.Sprintf("the output validator rejects %s, which is right: %s", name, firstLine(why(checked)))
	}
	return ""
}
