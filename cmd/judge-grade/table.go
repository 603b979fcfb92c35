package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"judge/judge"
	"judge/judge/problem"
	"judge/judge/report"
)

// maxColumns is how many groups a table shows; more do not fit on a screen.
const maxColumns = 12

// table writes a line a submission, with a column for each group.
func table(w io.Writer, p *problem.Problem, results []*judge.Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	groups := columns(results)
	fmt.Fprint(t, "SUBMISSION\tLANGUAGE\tVERDICT")
	if p.Type.Scoring {
		fmt.Fprint(t, "\tSCORE")
	}
	fmt.Fprint(t, "\tCPU TIME\tMEMORY")
	for _, g := range groups {
		fmt.Fprint(t, "\t", report.Cell(g))
	}
	fmt.Fprint(t, "\tEXPECTED\tREASON\n")
	for _, r := range results {
		row(t, p, r, groups)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	counts := report.Counts{}
	for _, r := range results {
		counts.Add(r)
	}
	_, err := fmt.Fprintf(w, "\n%s\n", counts)
	return err
}

func row(w io.Writer, p *problem.Problem, r *judge.Result, groups []string) {
	fmt.Fprintf(w, "%s\t%s\t%s", report.Cell(r.Submission), cmp.Or(r.Language, "-"), r.Verdict)
	if p.Type.Scoring {
		fmt.Fprintf(w, "\t%s", score(r.Score))
	}
	fmt.Fprintf(w, "\t%v\t%.1f MiB", r.CPUTime.Round(time.Millisecond), float64(r.MemoryPeak)/(1<<20))
	byName := map[string]judge.GroupResult{}
	for _, g := range r.Groups {
		byName[g.Name] = g
	}
	for _, name := range groups {
		g, there := byName[name]
		cell := "-"
		if there {
			cell = string(g.Verdict)
			if p.Type.Scoring {
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

// columns are the groups that any submission was judged on, the root aside.
func columns(results []*judge.Result) []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, r := range results {
		for _, g := range r.Groups {
			if !seen[g.Name] && len(names) < maxColumns {
				seen[g.Name] = true
				names = append(names, g.Name)
			}
		}
	}
	return names
}

func score(s *float64) string {
	if s == nil {
		return "-"
	}
	return strconv.FormatFloat(*s, 'g', -1, 64)
}
