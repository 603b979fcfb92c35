package grading

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/judge/spread"
	"judge/sandbox/doctor"
)

const benchHostUsage = `judge bench-host [flags]: by how much times differ on this host when nothing else does`

// benchHostCommand measures reference programs, and says what the doctor knows of the
// reasons.
func benchHostCommand(args []string) (int, error) {
	var runs int
	var asJSON bool
	f := pflag.NewFlagSet("bench-host", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.IntVar(&runs, "runs", 20, "`N`: how often each program is run, 5 to 10000")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	switch err := f.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		_, err := fmt.Printf("%s\n\n%s", benchHostUsage, f.FlagUsages())
		return 0, err
	case err != nil:
		return 0, &cli.UsageError{What: err.Error(), Hint: "judge bench-host --help lists the flags"}
	case f.NArg() > 0:
		return 0, &cli.UsageError{What: fmt.Sprintf("judge bench-host takes no argument, got %q", f.Args()), Hint: "judge bench-host [--runs N] [--json]"}
	case runs < 5 || runs > 10_000:
		return 0, &cli.UsageError{What: fmt.Sprintf("--runs %d", runs), Hint: "5 to 10000: fewer say nothing of a spread"}
	}
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find judge-grade, which holds the reference programs: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	r, err := spread.Measure(ctx, self, []string{benchProgram}, runs)
	if err != nil {
		return 0, err
	}
	for _, f := range doctor.Examine(ctx).Findings {
		if f.Concern == doctor.Fair && f.Mark != doctor.OK {
			r.Advice = append(r.Advice, spread.Advice{Name: f.Name, Found: f.Found, Consequence: f.Consequence, Mend: f.Mend})
		}
	}
	if asJSON {
		return 0, encode(os.Stdout, r, "", "  ")
	}
	return 0, r.Print(os.Stdout)
}

// benchProgram is how judge-grade is started, in a sandbox, to be a reference program.
const benchProgram = "bench-program"

func benchProgramCommand(args []string) (int, error) {
	if len(args) == 1 {
		if n, ok := spread.Work(args[0]); ok {
			_, err := fmt.Println(n)
			return 0, err
		}
	}
	return 0, &cli.UsageError{What: fmt.Sprintf("judge-grade %s %q", benchProgram, args), Hint: "it is for judge bench-host alone"}
}
