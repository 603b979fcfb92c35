package grading

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/batch"
	"judge/judge/report"
)

const gradeUsage = "judge grade [flags] PROBLEM... SUBMISSION...\njudge grade [flags] [PROBLEM...] --manifest FILE|DIR"

// exitDisagreed is the status when a verdict is not what was expected.
const exitDisagreed = 1

// Grade is judge grade. With --nats it is done by judge-farm, which gives connect; without that
// it is nil.
func Grade(args []string, version string, connect Connect) (int, error) {
	o, names, err := parse("grade", gradeUsage, version, args)
	if err != nil || o == nil {
		return 0, err
	}
	if o.far.URL != "" && connect == nil {
		return cli.Sibling("judge-farm", "grade", "").Run(args)
	}
	items, done, err := o.list(names)
	defer done()
	if err != nil {
		return 0, o.usage(err)
	}
	status, err := o.grade(items, connect)
	return status, o.usage(err)
}

// usage makes the caller's faults of package batch those of a command line.
func (o *options) usage(err error) error {
	var list *batch.ListError
	var journal *batch.JournalError
	switch {
	case errors.As(err, &list):
		return &cli.UsageError{What: list.Error(), Hint: list.Hint}
	case errors.As(err, &journal):
		return &cli.UsageError{What: fmt.Sprintf("--journal %s: %v", o.journal, journal), Hint: journal.Hint}
	}
	return err
}

// say tells something that is no result, in a line.
func (o *options) say(format string, args ...any) {
	if !o.quiet {
		fmt.Fprintln(os.Stderr, report.Cell(fmt.Sprintf("judge: "+format, args...)))
	}
}

// grade grades a list, and writes the results.
func (o *options) grade(items batch.Items, connect Connect) (_ int, err error) {
	out, err := o.open()
	if err != nil {
		return 0, err
	}
	end := ending{}
	defer func() { err = errors.Join(err, out.close(end)) }()
	progress := newProgress(o)
	o.Warn = progress.warn // what the engine says must not be written on the line of progress
	court, halt, shut, err := o.court(connect)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, shut()) }()
	journal, unlock, err := o.openJournal()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	stop := catch(func() { halt(); progress.stopping() })
	defer stop.release()
	b, err := batch.New(stop.ctx, batch.Options{
		Court: court, List: items, Journal: journal, Warn: progress.warn,
		Done: func(d batch.Outcome) {
			progress.hide()
			out.add(d.Number, d.Scoring, o.must(d.Item), d.Result)
			progress.done(d)
		},
	})
	if err == nil && o.gradescope != "" && b.Count() != 1 {
		err = &cli.UsageError{What: fmt.Sprintf("--gradescope is for one submission, these are %d", b.Count()), Hint: "call judge grade once for each"}
	}
	if err == nil {
		progress.start(b)
		err = b.Run(stop.ctx)
		progress.end()
	}
	return o.conclude(out, &end, stop.by(), b, err)
}

// conclude says what the exit status is, and what is still to be written.
func (o *options) conclude(out *results, end *ending, by unix.Signal, b *batch.Batch, err error) (int, error) {
	switch {
	case by != 0 && (errors.Is(err, judge.ErrHalted) || errors.Is(err, context.Canceled)):
		end.stopped = true
		if b != nil {
			o.sayStopped(by, b.State())
		}
		return 128 + int(by), nil
	case err != nil:
		return 0, err
	}
	end.whole = true
	return out.status(), nil
}
