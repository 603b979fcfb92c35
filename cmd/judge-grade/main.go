// Command judge-grade does judge grade, verify, languages, compare and bench-host: judge starts it by name,
// so that a single run pays for none of what only grading needs.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"judge/cmd/internal/cli"
	"judge/cmd/internal/grading"
)

// version is set by the linker.
var version = "devel"

func main() {
	// What is alive are a few MiB; to collect at each doubling of so little takes 3 % of the processor time of
	// short runs.
	debug.SetGCPercent(400)
	os.Exit(dispatch(os.Args[1:]))
}

func dispatch(args []string) int {
	if len(args) > 0 {
		for _, c := range grading.Commands(version) {
			if c.Name == args[0] {
				return cli.Conclude(c.Run(args[1:]))
			}
		}
	}
	e := &cli.UsageError{What: "judge-grade does a command of judge's", Hint: "judge grade --help"}
	if len(args) > 0 {
		e.What = fmt.Sprintf("judge-grade has no command %q", args[0])
	}
	return cli.Conclude(cli.ExitJudge, e)
}
