// Command judge-farm does judge serve, worker, submit, status, watch, results and cancel, and judge grade
// with --nats: judge and judge-grade start it by name, so that nothing else pays for what reaches a
// server, and is one. judge-farm simulate is started by hand.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"judge/cmd/internal/cli"
	"judge/cmd/internal/grading"
	"judge/farm"
)

// version is set by the linker.
var version = "devel"

// commands in the order in which help lists them.
func commands() []cli.Command {
	return []cli.Command{
		{Name: "grade", About: "grade submissions on many machines", Run: func(args []string) (int, error) { return grading.Grade(args, version, connect) }},
		{Name: "serve", About: "be the server where workers meet", Run: serveCommand},
		{Name: "worker", About: "judge what is sent to a server", Run: workerCommand},
		{Name: "submit", About: "send a batch to a server", Run: func(args []string) (int, error) { return grading.Submit(args, version, connect) }},
		{Name: "status", About: "list batches and workers, or say how far a batch is", Run: statusCommand},
		{Name: "watch", About: "tell of each result of a batch, until all are there", Run: watchCommand},
		{Name: "results", About: "write the results of a batch", Run: func(args []string) (int, error) { return grading.Results(args, version, fetch) }},
		{Name: "cancel", About: "let nothing of a batch be judged any more", Run: cancelCommand},
		{Name: "token", About: "make a token for judge serve --tokens", Run: tokenCommand},
		{Name: "simulate", About: "say what a farm would do, without one", Run: simulateCommand},
	}
}

func main() { os.Exit(dispatch(os.Args[1:])) }

func dispatch(args []string) int {
	if len(args) > 0 {
		for _, c := range commands() {
			if c.Name == args[0] {
				status, err := c.Run(args[1:])
				return cli.Conclude(status, usage(err))
			}
		}
	}
	e := &cli.UsageError{What: "judge-farm does a command of judge's", Hint: "judge worker --help"}
	if len(args) > 0 {
		e.What = fmt.Sprintf("judge-farm has no command %q", args[0])
	}
	return cli.Conclude(cli.ExitJudge, e)
}

// usage makes the caller's faults of package farm those of a command line.
func usage(err error) error {
	var refusal *farm.Refusal
	if errors.As(err, &refusal) {
		return &cli.UsageError{What: err.Error(), Hint: refusal.Hint}
	}
	return err
}

// A call is a command line that was read.
type call struct{ *pflag.FlagSet }

// read reads the command line of a command that takes from least to most words that are no flags. Nil says that
// it asked for help, which was given.
func read(name, text string, least, most int, args []string, flags func(*call)) (*call, error) {
	c := &call{pflag.NewFlagSet(name, pflag.ContinueOnError)}
	c.SetOutput(io.Discard)
	c.SortFlags = false
	flags(c)
	switch err := c.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		_, err := fmt.Printf("%s\n\n%s", text, c.FlagUsages())
		return nil, err
	case err != nil:
		return nil, &cli.UsageError{What: err.Error(), Hint: "judge " + name + " --help lists the flags"}
	case c.NArg() < least || c.NArg() > most:
		return nil, &cli.UsageError{What: fmt.Sprintf("judge %s got %d words that are no flags: %q", name, c.NArg(), c.Args()), Hint: text}
	}
	return c, nil
}
