package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"text/tabwriter"
	"time"
)

// idleGap is long enough for the processors to go to sleep and for the kernel's
// deferred work to be done: what waits for a grace period shows only then.
const idleGap = 50 * time.Millisecond

// warmUp rounds are run and not counted.
const warmUp = 3

// A SpeedTable is the time of whole processes, runner by runner.
type SpeedTable struct {
	Name string     `json:"name"`
	Rows []SpeedRow `json:"rows"`
}

// A SpeedRow is one runner's. Of a runner that cannot run here only the name and
// the error are set.
type SpeedRow struct {
	Runner   string        `json:"runner"`
	Isolates string        `json:"isolates"`
	Error    string        `json:"error,omitempty"`
	Runs     int           `json:"runs"`
	Median   time.Duration `json:"median_ns"`
	P95      time.Duration `json:"p95_ns"`
	Ratio    float64       `json:"ratio"` // of medians, to the floor with the same payload
}

// speed runs all runners in turn, in a new order each round: what one leaves to
// the kernel to clean up is then charged to each of the others as often.
func speed(name string, runners []*runner, rounds int, gap time.Duration) SpeedTable {
	times := make([][]time.Duration, len(runners))
	order := rand.New(rand.NewPCG(1, 2))
	for round := range rounds + warmUp {
		for _, i := range order.Perm(len(runners)) {
			if runners[i].failure != nil {
				continue
			}
			time.Sleep(gap)
			took, err := runners[i].run()
			if err != nil {
				runners[i].failure = err
			} else if round >= warmUp {
				times[i] = append(times[i], took)
			}
		}
	}
	table := SpeedTable{Name: name}
	for i, r := range runners {
		// A ratio of 0 means that the floor could not run.
		row := SpeedRow{Runner: r.name, Isolates: r.isolates, Runs: len(times[i])}
		if r.failure != nil {
			row.Error = r.failure.Error()
		} else {
			row.Median, row.P95 = median(times[i]), percentile(times[i], 95)
			if floor := times[r.floor]; len(floor) > 0 {
				row.Ratio = float64(row.Median) / float64(median(floor))
			}
		}
		table.Rows = append(table.Rows, row)
	}
	table.print()
	return table
}

func (t SpeedTable) print() {
	fmt.Printf("\n%s: whole process\n", t.Name)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  runner\tmedian\tp95\tx floor\tisolates")
	for _, row := range t.Rows {
		if row.Error != "" {
			fmt.Fprintf(w, "  %s\tcannot run here: %s\n", row.Runner, row.Error)
			continue
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%.2f\t%s\n", row.Runner, milliseconds(row.Median), milliseconds(row.P95), row.Ratio,
			row.Isolates)
	}
	w.Flush()
}
