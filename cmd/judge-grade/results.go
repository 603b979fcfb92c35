package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
)

// results takes what the engine tells, and writes it in the form asked for. Its
// event is called by one goroutine at a time.
type results struct {
	*options
	problem *problem.Problem
	file    *outFile // nil is standard output
	w       *bufio.Writer
	lines   *report.Annotations // --format github
	reports reports

	done []*judge.Result
	err  error // of writing
}

func (o *options) open(p *problem.Problem) (*results, error) {
	r := &results{options: o, problem: p, w: bufio.NewWriter(os.Stdout)}
	var err error
	if r.reports, err = o.openReports(); err != nil {
		return nil, err
	}
	if o.out != "" {
		if r.file, err = create("--out", o.out); err != nil {
			return nil, errors.Join(err, r.reports.close(false))
		}
		r.w = bufio.NewWriter(r.file)
	}
	r.lines = report.NewAnnotations(r.w)
	return r, nil
}

// event notes what was judged. Lines are written as they come.
func (r *results) event(ev judge.Event) {
	if ev.Result == nil {
		return
	}
	r.done = append(r.done, ev.Result)
	if r.format == "jsonl" && r.err == nil {
		r.err = errors.Join(encode(r.w, ev.Result, ""), r.w.Flush())
	}
	if r.format == "github" && r.err == nil {
		r.err = errors.Join(r.lines.Add(ev.Result), r.w.Flush())
	}
	r.err = errors.Join(r.err, r.reports.add(ev.Result))
	r.say("%s: %s %s", ev.Result.Submission, ev.Result.Verdict, ev.Result.Reason)
}

// A document is all results as one.
type document struct {
	Version     int                     `json:"version"`
	Submissions []*judge.Result         `json:"submissions"`
	Summary     map[problem.Verdict]int `json:"summary"`
}

// close writes what is to be written at the end, if whole; else nothing is left.
func (r *results) close(whole bool) error {
	if whole && r.err == nil {
		r.sort()
		switch r.format {
		case "json":
			r.err = encode(r.w, r.document(), "  ")
		case "table":
			r.err = table(r.w, r.problem, r.done)
		case "github":
			r.err = r.lines.Close()
		}
	}
	err := errors.Join(r.err, r.w.Flush())
	lines := r.format == "jsonl" || r.format == "github" // those that are there are whole
	switch {
	case r.file == nil:
		err = wrap(err, "standard output")
	case err == nil && (whole || lines):
		err = wrap(r.file.keep(), r.out)
	default:
		err = wrap(errors.Join(err, r.file.drop()), r.out)
	}
	return errors.Join(err, r.reports.close(whole && err == nil))
}

// sort puts results in the order in which the submissions were named.
func (r *results) sort() {
	place := map[string]int{}
	for i, s := range r.check {
		place[s.Name] = i
	}
	for i, s := range r.problem.Submissions {
		if len(r.check) == 0 {
			place[s.Name] = i
		}
	}
	slices.SortStableFunc(r.done, func(a, b *judge.Result) int { return place[a.Submission] - place[b.Submission] })
}

func wrap(err error, where string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write the results to %s: %w", where, err)
}

func (r *results) document() document {
	d := document{Version: judge.Version, Submissions: r.done, Summary: map[problem.Verdict]int{}}
	if d.Submissions == nil {
		d.Submissions = []*judge.Result{}
	}
	for _, one := range r.done {
		d.Summary[one.Verdict]++
	}
	return d
}

func encode(w io.Writer, v any, indent string) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	return e.Encode(v)
}

// status is the exit status: judge's own error weighs more than a disagreement.
func (r *results) status(must bool) int {
	status := 0
	for _, one := range r.done {
		switch {
		case one.Verdict == problem.JE:
			return cli.ExitJudge
		case must && one.Agrees != nil && !*one.Agrees:
			status = exitDisagreed
		}
	}
	return status
}
