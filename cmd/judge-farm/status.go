package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/cmd/internal/grading"
	"judge/farm"
	"judge/farm/web"
	"judge/judge"
	"judge/judge/report"
)

const (
	statusUsage = "judge status [flags] [BATCH]: list batches and workers of a farm, or say how far a batch is"
	watchUsage  = "judge watch [flags] BATCH: tell of each result, until all are there"
	cancelUsage = "judge cancel [flags] BATCH: let nothing of it be judged any more"
)

// ask reads the command line of a command about batches, and connects.
func ask(command, text string, least int, args []string) (*grading.Asking, []string, *farm.Farm, func(), error) {
	var a grading.Asking
	c, err := read(command, text, least, 1, args, func(c *call) { a.Flags(command, c.FlagSet) })
	if err != nil || c == nil {
		return nil, nil, nil, nil, err
	}
	f, leave, err := open(a.Far)
	return &a, c.Args(), f, leave, err
}

func statusCommand(args []string) (int, error) {
	a, names, f, leave, err := ask("status", statusUsage, 0, args)
	if err != nil || a == nil {
		return 0, err
	}
	defer leave()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	workers, err := f.Workers(ctx)
	if err != nil {
		return 0, err
	}
	var batches []farm.Batch
	if len(names) == 1 {
		b, err := f.Batch(ctx, names[0])
		if err != nil {
			return 0, err
		}
		batches = []farm.Batch{b}
	} else if batches, err = f.Batches(ctx); err != nil {
		return 0, err
	}
	list := []web.BatchInfo{}
	for _, b := range batches {
		s := web.BatchInfo{Batch: b, Workers: b.Takers(workers)}
		if s.Progress, err = f.Progress(ctx, b.ID); err != nil {
			return 0, err
		}
		list = append(list, s)
	}
	switch {
	case a.JSON && len(names) == 1:
		return 0, cli.PrintJSON(list[0])
	case a.JSON:
		return 0, cli.PrintJSON(map[string]any{"batches": list, "workers": slices.Concat([]farm.WorkerInfo{}, workers)})
	}
	return 0, errors.Join(printBatches(list), printWorkers(workers))
}

func printBatches(list []web.BatchInfo) error {
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "BATCH\tUSER\tSTATE\tRESULTS\tCASES\tQUEUED\tFAULTS\tDIFFER\tWORKERS\n")
	for _, s := range list {
		results := fmt.Sprint(s.Results)
		if s.Items > 0 {
			results += fmt.Sprintf(" of %d", s.Items)
		}
		state := report.Cell(string(s.State)) // a batch is what its user wrote
		if s.Audits != "" {
			state += " (audit)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", s.ID, report.Cell(s.User), state, results, s.Cases, s.Queued, s.Faults, s.Differ, s.Workers)
	}
	return t.Flush()
}

func printWorkers(list []farm.WorkerInfo) error {
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\nWORKER\tJOBS\tRUNNING\tJUDGED\tLOAD\tSINCE\tREFERENCE\tFAIR\tPROCESSOR\n")
	for _, w := range list {
		speed := "-"
		if w.Host.Reference > 0 {
			speed = w.Host.Reference.Round(100 * time.Microsecond).String()
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", report.Cell(w.ID), w.Jobs, w.Running, w.Judged, report.Cell(w.Load), w.Began.UTC().Format(time.DateTime),
			speed, cmp.Or(report.Cell(w.Host.Fair), "-"), cmp.Or(report.Cell(w.Host.CPU), "-"))
	}
	return t.Flush()
}

// watchCommand tells of a batch until it is whole. Its exit status is that of judge grade.
func watchCommand(args []string) (int, error) {
	a, names, f, leave, err := ask("watch", watchUsage, 1, args)
	if err != nil || a == nil {
		return 0, err
	}
	defer leave()
	ctx, by, release := grading.Signals(func() { leave() })
	defer release()
	b, err := f.Batch(ctx, names[0])
	if err != nil {
		return 0, err
	}
	list, err := f.List(ctx, b)
	if err != nil {
		return 0, err
	}
	if b.State == farm.Cancelled {
		return 0, &cli.UsageError{What: "the batch " + b.ID + " is cancelled", Hint: "judge status " + b.ID + " says how far it came"}
	}
	n := 0
	verdicts := report.Counts{}
	wrong := false
	err = gather(ctx, f, b.ID, list, func(_ int, _, must bool, r *judge.Result) {
		n++
		verdicts.Add(r)
		wrong = wrong || must && r.Agrees != nil && !*r.Agrees
		fmt.Println(report.Cell(fmt.Sprintf("%d/%d %s %s: %s %s", n, len(list), r.Problem, r.Submission, r.Verdict, r.Reason)))
	})
	if s := by(); s != 0 {
		return 128 + int(s), nil
	}
	if err != nil {
		return 0, err
	}
	fmt.Println(verdicts.Words())
	return grading.Status(verdicts, wrong), nil
}

func cancelCommand(args []string) (int, error) {
	a, names, f, leave, err := ask("cancel", cancelUsage, 1, args)
	if err != nil || a == nil {
		return 0, err
	}
	defer leave()
	defer f.TellFull(func(text string) { fmt.Fprintln(os.Stderr, "judge: "+report.Cell(text)) })()
	done, err := f.Cancel(context.Background(), names[0])
	if err == nil && !done {
		fmt.Fprintf(os.Stderr, "judge: the batch %s was over already\n", names[0])
	}
	return 0, err
}
