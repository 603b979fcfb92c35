package grading

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
)

// results writes what was judged in the form asked for, one result at a time. Of each it
// keeps what the form needs at the end: of tables the cells, of a document its place in a
// file.
type results struct {
	*options
	file    *outFile // nil is standard output
	w       *bufio.Writer
	lines   *report.Annotations // --format github
	reports reports

	rows      []tableRow
	documents spool
	counts    report.Counts
	wrong     bool  // something is not as it must be
	err       error // of writing
}

func (o *options) open() (*results, error) {
	r := &results{options: o, w: bufio.NewWriter(os.Stdout), counts: report.Counts{}}
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

// add takes the result of the submission that was named as the n-th. must says that it has
// to be as expected. Lines are written as they come.
func (r *results) add(n int, scoring, must bool, one *judge.Result) {
	r.counts.Add(one)
	r.wrong = r.wrong || must && one.Agrees != nil && !*one.Agrees
	if a := one.Audit; a != nil {
		r.wrong = r.wrong || len(a.Differs) > 0
		for _, what := range a.Differs {
			r.say("audit of %s: %s (%s; again by %s)", one.Submission, what, strings.Join(a.Of, ", "), strings.Join(a.By, ", "))
		}
		if a.Missing != "" {
			r.say("no audit of %s: %s", one.Submission, a.Missing)
		}
	}
	if r.err != nil {
		return
	}
	switch r.format {
	case "jsonl":
		r.err = errors.Join(encode(r.w, one, "", ""), r.w.Flush())
	case "github":
		r.err = errors.Join(r.lines.Add(one), r.w.Flush())
	case "json":
		r.err = r.documents.add(n, one)
	case "table":
		r.rows = append(r.rows, newTableRow(n, scoring, one))
	}
	r.err = errors.Join(r.err, r.reports.add(one))
}

// An ending is how the grading ended.
type ending struct {
	whole   bool // all was graded
	stopped bool // by a signal
}

// close writes what is to be written at the end, if the grading is whole; else nothing is
// left but lines, and a table of what there is, for who sits before a terminal.
func (r *results) close(end ending) error {
	show := end.stopped && r.file == nil && len(r.rows) > 0
	if (end.whole || show) && r.err == nil {
		switch r.format {
		case "json":
			r.err = r.document()
		case "table":
			r.err = table(r.w, r.rows, r.counts)
		case "github":
			r.err = r.lines.Close()
		}
	}
	err := errors.Join(r.err, r.w.Flush(), r.documents.close())
	lines := r.format == "jsonl" || r.format == "github" // those that are there are whole
	switch {
	case r.file == nil:
		err = wrap(err, "standard output")
	case err == nil && (end.whole || lines):
		err = wrap(r.file.keep(), r.out)
	default:
		err = wrap(errors.Join(err, r.file.drop()), r.out)
	}
	return errors.Join(err, r.reports.close(end.whole && err == nil))
}

func wrap(err error, where string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write the results to %s: %w", where, err)
}

// document writes all results as one, in the order in which the submissions were named.
func (r *results) document() error {
	fmt.Fprintf(r.w, "{\n  \"version\": %d,\n  \"submissions\": [", judge.Version)
	if err := r.documents.copy(r.w, "\n    ", ",\n    "); err != nil {
		return err
	}
	if len(r.documents.parts) > 0 {
		fmt.Fprint(r.w, "\n  ")
	}
	summary, err := json.MarshalIndent(r.counts.Verdicts(), "  ", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.w, "],\n  \"summary\": %s\n}\n", summary)
	return err
}

// A spool keeps JSON in a file that has no name, until its order is known.
type spool struct {
	file  *os.File
	w     *bufio.Writer
	size  int64
	parts []part
}

type part struct {
	n          int
	at, length int64
}

func (s *spool) add(n int, one *judge.Result) error {
	if s.file == nil {
		f, err := nameless()
		if err != nil {
			return fmt.Errorf("keep a result until all are there: %w", err)
		}
		s.file, s.w = f, bufio.NewWriter(f)
	}
	p := part{n: n, at: s.size}
	err := encode(&counted{s.w, &p.length}, one, "    ", "  ")
	s.size += p.length
	p.length-- // the encoder ends with a newline
	s.parts = append(s.parts, p)
	return err
}

// copy writes the parts in their order, with something before the first and each other.
func (s *spool) copy(w io.Writer, first, next string) error {
	if s.file == nil {
		return nil
	}
	if err := s.w.Flush(); err != nil {
		return err
	}
	slices.SortFunc(s.parts, func(a, b part) int { return cmp.Compare(a.n, b.n) })
	for _, p := range s.parts {
		if _, err := io.WriteString(w, first); err != nil {
			return err
		}
		if _, err := io.Copy(w, io.NewSectionReader(s.file, p.at, p.length)); err != nil {
			return err
		}
		first = next
	}
	return nil
}

func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// counted adds up what goes through.
type counted struct {
	w io.Writer
	n *int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	*c.n += int64(n)
	return n, err
}

func encode(w io.Writer, v any, prefix, indent string) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, indent)
	return e.Encode(v)
}

// status is the exit status.
func (r *results) status() int { return Status(r.counts, r.wrong) }

// Status is the exit status of a grading; wrong says that something is not as it must be. judge's own
// error weighs more than a disagreement.
func Status(counts report.Counts, wrong bool) int {
	switch {
	case counts[problem.JE] > 0:
		return cli.ExitJudge
	case wrong:
		return exitDisagreed
	}
	return 0
}
