package simulate

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bursts are the contests of the table of sizes: submissions in their last ten minutes.
var bursts = []int{100, 1000, 10_000, 100_000}

// printSizes writes a table in Markdown: after which time 95 of 100 submissions of a
// contest have their result, on farms of each size; and where those saturate.
func printSizes(w io.Writer, c Config, workers []int) error {
	rows := [][]string{{"submissions in the last ten minutes"}, {"---"}}
	for _, n := range workers {
		rows[0] = append(rows[0], plural(int64(n), "worker"))
		rows[1] = append(rows[1], "---:")
	}
	last := make([]*Result, len(workers))
	for _, burst := range bursts {
		row := []string{fmt.Sprint(burst)}
		load, err := ParseLoad(fmt.Sprintf("contest,n=%d", burst))
		if err != nil {
			return err
		}
		for i, n := range workers {
			c.Workers, c.Loads = n, []Load{load}
			r, err := Run(c)
			if err != nil {
				return err
			}
			row = append(row, r.cell())
			last[i] = r
		}
		rows = append(rows, row)
	}
	for _, figures := range []struct {
		name string
		of   func(*Result) string
	}{
		{"saturates at, submissions a second", func(r *Result) string { return figure(r.Limits.Least()) }},
		{"by", func(r *Result) string { return r.Limits.By }},
		{"messages a second then", func(r *Result) string { return figure(r.Limits.Least() * r.Limits.Messages) }},
	} {
		row := []string{figures.name}
		for _, r := range last {
			row = append(row, figures.of(r))
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is after which time 95 of 100 submissions had their result.
func (r *Result) cell() string {
	if r.Engine.Collapsed {
		return "never"
	}
	d := r.Verdict.P95
	if d > time.Minute {
		d = d.Round(time.Second)
	}
	return short(d).String()
}
