package grading

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"judge/judge"
	"judge/judge/report"
)

// maxColumns is how many groups a table shows; more do not fit on a screen.
const maxColumns = 12

// A tableRow is what a table shows of a result.
type tableRow struct {
	n       int // in which place it was named
	scoring bool
	cached  string       // how many of its cases are out of the result cache, and have their times from there; "" if none
	result  judge.Result // without what a table does not show
}

func newTableRow(n int, scoring bool, r *judge.Result) tableRow {
	t := tableRow{n: n, scoring: scoring, result: *r}
	if n := report.CachedCases(r); n > 0 {
		t.cached = fmt.Sprintf("%d of %d", n, len(r.Cases))
	}
	t.result.Cases, t.result.Compile, t.result.Provenance, t.result.Expected = nil, nil, nil, nil
	// The root, and as many as are shown.
	t.result.Groups = slices.Clone(r.Groups[:min(len(r.Groups), maxColumns+1)])
	return t
}

// A form is which columns a table has.
type form struct {
	problems bool // more than one
	scores   bool
	cached   bool // some case is out of the result cache
	groups   []string
}

// table writes a line a submission, with a column for each group.
func table(w io.Writer, rows []tableRow, counts report.Counts) error {
	slices.SortStableFunc(rows, func(a, b tableRow) int { return cmp.Compare(a.n, b.n) })
	f := formOf(rows)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if f.problems {
		fmt.Fprint(t, "PROBLEM\t")
	}
	fmt.Fprint(t, "SUBMISSION\tLANGUAGE\tVERDICT")
	if f.scores {
		fmt.Fprint(t, "\tSCORE")
	}
	fmt.Fprint(t, "\tCPU TIME\tMEMORY")
	if f.cached {
		fmt.Fprint(t, "\tCACHED")
	}
	for _, g := range f.groups {
		fmt.Fprint(t, "\t", report.Cell(g))
	}
	fmt.Fprint(t, "\tEXPECTED\tREASON\n")
	for _, r := range rows {
		f.row(t, &r)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(t, "\n%s\n", counts)
	if text := counts.Cached(); text != "" {
		fmt.Fprintf(t, "%s --fresh measures anew.\n", text)
	}
	for _, text := range []string{counts.Unfair(), counts.Audited()} {
		if text != "" {
			fmt.Fprintln(t, text)
		}
	}
	return t.Flush()
}

func (f form) row(w io.Writer, row *tableRow) {
	r := &row.result
	if f.problems {
		fmt.Fprintf(w, "%s\t", report.Cell(r.Problem))
	}
	fmt.Fprintf(w, "%s\t%s\t%s", report.Cell(r.Submission), cmp.Or(report.Cell(r.Language), "-"), report.Cell(string(r.Verdict)))
	if f.scores {
		fmt.Fprintf(w, "\t%s", score(r.Score))
	}
	fmt.Fprintf(w, "\t%v\t%.1f MiB", r.CPUTime.Round(time.Millisecond), float64(r.MemoryPeak)/(1<<20))
	if f.cached {
		fmt.Fprintf(w, "\t%s", cmp.Or(row.cached, "-"))
	}
	byName := map[string]judge.GroupResult{}
	for _, g := range r.Groups {
		byName[g.Name] = g
	}
	for _, name := range f.groups {
		g, there := byName[name]
		cell := "-"
		if there {
			cell = report.Cell(string(g.Verdict))
			if row.scoring {
				cell += " " + score(g.Score)
			}
		}
		fmt.Fprint(w, "\t", cell)
	}
	expected := "-"
	switch {
	case r.Agrees == nil:
	case *r.Agrees:
		expected = "as expected"
	default:
		expected = "NOT: " + r.Disagree
	}
	fmt.Fprintf(w, "\t%s\t%s\n", report.Cell(expected), report.Cell(r.Reason))
}

// formOf finds the columns: the groups are those that any submission was judged on, the
// root aside.
func formOf(rows []tableRow) form {
	var f form
	seen := map[string]bool{"": true}
	for _, r := range rows {
		f.scores = f.scores || r.scoring
		f.cached = f.cached || r.cached != ""
		f.problems = f.problems || r.result.Problem != rows[0].result.Problem
		for _, g := range r.result.Groups {
			if !seen[g.Name] && len(f.groups) < maxColumns {
				seen[g.Name] = true
				f.groups = append(f.groups, g.Name)
			}
		}
	}
	return f
}

func score(s *float64) string {
	if s == nil {
		return "-"
	}
	return strconv.FormatFloat(*s, 'g', -1, 64)
}
