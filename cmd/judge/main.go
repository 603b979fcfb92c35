// Judge runs untrusted programs in a sandbox, and grades them.

// Without these the runtime keeps files of judge's own cgroup open, and looks
// every second how many threads it may use: one will do. (It reads them once
// before main in any case.)
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"fmt"
	"os"
	"strings"

	"judge/cmd/internal/cli"
	"judge/sandbox"
	"judge/sandbox/doctor"
)

// commands in the order in which help lists them. A function, not a table made
// at start-up: judge run pays for neither.
func commands() []cli.Command {
	return []cli.Command{
		{Name: "run", About: "run a program in a sandbox and report how it ended", Run: runCommand},
		cli.Sibling("judge-grade", "grade", "grade submissions to a problem package"),
		cli.Sibling("judge-grade", "verify", "grade a package's own submissions, each against its expectation"),
		cli.Sibling("judge-grade", "compare", "say what changed between two gradings: verdicts, scores, times"),
		cli.Sibling("judge-grade", "languages", "list what can be compiled and run here"),
		cli.Sibling("judge-grade", "bench-host", "measure by how much times differ on this host"),
		cli.Sibling("judge-farm", "serve", "be the server where workers of a farm meet"),
		cli.Sibling("judge-farm", "worker", "judge what is sent to a farm"),
		cli.Sibling("judge-farm", "submit", "send a batch to a farm"),
		cli.Sibling("judge-farm", "status", "list batches and workers of a farm, or say how far a batch is"),
		cli.Sibling("judge-farm", "watch", "tell of each result of a batch, until all are there"),
		cli.Sibling("judge-farm", "results", "write the results of a batch, as judge grade would"),
		cli.Sibling("judge-farm", "cancel", "let nothing of a batch be judged any more"),
		{Name: "policy", About: "list, show and check policies", Run: policyCommand},
		{Name: "doctor", About: "say what this host lacks, and what mends it", Run: doctorCommand},
		{Name: "schema", About: "print the JSON Schema of what judge writes", Run: schemaCommand},
		cli.Sibling("judge-rootfs", "rootfs", "make, list, verify and remove root file systems for runs"),
		cli.Sibling("judge-oci", "oci", "run a bundle of the OCI runtime specification"),
		{Name: "ps", About: "list the runs that are alive", Run: psCommand},
		{Name: "stats", About: "show what runs use, a line a second", Run: statsCommand},
		{Name: "exec", About: "run a second command in a run that is alive", Run: execCommand},
		{Name: "stop", About: "ask a run to end, and end it after its grace", Run: stopCommand},
		{Name: "kill", About: "end a run at once", Run: killCommand},
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
		fmt.Printf("  %-10s  %s\n", c.Name, c.About)
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

// schemas are the names that judge schema knows.
func schemas() []string { return []string{"report", "doctor", "grade"} }

func schemaCommand(args []string) (int, error) {
	text := ""
	if len(args) == 1 {
		text = map[string]string{"report": sandbox.ReportSchema, "doctor": doctor.Schema}[args[0]]
	}
	if len(args) == 1 && args[0] == "grade" {
		return cli.Sibling("judge-grade", "schema", "").Run(nil)
	}
	if text == "" {
		return 0, &cli.UsageError{What: "judge schema takes the name of a schema", Hint: "judge schema " + strings.Join(schemas(), "|")}
	}
	_, err := os.Stdout.WriteString(text)
	return 0, err
}
