// Package grading is what judge grade, verify, compare, languages and bench-host do: flags in,
// results out, an exit status. cmd/judge-grade does them on this machine; cmd/judge-farm does
// judge grade, and what belongs to it, on many.
package grading

import (
	"context"
	"os"

	"judge/cmd/internal/cli"
	"judge/judge"
	"judge/judge/batch"
)

// Commands are those of judge-grade, in the order in which help lists them. version is judge's.
func Commands(version string) []cli.Command {
	return []cli.Command{
		{Name: "grade", About: "grade submissions to a problem", Run: func(args []string) (int, error) { return Grade(args, version, nil) }},
		{Name: "verify", About: "grade the submissions of a problem package, and compare with what it expects",
			Run: func(args []string) (int, error) { return verifyCommand(args, version) }},
		{Name: "languages", About: "list what can be compiled and run", Run: languagesCommand},
		{Name: "compare", About: "say what changed between two gradings", Run: compareCommand},
		{Name: "bench-host", About: "measure by how much times differ on this host", Run: benchHostCommand},
		{Name: benchProgram, About: "be a reference program of bench-host", Run: benchProgramCommand},
		{Name: "schema", About: "print the JSON Schema of results (judge schema grade)", Run: schemaCommand},
	}
}

func schemaCommand([]string) (int, error) {
	text, err := judge.ResultSchema()
	if err != nil {
		return 0, err
	}
	_, err = os.Stdout.WriteString(text)
	return 0, err
}

// A Far is what the command line says of a farm.
type Far struct {
	URL, Creds, NKey, CA, Cert, Key string // see farm.Access
	Priority, Labels, CPU, Audit    string
}

// An Order is what a batch of a farm is sent by.
type Order struct {
	Far
	judge.Options      // those of an engine of this machine's; caches that are not to be used are ""
	Detached      bool // nobody waits for results
}

// A Court is one on a farm.
type Court interface {
	batch.Court
	ID() string
	Halt() // what waits for results ends with judge.ErrHalted

	// Sent is called when all of a detached batch is in the queue; must says of each
	// submission whether the exit status tells that it is not as expected.
	Sent(ctx context.Context, must func(item int) bool) error

	Close(context.Context) error
}

// A Connect finds the farm, and begins a batch there.
type Connect func(context.Context, Order) (Court, error)
