// Judge runs untrusted programs in a sandbox, and grades them.

// Without these the runtime reads mountinfo and judge's own cgroup before main,
// to find out how many threads it may use: one will do.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"fmt"
	"os"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

// commands in the order in which help lists them. A function, not a table made
// at start-up: judge run pays for neither.
func commands() []cli.Command {
	return []cli.Command{
		{Name: "run", About: "run a program in a sandbox and report how it ended", Run: runCommand},
		{Name: "policy", About: "list, show and check policies", Run: policyCommand},
		{Name: "schema", About: "print the JSON Schema of the report", Run: schemaCommand},
		{Name: "ps", About: "list the runs that are alive", Run: psCommand},
		{Name: "kill", About: "end a run", Run: killCommand},
		{Name: "gc", About: "remove what a killed judge left behind", Run: gcCommand},
		{Name: "version", About: "print judge's version", Run: versionCommand},
		{Name: "help", About: "print this", Run: helpCommand},
	}
}

func main() { os.Exit(dispatch(os.Args[1:])) }

func dispatch(args []string) int {
	if len(args) == 0 {
		args = []string{"help"}
	}
	if args[0] == "run" { // what is paid for by every run comes first
		return cli.Conclude(runCommand(args[1:]))
	}
	for _, c := range commands() {
		if c.Name == args[0] || args[0] == "--"+c.Name || args[0] == "-h" && c.Name == "help" {
			return cli.Conclude(c.Run(args[1:]))
		}
	}
	return cli.Conclude(cli.ExitJudge, &cli.UsageError{
		What: fmt.Sprintf("unknown command %q", args[0]), Hint: "judge help lists the commands",
	})
}

func helpCommand([]string) (int, error) {
	fmt.Println("judge COMMAND [ARG...]: run untrusted programs, isolated and limited, and report how they ended")
	fmt.Println()
	for _, c := range commands() {
		fmt.Printf("  %-8s  %s\n", c.Name, c.About)
	}
	fmt.Println("\njudge COMMAND --help tells the flags of a command.")
	return 0, nil
}

// version is set by the linker.
var version = "devel"

func versionCommand([]string) (int, error) {
	fmt.Println("judge", version)
	return 0, nil
}

func schemaCommand(args []string) (int, error) {
	if len(args) != 1 || args[0] != "report" {
		return 0, &cli.UsageError{What: "judge schema takes the name of a schema", Hint: "judge schema report"}
	}
	_, err := os.Stdout.WriteString(sandbox.ReportSchema)
	return 0, err
}
