// Judge runs untrusted programs in a sandbox, and grades them.

// Without these the runtime reads mountinfo and judge's own cgroup before main,
// to find out how many threads it may use: one will do.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// A command is one word after "judge".
type command struct {
	name, about string
	run         func(args []string) (int, error)
}

// commands in the order in which help lists them. A function, not a table made
// at start-up: judge run pays for neither.
func commands() []command {
	return []command{
		{"run", "run a program in a sandbox and report how it ended", runCommand},
		{"policy", "list, show and check policies", policyCommand},
		{"schema", "print the JSON Schema of the report", schemaCommand},
		{"ps", "list the runs that are alive", psCommand},
		{"kill", "end a run", killCommand},
		{"gc", "remove what a killed judge left behind", gcCommand},
		{"version", "print judge's version", versionCommand},
		{"help", "print this", helpCommand},
	}
}

// Exit statuses of judge itself, as env(1), timeout(1) and docker run have them.
const (
	exitTimeout    = 124
	exitJudge      = 125
	exitCannotExec = 126
	exitNotFound   = 127
)

func main() { os.Exit(dispatch(os.Args[1:])) }

func dispatch(args []string) int {
	if len(args) == 0 {
		args = []string{"help"}
	}
	if args[0] == "run" { // what is paid for by every run comes first
		return conclude(runCommand(args[1:]))
	}
	for _, c := range commands() {
		if c.name == args[0] || args[0] == "--"+c.name || args[0] == "-h" && c.name == "help" {
			return conclude(c.run(args[1:]))
		}
	}
	return conclude(exitJudge, &usageError{
		what: fmt.Sprintf("unknown command %q", args[0]), hint: "judge help lists the commands",
	})
}

// usageError is a command line that cannot be read.
type usageError struct{ what, hint string }

func (e *usageError) Error() string { return e.what }

// conclude is the one place where an error becomes an exit status.
func conclude(status int, err error) int {
	if err == nil {
		return status
	}
	complain(err)
	return exitJudge
}

// complain is the one place where an error becomes a message, with a hint where
// there is one.
func complain(err error) {
	var (
		usage *usageError
		asked *sandbox.UsageError
		files policy.FileErrors
		text  strings.Builder
	)
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(&text, "judge: %s\n", usage.what)
		hint(&text, usage.hint)
	case errors.As(err, &asked):
		what := asked.What
		if asked.Err != nil {
			what += ": " + asked.Err.Error()
		}
		fmt.Fprintf(&text, "judge: %s\n", what)
		hint(&text, cmp.Or(asked.Hint, advice(asked.Err)))
	case errors.As(err, &files):
		for _, f := range files {
			fmt.Fprintf(&text, "judge: %v\n", f)
		}
	default:
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(&text, "judge: %s\n", strings.TrimSuffix(line, "\n"))
		}
		hint(&text, advice(err))
	}
	os.Stderr.WriteString(text.String())
}

func hint(w *strings.Builder, text string) {
	if text != "" {
		fmt.Fprintf(w, "hint: %s\n", text)
	}
}

// advice is what can be done about an error of the kernel's, where no one said so who knows more.
func advice(err error) string {
	var step *sandbox.StepError
	switch {
	case errors.As(err, &step) && step.Hint != "":
		return "" // it is in the message
	case errors.Is(err, unix.ENOSPC):
		return "the disk is full there: free some space, or name another place"
	case errors.Is(err, unix.EROFS):
		return "nothing can be written there: is that what should be mounted?"
	case errors.Is(err, unix.EPERM):
		return "judge needs all that root may do, CAP_SYS_ADMIN first: in a container, start that with --privileged"
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		return "name one that is there"
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return "raise the limit of open files where judge is started: ulimit -n"
	case errors.Is(err, unix.ENOMEM):
		return "this host has too little memory left"
	}
	return ""
}

func helpCommand([]string) (int, error) {
	fmt.Println("judge COMMAND [ARG...]: run untrusted programs, isolated and limited, and report how they ended")
	fmt.Println()
	for _, c := range commands() {
		fmt.Printf("  %-8s  %s\n", c.name, c.about)
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
		return 0, &usageError{what: "judge schema takes the name of a schema", hint: "judge schema report"}
	}
	_, err := os.Stdout.WriteString(sandbox.ReportSchema)
	return 0, err
}
