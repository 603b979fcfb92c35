package grading

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/pflag"

	"judge/cmd/internal/cli"
	"judge/judge/report"
)

const compareUsage = "judge compare [flags] A.jsonl B.jsonl"

// compareCommand says what changed between two gradings, as judge grade --format jsonl
// or json wrote them.
func compareCommand(args []string) (int, error) {
	var (
		format  string
		percent float64
		least   time.Duration
	)
	f := pflag.NewFlagSet("compare", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.StringVar(&format, "format", "table", "`table|json`: form of the comparison")
	f.Float64Var(&percent, "noise", 100*report.DefaultNoise.Ratio, "`PERCENT`: by which times may differ that are called the same")
	f.DurationVar(&least, "noise-time", report.DefaultNoise.Least, "`D`: below it a difference of times is called none")
	switch err := f.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		_, err := fmt.Printf("%s\n\n%s", compareUsage, f.FlagUsages())
		return 0, err
	case err != nil:
		return 0, &cli.UsageError{What: err.Error(), Hint: "judge compare --help lists the flags"}
	case f.NArg() != 2:
		return 0, &cli.UsageError{What: "judge compare takes two files", Hint: compareUsage}
	case format != "table" && format != "json":
		return 0, &cli.UsageError{What: fmt.Sprintf("--format %q", format), Hint: "table or json"}
	case !(percent >= 0) || least < 0:
		return 0, &cli.UsageError{What: "--noise or --noise-time is negative", Hint: "--noise 15 is 15 %"}
	}
	var sides [2][]report.Brief
	for i, name := range f.Args() {
		var err error
		if sides[i], err = readResults(name); err != nil {
			return 0, err
		}
	}
	c, err := report.Compare(sides[0], sides[1], report.Noise{Ratio: percent / 100, Least: least})
	if err != nil {
		return 0, err
	}
	if format == "json" {
		err = encode(os.Stdout, c, "", "  ")
	} else {
		err = c.Print(os.Stdout)
	}
	if err == nil && c.Differ() {
		return exitDisagreed, nil
	}
	return 0, err
}

// readResults reads a file of results, "-" is standard input.
func readResults(name string) ([]report.Brief, error) {
	in := os.Stdin
	if name != "-" {
		var err error
		if in, err = os.Open(name); err != nil {
			return nil, fmt.Errorf("read results: %w", err)
		}
		defer in.Close()
	}
	list, err := report.Read(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list, nil
}
