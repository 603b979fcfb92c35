package simulate

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Print writes the result for people.
func (r *Result) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	c := r.Config
	fmt.Fprintf(t, "%s of %s\n", plural(int64(c.Workers), "worker"), plural(int64(c.Jobs), "job"))
	fmt.Fprintf(t, "  submissions\t%s\n", r.Counts)
	fmt.Fprintf(t, "  takes\t%v: compiling %v, %s cases of %v\n", short(r.Drawn.total()), short(r.Drawn.Compile), figure(r.Drawn.Cases), short(r.Drawn.Case+c.Overhead))
	fmt.Fprintf(t, "  jobs\t%s\n", r.Jobs)
	fmt.Fprintf(t, "  wait\t%s\n", r.Wait)
	fmt.Fprintf(t, "  result after\t%s\n", r.Verdict)
	if len(r.Loads) > 1 {
		for _, l := range r.Loads {
			fmt.Fprintf(t, "  %s\t%s; result after %s; last at %v\n", l.Name, l.Counts, l.Verdict, short(l.Last))
		}
	}
	fmt.Fprintf(t, "  queue\t%d at most, at %v; %s on average; %d when the last submission came\n", r.Queue.Most, short(r.Queue.When), figure(r.Queue.Mean), r.Queue.AtEnd)
	fmt.Fprintf(t, "  busy\tworkers %s, engine %s\n", r.Workers, r.Engine.Use)
	if r.Lost > 0 {
		fmt.Fprintf(t, "  lost\t%s\n", plural(r.Lost, "worker"))
	}
	all := r.Engine.All
	fmt.Fprintf(t, "  messages\t%s/s (peak %d); one waits %v on average, %v at most\n", figure(all.PerSecond), all.Most, short(all.Waited), short(r.Engine.Longest))
	fmt.Fprintf(t, "  of them\t%s\n", r.Engine.rates())
	fmt.Fprintf(t, "  saturates at\t%s\n", r.Limits)
	if r.Engine.Collapsed {
		fmt.Fprintf(t, "  collapsed\tthe engine came more than %v behind, and all wait for it: what is open would never be done\n", patience)
	}
	fmt.Fprintf(t, "  makespan\t%v\n", short(r.Span))
	return t.Flush()
}

func (d Drawn) total() time.Duration { return d.Compile + time.Duration(d.Cases*float64(d.Case)) }

func (c Counts) String() string {
	return fmt.Sprintf("%d arrived, %d done%s%s", c.Arrived, c.Done, some(c.Dead, " dead"), some(c.Open, " open"))
}

func (j JobCounts) String() string {
	return fmt.Sprintf("%d made, %d done%s%s%s%s", j.Made, j.Done, some(j.Dead, " dead"), some(j.Open, " open"), some(j.Redelivered, " delivered anew"),
		some(j.CasesTwice, " cases judged twice"))
}

// some is a number that is worth a word if it is not 0.
func some(n int64, what string) string {
	if n == 0 {
		return ""
	}
	return ", " + strconv.FormatInt(n, 10) + what
}

func (t Times) String() string {
	if t.Count == 0 {
		return "nothing"
	}
	return fmt.Sprintf("p50 %v, p95 %v, p99 %v, max %v", short(t.P50), short(t.P95), short(t.P99), short(t.Max))
}

func (u Use) String() string { return fmt.Sprintf("%.1f %% (peak %.1f %%)", 100*u.Mean, 100*u.Peak) }

// rates are messages a second, by kind: on average, and at most.
func (e *EngineResult) rates() string {
	list := []string{}
	for k := range kinds {
		m := e.Messages[k]
		list = append(list, fmt.Sprintf("%v %s (%d)", k, figure(m.PerSecond), m.Most))
	}
	return strings.Join(list, ", ")
}

func plural(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.FormatInt(n, 10) + " " + what
}

// figure is a number in three digits, or all before the point.
func figure(f float64) string {
	switch {
	case f >= 100:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f >= 10:
		return strconv.FormatFloat(f, 'f', 1, 64)
	case f >= 1:
		return strconv.FormatFloat(f, 'f', 2, 64)
	}
	return strconv.FormatFloat(f, 'g', 2, 64)
}

// short is a duration in about three digits.
func short(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d >= 1000*unit && unit < time.Second {
		unit *= 10
	}
	return d.Round(unit)
}
