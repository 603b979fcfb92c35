package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/pflag"
)

const usage = `judge-farm simulate [flags]: what a farm of so many workers would do, without one

A load is KIND[,KEY=VALUE]...; --load can be repeated:
  contest   submissions at rate (2n an hour), for an hour (for=), then n in its last ten minutes (last=)
  steady    submissions at rate (1/s), for an hour (for=)
  batch     n submissions (1000) at once
  replay    those of --results, each once, in order, at once
All have name=, at= (0s), priority=high|normal|low and window=: submissions on their way at once; 0 is no bound, and of contest and steady the default.
Batch and replay have the farm's: four for each job that runs at once, 128 at least.
`

// options are the command line.
type options struct {
	config   Config
	workers  []int
	loads    []string
	results  string
	service  string
	cases    int
	compile  time.Duration
	costs    string
	asJSON   bool
	sizes    bool
	overhead time.Duration
}

// Command is judge-farm simulate: it writes to out. Errors that the caller can mend are a
// [*UsageError].
func Command(args []string, out io.Writer) error {
	o, f := newOptions()
	switch err := f.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		_, err := fmt.Fprintf(out, "%s\n%s", usage, f.FlagUsages())
		return err
	case err != nil:
		return &UsageError{What: err.Error(), Hint: "judge-farm simulate --help lists the flags"}
	case f.NArg() > 0:
		return &UsageError{What: fmt.Sprintf("judge-farm simulate takes no argument, got %q", f.Args()), Hint: "judge-farm simulate --workers N --load KIND,..."}
	case o.sizes && (len(o.loads) > 0 || o.asJSON):
		return &UsageError{What: "--sizes has loads of its own, and is a table", Hint: "leave --load and --json out"}
	}
	if err := o.complete(f.Changed("overhead")); err != nil {
		return err
	}
	if o.sizes {
		return printSizes(out, o.config, o.workers)
	}
	return o.run(out)
}

func newOptions() (*options, *pflag.FlagSet) {
	o := &options{config: Default()}
	c := &o.config
	f := pflag.NewFlagSet("simulate", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.IntSliceVar(&o.workers, "workers", []int{10, 100, 1000, 10000}, "`N,...`: a farm of each size")
	f.IntVar(&c.Jobs, "jobs", c.Jobs, "`N`: gradings at once on each worker")
	f.StringArrayVar(&o.loads, "load", nil, "`LOAD`: what comes (contest)")
	f.StringVar(&o.results, "results", "", "`FILE`: how long submissions take: what judge grade --format jsonl wrote; - is standard input (measured by judge's authors)")
	f.StringVar(&o.service, "service", "", "`fixed:D|exponential:MEAN|lognormal:MEDIAN:SIGMA`: how long a case takes, instead")
	f.IntVar(&o.cases, "cases", 20, "`N`: cases of a submission, with --service")
	f.DurationVar(&o.compile, "compile", time.Second, "`D`: compiling it, with --service")
	f.DurationVar(&o.overhead, "overhead", c.Overhead, "`D`: of a case, at a worker, that is in no report: checker, files (0 with --service)")
	f.IntVar(&c.Part, "part", c.Part, "`N`: cases of a job at most; 0: all")
	f.BoolVar(&c.Split, "split", c.Split, "send the parts of a submission at once, to be judged at the same time (the farm does not)")
	f.DurationVar(&c.AckWait, "ack-wait", c.AckWait, "`D`: of silence, until a job is delivered anew")
	f.IntVar(&c.Deliveries, "deliveries", c.Deliveries, "`N`: after which a job is a dead letter")
	f.Float64Var(&c.Loss, "loss", 0, "`F`: how often each worker dies, an hour")
	f.DurationVar(&c.Back, "back", c.Back, "`D`: until it is there again; below 0: never")
	f.Float64Var(&c.Poison, "poison", 0, "`F`: share of jobs that kill each worker that takes them")
	f.StringVar(&o.costs, "message-cost", "", "`D|KIND=D,...`: how long a message occupies the engine (measured by judge's authors)")
	f.DurationVar(&c.Latency, "latency", c.Latency, "`D`: of a message on its way")
	f.Uint64Var(&c.Seed, "seed", c.Seed, "`N`: of all that is random")
	f.DurationVar(&c.Until, "until", 0, "`D`: stop then (when all is done)")
	f.BoolVar(&o.sizes, "sizes", false, "print a table instead: contests of each size on farms of each size")
	f.BoolVar(&o.asJSON, "json", false, "print JSON, a line a farm")
	return o, f
}

// complete turns the words of the command line into a Config.
func (o *options) complete(overheadSaid bool) error {
	var err error
	c := &o.config
	switch {
	case len(o.workers) == 0:
		return &UsageError{What: "--workers is empty", Hint: "as 10,100"}
	case o.results != "" && o.service != "":
		return &UsageError{What: "--results and --service both say how long a case takes", Hint: "leave one out"}
	case o.service != "":
		c.Service, err = ParseDistribution(o.service, o.cases, o.compile)
		c.Overhead = 0
	case o.results != "":
		c.Service, err = readFile(o.results)
	}
	if err != nil {
		return err
	}
	if overheadSaid {
		c.Overhead = o.overhead
	}
	if o.costs != "" {
		if c.Costs, err = ParseCosts(o.costs, c.Costs); err != nil {
			return err
		}
	}
	if len(o.loads) == 0 {
		o.loads = []string{string(Contest)}
	}
	for _, text := range o.loads {
		l, err := ParseLoad(text)
		if err != nil {
			return err
		}
		c.Loads = append(c.Loads, l)
	}
	return nil
}

// readFile reads results; "-" is standard input.
func readFile(name string) (Measured, error) {
	in := os.Stdin
	if name != "-" {
		var err error
		if in, err = os.Open(name); err != nil {
			return nil, fmt.Errorf("read results: %w", err)
		}
		defer in.Close()
	}
	m, err := ReadResults(in)
	var usage *UsageError
	switch {
	case errors.As(err, &usage):
		return nil, &UsageError{What: name + ": " + usage.What, Hint: usage.Hint}
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// run simulates a farm of each size.
func (o *options) run(out io.Writer) error {
	for i, n := range o.workers {
		c := o.config
		c.Workers = n
		r, err := Run(c)
		switch {
		case err != nil:
		case o.asJSON:
			err = json.NewEncoder(out).Encode(r)
		default:
			if i > 0 {
				fmt.Fprintln(out)
			}
			err = r.Print(out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
