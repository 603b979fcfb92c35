package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
)

const (
	gradeUsage  = "judge grade [flags] PROBLEM SUBMISSION..."
	verifyUsage = "judge verify [flags] PROBLEM"
)

// exitDisagreed is the status when a verdict is not what was expected.
const exitDisagreed = 1

func gradeCommand(args []string) (int, error) {
	o, names, err := parse("grade", gradeUsage, args)
	if err != nil || o == nil {
		return 0, err
	}
	if len(names) < 2 {
		return 0, &cli.UsageError{What: "judge grade takes a problem and submissions", Hint: gradeUsage}
	}
	expect, err := o.expectation()
	if err != nil {
		return 0, err
	}
	p, err := o.load(names[0])
	if err != nil {
		return 0, err
	}
	var list []judge.Submission
	for _, name := range names[1:] {
		s, err := find(p, name)
		if err != nil {
			return 0, err
		}
		if expect != nil {
			s.Expect = expect
		}
		list = append(list, s)
	}
	if o.gradescope != "" && len(list) != 1 {
		return 0, &cli.UsageError{What: fmt.Sprintf("--gradescope is for one submission, these are %d", len(list)), Hint: "call judge grade once for each"}
	}
	o.check = list
	return o.session(p, o.expect != "", func(d *judge.Docket, ctx context.Context) error { return d.GradeAll(ctx, list) })
}

func verifyCommand(args []string) (int, error) {
	o, names, err := parse("verify", verifyUsage, args)
	if err != nil || o == nil {
		return 0, err
	}
	if len(names) != 1 {
		return 0, &cli.UsageError{What: "judge verify takes one problem", Hint: verifyUsage}
	}
	p, err := o.load(names[0])
	if err != nil {
		return 0, err
	}
	return o.session(p, true, (*judge.Docket).VerifyAll)
}

// load reads the package, and tells what is odd about it.
func (o *options) load(dir string) (*problem.Problem, error) {
	p, err := problem.Load(dir)
	if err != nil {
		return nil, fmt.Errorf("problem %s: %w", dir, err)
	}
	for _, w := range p.Warnings {
		o.say("%s: %v", p.Name, w)
	}
	return p, nil
}

// say tells something that is no result, in a line.
func (o *options) say(format string, args ...any) {
	if !o.quiet {
		fmt.Fprintln(os.Stderr, report.Cell(fmt.Sprintf("judge: "+format, args...)))
	}
}

// find makes a submission of a path; what the package expects of it holds if it is one
// of the package's own.
func find(p *problem.Problem, path string) (judge.Submission, error) {
	if abs, err := filepath.Abs(path); err == nil {
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			for _, s := range p.Submissions {
				if s.Path == real {
					return judge.OfPackage(s), nil
				}
			}
		}
	}
	return judge.ReadSubmission(path)
}

// session runs an engine for one problem, and writes the results.
func (o *options) session(p *problem.Problem, must bool, work func(*judge.Docket, context.Context) error) (_ int, err error) {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	go func() {
		if s, more := <-signals; more {
			stop(stopped{s.(unix.Signal)})
		}
	}()
	defer func() { signal.Stop(signals); close(signals) }()
	out, err := o.open(p)
	if err != nil {
		return 0, err
	}
	o.Progress = out.event
	place, err := newWorkplace()
	if err != nil {
		return 0, errors.Join(err, out.close(false))
	}
	defer func() { err = errors.Join(err, place.close()) }()
	o.TempDir = place.path()
	engine, err := judge.New(o.Options)
	if err != nil {
		return 0, errors.Join(err, out.close(false))
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	for _, s := range o.check {
		if err := engine.CheckLanguage(s); err != nil && !p.Type.SubmitAnswer {
			return 0, errors.Join(&cli.UsageError{What: err.Error()}, out.close(false))
		}
	}
	docket, err := engine.Prepare(ctx, p)
	if err == nil {
		err = work(docket, ctx)
	}
	var by stopped
	if errors.As(err, &by) {
		return 128 + int(by.signal), out.close(false)
	}
	if err = errors.Join(err, out.close(err == nil)); err != nil {
		return 0, err
	}
	wrong := false
	for _, note := range docket.Notes() {
		o.say("%s: %s", p.Name, note.Text)
		wrong = wrong || note.Wrong
	}
	status := out.status(must)
	if wrong && must && status == 0 {
		status = exitDisagreed
	}
	return status, nil
}

// stopped is why a session ended by a signal.
type stopped struct{ signal unix.Signal }

func (s stopped) Error() string { return "stopped by " + strings.ToLower(unix.SignalName(s.signal)) }
