package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/problem"
)

// results takes what the engine tells, and writes it in the form asked for. Its
// event is called by one goroutine at a time.
type results struct {
	*options
	problem *problem.Problem
	file    *os.File // a new file beside o.out, that gets its name when all is there; or standard output
	w       *bufio.Writer

	done  []*judge.Result
	cases int
	err   error // of writing
}

func (o *options) open(p *problem.Problem) (*results, error) {
	r := &results{options: o, problem: p, file: os.Stdout}
	if o.out != "" {
		var err error
		if r.file, err = os.CreateTemp(filepath.Dir(o.out), ".judge-results-"); err != nil {
			return nil, &cli.UsageError{What: fmt.Sprintf("--out: %v", err), Hint: "name a file that can be written"}
		}
	}
	r.w = bufio.NewWriter(r.file)
	return r, nil
}

// event notes what was judged. Lines are written as they come.
func (r *results) event(ev judge.Event) {
	if ev.Result == nil {
		r.cases++
		return
	}
	r.done = append(r.done, ev.Result)
	if r.format == "jsonl" && r.err == nil {
		r.err = errors.Join(encode(r.w, ev.Result, ""), r.w.Flush())
	}
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
		}
	}
	err := errors.Join(r.err, r.w.Flush())
	if r.out == "" {
		return wrap(err, "standard output")
	}
	if err == nil && (whole || r.format == "jsonl") { // lines that are there are whole
		err = errors.Join(r.file.Chmod(0o644), r.file.Close(), os.Rename(r.file.Name(), r.out))
	} else {
		err = errors.Join(err, r.file.Close(), os.Remove(r.file.Name()))
	}
	return wrap(err, r.out)
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
