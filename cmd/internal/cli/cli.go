// Package cli is what the programs of cmd have in common: how an error becomes
// a message and an exit status, and how judge starts its siblings.
package cli

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

// A Command is one word after the name of the program.
type Command struct {
	Name, About string
	Run         func(args []string) (int, error)
}

// Exit statuses of judge itself, as env(1), timeout(1) and docker run have them.
const (
	ExitTimeout    = 124
	ExitJudge      = 125
	ExitCannotExec = 126
	ExitNotFound   = 127
)

// UsageError is a command line that cannot be read.
type UsageError struct{ What, Hint string }

func (e *UsageError) Error() string { return e.What }

// Conclude is the one place where an error becomes an exit status.
func Conclude(status int, err error) int {
	if err == nil {
		return status
	}
	Complain(err)
	return ExitJudge
}

// Complain is the one place where an error becomes a message, with a hint where
// there is one.
func Complain(err error) {
	var (
		usage *UsageError
		asked *sandbox.UsageError
		files policy.FileErrors
		text  strings.Builder
		out   strings.Builder // the same, whatever names are in it
	)
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(&text, "judge: %s\n", usage.What)
		hint(&text, usage.Hint)
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
	for line := range strings.Lines(text.String()) {
		out.WriteString(Harmless(strings.TrimSuffix(line, "\n")) + "\n")
	}
	os.Stderr.WriteString(out.String())
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
