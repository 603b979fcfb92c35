// Command judge-grade does judge grade, verify, languages, compare and bench-host: judge starts it by name,
// so that a single run pays for none of what only grading needs.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"judge/cmd/internal/cli"
	"judge/judge"
)

// commands in the order in which help lists them.
func commands() []cli.Command {
	return []cli.Command{
		{Name: "grade", About: "grade submissions to a problem", Run: gradeCommand},
		{Name: "verify", About: "grade the submissions of a problem package, and compare with what it expects", Run: verifyCommand},
		{Name: "languages", About: "list what can be compiled and run", Run: languagesCommand},
		{Name: "compare", About: "say what changed between two gradings", Run: compareCommand},
		{Name: "bench-host", About: "measure by how much times differ on this host", Run: benchHostCommand},
		{Name: benchProgram, About: "be a reference program of bench-host", Run: benchProgramCommand},
		{Name: "schema", About: "print the JSON Schema of results (judge schema grade)", Run: schemaCommand},
	}
}

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
		for _, c := range commands() {
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

func schemaCommand([]string) (int, error) {
	text, err := judge.ResultSchema()
	if err != nil {
		return 0, err
	}
	_, err = os.Stdout.WriteString(text)
	return 0, err
}
