package spread

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"judge/judge"
)

// Print writes the result for people.
func (r *Result) Print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "PROGRAM\tCORES BUSY\tRUNS\tLEAST\tMEDIAN\tP95\tMOST\tSPREAD\tCONFIDENCE")
	for _, row := range r.Rows {
		fmt.Fprintf(w, "%s\t%d of %d\t%d\t%s\t%s\t%s\t%s\t%.1f %%\t%s\n", row.Program, row.Busy, r.Cores, row.Runs,
			short(row.Least), short(row.Median), short(row.P95), short(row.Most), row.Spread, confidenceText(row.Confidence))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, program := range Programs() {
		by, known := slowdown(r.Rows, program)
		switch {
		case !known:
		case by < 0.05:
			fmt.Fprintf(out, "With all cores busy, %s takes as long as alone.\n", program)
		default:
			fmt.Fprintf(out, "With all cores busy, %s takes %.1f %% longer than alone.\n", program, by)
		}
	}
	for _, a := range r.Advice {
		fmt.Fprintf(out, "%s: %s; %s", a.Name, a.Found, a.Consequence)
		if a.Mend != "" {
			fmt.Fprintf(out, ": %s", a.Mend)
		}
		fmt.Fprintln(out)
	}
	_, err := fmt.Fprintf(out, "Differences of times below %s %% mean nothing on this host.\n", strconv.FormatFloat(r.Noise, 'f', -1, 64))
	return err
}

func short(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

// confidenceText counts runs by confidence, the best first.
func confidenceText(of map[judge.Confidence]int) string {
	text := ""
	for _, c := range []judge.Confidence{judge.High, judge.Medium, judge.Low} {
		if n := of[c]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d %s", n, c)
		}
	}
	return text
}
