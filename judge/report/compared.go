package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// maxListed is how many cases of a change a line names.
const maxListed = 5

// Print writes a comparison for people: what decides first, then times.
func (c Comparison) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, b := range c.Basis {
		fmt.Fprintf(t, "%s:\t%s\t->\t%s\n", b.What, Cell(orNone(b.A)), Cell(orNone(b.B)))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	line := func(problem, submission, what string) {
		fmt.Fprintf(t, "%s\t%s\t%s\n", Cell(problem), Cell(submission), Cell(what))
	}
	decided, timed := 0, 0
	for _, one := range c.Changed {
		if one.decides() {
			decided++
			line(one.Problem, one.Submission, one.text())
		}
	}
	for _, one := range c.OnlyA {
		line(one.Problem, one.Submission, string(one.Verdict)+", missing in the second")
	}
	for _, one := range c.OnlyB {
		line(one.Problem, one.Submission, string(one.Verdict)+", new in the second")
	}
	for _, one := range c.Changed {
		if !one.decides() {
			timed++
			line(one.Problem, one.Submission, one.timeText())
		}
	}
	fmt.Fprintf(t, "%d the same, %d with another verdict or score, %d with another time, %d missing, %d new\n", c.Same, decided, timed, len(c.OnlyA), len(c.OnlyB))
	if c.TimeRatio != nil {
		fmt.Fprintf(t, "the second took %.2f times as long as the first (median of %d cases)\n", *c.TimeRatio, c.Timed)
	}
	for i, side := range []string{"first", "second"} {
		if c.Cached[i] > 0 {
			fmt.Fprintf(t, "cases of the %s that are out of the result cache, with times of another grading: %d (--fresh measures anew)\n", side, c.Cached[i])
		}
	}
	return t.Flush()
}

func (c Change) text() string {
	var parts []string
	if c.Verdict[0] != c.Verdict[1] {
		parts = append(parts, fmt.Sprintf("%s -> %s", c.Verdict[0], c.Verdict[1]))
	}
	if !sameScore(c.Score) {
		parts = append(parts, fmt.Sprintf("score %s -> %s", scoreText(c.Score[0]), scoreText(c.Score[1])))
	}
	for i, one := range c.Cases {
		if i == maxListed {
			parts = append(parts, fmt.Sprintf("and %d cases more", len(c.Cases)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s: %s -> %s", one.Name, one.Verdict[0], one.Verdict[1]))
	}
	if c.Time != "" {
		parts = append(parts, c.timeText())
	}
	return strings.Join(parts, "; ")
}

func (c Change) timeText() string {
	a, b := time.Duration(c.CPUTime[0]).Round(100*time.Microsecond), time.Duration(c.CPUTime[1]).Round(100*time.Microsecond)
	if c.CPUTime[0] == 0 {
		return fmt.Sprintf("%s: %v -> %v", c.Time, a, b)
	}
	return fmt.Sprintf("%s: %v -> %v (%.2f)", c.Time, a, b, float64(c.CPUTime[1])/float64(c.CPUTime[0]))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
