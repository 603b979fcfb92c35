package grading

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/batch"
)

// leaving is how long the farm is told that nobody waits any more.
const leaving = 10 * time.Second

// Flags are those that say how the farm is reached. Without --nats it is where judge serve listens.
func (far *Far) Flags(f *pflag.FlagSet) {
	f.StringVar(&far.URL, "nats", "", "`URL`: the NATS server where the workers of a farm meet, see judge-farm(1)")
	f.StringVar(&far.Creds, "creds", "", "`FILE`: credentials for it: a JWT and its seed")
	f.StringVar(&far.NKey, "nkey", "", "`FILE`: the seed of an NKey, for it")
	f.StringVar(&far.CA, "tls-ca", "", "`FILE`: PEM: who vouches for it, instead of the system's authorities")
	f.StringVar(&far.Cert, "tls-cert", "", "`FILE`: PEM: a certificate to show to it")
	f.StringVar(&far.Key, "tls-key", "", "`FILE`: PEM: the key of that")
}

// orderFlags are those that say which workers take a batch, and what else is done with it.
func (far *Far) orderFlags(f *pflag.FlagSet) {
	f.StringVar(&far.Priority, "priority", "normal", "`high|normal|low`: which jobs the workers of a farm take first")
	f.StringVar(&far.Labels, "labels", "", "`LABEL,...`: only workers that have all these")
	f.StringVar(&far.Audit, "audit", "0", "`N%`: of the submissions, chosen at random, are judged again by other workers; what differs is told")
	f.StringVar(&far.CPU, "cpu", "", "`MODEL|same`: only workers with that processor; same is the one of which most can be judged at once")
}

// farFlags are the flags that say something of a farm, and of nothing without one.
var farFlags = []string{"creds", "nkey", "tls-ca", "tls-cert", "tls-key", "priority", "labels", "cpu", "audit"}

// checkFar refuses what means nothing without --nats, or with it.
func (o *options) checkFar(f *pflag.FlagSet) error {
	if o.far.Priority != "" && !slices.Contains([]string{"high", "normal", "low"}, o.far.Priority) {
		return &cli.UsageError{What: fmt.Sprintf("--priority %q", o.far.Priority), Hint: "high, normal or low"}
	}
	if f.Name() == "grade" && o.far.URL == "" {
		for _, name := range farFlags {
			if f.Changed(name) {
				return &cli.UsageError{What: fmt.Sprintf("--%s is for grading on many machines", name), Hint: "--nats URL names where they meet"}
			}
		}
		return nil
	}
	if f.Lookup("jobs") != nil && f.Changed("jobs") && o.far.URL != "" {
		return &cli.UsageError{What: "--jobs is this machine's, and --nats has others judge", Hint: "judge worker --jobs says it of each"}
	}
	return nil
}

// court is where this grading is done: here, or on a farm. halt lets what runs come to its end, and
// shut leaves nothing of it.
func (o *options) court(connect Connect) (_ batch.Court, halt func(), shut func() error, err error) {
	if connect == nil {
		engine, shut, err := o.engine()
		if err != nil {
			return nil, nil, nil, err
		}
		return batch.On(engine), engine.Halt, shut, nil
	}
	court, err := connect(context.Background(), Order{Far: o.far, Options: o.Options})
	if err != nil {
		return nil, nil, nil, err
	}
	return court, court.Halt, func() error { return leave(court) }, nil
}

func leave(c Court) error {
	ctx, cancel := context.WithTimeout(context.Background(), leaving)
	defer cancel()
	return c.Close(ctx)
}

const submitUsage = "judge submit [flags] PROBLEM... SUBMISSION...\njudge submit [flags] [PROBLEM...] --manifest FILE|DIR"

// Submit is judge submit: it sends a batch, prints its id, and waits for nothing more.
func Submit(args []string, version string, connect Connect) (int, error) {
	o, names, err := parse("submit", submitUsage, version, args)
	if err != nil || o == nil {
		return 0, err
	}
	items, done, err := o.list(names)
	defer done()
	if err != nil {
		return 0, o.usage(err)
	}
	status, err := o.submit(items, connect)
	return status, o.usage(err)
}

// submit sends all, or nothing that is judged to its end.
func (o *options) submit(items batch.Items, connect Connect) (_ int, err error) {
	court, err := connect(context.Background(), Order{Far: o.far, Options: o.Options, Detached: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, leave(court)) }() // which cancels what is not whole
	stop := catch(court.Halt)
	defer stop.release()
	var must []bool
	counted := func(yield func(batch.Item, error) bool) {
		must = must[:0]
		for i, err := range items {
			must = append(must, o.must(i))
			if !yield(i, err) {
				return
			}
		}
	}
	b, err := batch.New(stop.ctx, batch.Options{Court: court, List: counted, Warn: o.Warn, Done: func(batch.Outcome) {}})
	if err == nil {
		err = b.Run(stop.ctx)
	}
	if by := stop.by(); by != 0 {
		return 128 + int(by), nil
	}
	if err != nil {
		return 0, err
	}
	if err := court.Sent(stop.ctx, func(n int) bool { return must[n] }); err != nil {
		return 0, err
	}
	_, err = fmt.Println(court.ID())
	return 0, err
}

// A Tell is told of a batch's results, as a [Fetch] finds them; item is the number in its list, must says
// that the exit status tells if it is not as expected.
type Tell func(item int, scoring, must bool, r *judge.Result)

// A Fetch tells of all results of a batch on a farm. The error is that some are missing, too.
type Fetch func(ctx context.Context, far Far, batch string, say func(string), tell Tell) error

const resultsUsage = "judge results [flags] BATCH"

// Results is judge results: it writes the results of a batch, as judge grade would.
func Results(args []string, version string, fetch Fetch) (_ int, err error) {
	o, names, err := parse("results", resultsUsage, version, args)
	if err != nil || o == nil {
		return 0, err
	}
	if len(names) != 1 {
		return 0, &cli.UsageError{What: "judge results takes one batch", Hint: resultsUsage}
	}
	out, err := o.open()
	if err != nil {
		return 0, err
	}
	end := ending{}
	defer func() { err = errors.Join(err, out.close(end)) }()
	stop := catch(func() {})
	defer stop.release()
	if err := fetch(stop.ctx, o.far, names[0], o.Warn, out.add); err != nil {
		return 0, err
	}
	end.whole = true
	return out.status(), nil
}
