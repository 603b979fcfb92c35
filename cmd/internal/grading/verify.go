package grading

import (
	"context"
	"errors"
	"fmt"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/problem"
)

const verifyUsage = "judge verify [flags] PROBLEM"

func verifyCommand(args []string, version string) (int, error) {
	o, names, err := parse("verify", verifyUsage, version, args)
	if err != nil || o == nil {
		return 0, err
	}
	if len(names) != 1 {
		return 0, &cli.UsageError{What: "judge verify takes one problem", Hint: verifyUsage}
	}
	p, err := problem.Load(names[0])
	if err != nil {
		return 0, fmt.Errorf("problem %s: %w", names[0], err)
	}
	for _, w := range p.Warnings {
		o.say("%s: %v", p.Name, w)
	}
	return o.verify(p)
}

// verify grades a package's own submissions, and writes the results.
func (o *options) verify(p *problem.Problem) (_ int, err error) {
	out, err := o.open()
	if err != nil {
		return 0, err
	}
	end := ending{}
	defer func() { err = errors.Join(err, out.close(end)) }()
	number := map[string]int{}
	for n, s := range p.Submissions {
		number[s.Name] = n
	}
	o.Progress = func(ev judge.Event) {
		if r := ev.Result; r != nil {
			out.add(number[r.Submission], p.Type.Scoring, true, r)
			o.say("%s: %s %s", r.Submission, r.Verdict, r.Reason)
		}
	}
	engine, shut, err := o.engine()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, shut()) }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// A part of a verification is worth nothing: the first signal ends it.
	stop := catch(cancel)
	defer stop.release()
	docket, err := engine.Prepare(ctx, p)
	if err == nil {
		err = docket.VerifyAll(ctx)
	}
	switch by := stop.by(); {
	case by != 0 && errors.Is(err, context.Canceled):
		end.stopped = true
		return 128 + int(by), nil
	case err != nil:
		return 0, err
	}
	end.whole = true
	return o.afterNotes(p.Name, docket.Notes(), out.status()), nil
}

// afterNotes tells what was found about a package, and is the exit status with that.
func (o *options) afterNotes(name string, notes []judge.Note, status int) int {
	for _, note := range notes {
		o.say("%s: %s", name, note.Text)
		if note.Wrong && status == 0 {
			status = exitDisagreed
		}
	}
	return status
}
