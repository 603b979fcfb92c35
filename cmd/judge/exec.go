package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

const execUsage = " [-t] [--env K=V|K] [--workdir DIR] [--grace D] [--no-landlock] NAME [--] PROG [ARG...]"

// execCommand runs a second command in a run. There is no report: what the command
// used is in the run's.
func execCommand(args []string) (int, error) {
	s, done, err := parseExec(args)
	if err != nil || done {
		return 0, err
	}
	raiseSoftLimits()
	f := runFlags{cmd: s.Command, tty: s.Terminal != nil}
	f.cmd.Stdin, f.cmd.Stdout, f.cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	terminal, err := f.listen()
	defer terminal.restore() // also after a panic
	if err != nil {
		return 0, err
	}
	s.Command = f.cmd
	report, err := sandbox.Exec(context.Background(), s)
	terminal.restore()
	if err != nil {
		return 0, err
	}
	switch report.Status {
	case sandbox.StatusOK, sandbox.StatusNonzeroExit, sandbox.StatusCancelled:
	case sandbox.StatusCannotStart:
		fmt.Fprintf(os.Stderr, "judge: cannot start: %s\n", cli.Harmless(report.Reason))
	case sandbox.StatusSignal:
		if report.RunEnded {
			fmt.Fprintln(os.Stderr, "judge: the run has ended")
		}
	default:
		fmt.Fprintf(os.Stderr, "judge: %s: %s\n", report.Status, cli.Harmless(report.Reason))
	}
	return exitStatus(report), nil
}

// parseExec reads flags up to the name, and after it all is the command's.
func parseExec(args []string) (s sandbox.Second, done bool, err error) {
	own := len(args)
	for i := 0; i < len(args); i++ {
		f := findHouseFlag("exec", strings.SplitN(args[i], "=", 2)[0])
		if f != nil && f.arg != "" && !strings.Contains(args[i], "=") {
			i++ // its value
			continue
		}
		if !strings.HasPrefix(args[i], "-") {
			own = i
			break
		}
	}
	values, rest, done, err := houseFlagValues("exec", execUsage, args[:own])
	if err != nil || done {
		return s, done, err
	}
	rest = append(rest, args[own:]...)
	if len(rest) == 0 {
		return s, false, &cli.UsageError{What: "judge exec takes the name of a run, and a program", Hint: "judge exec" + execUsage}
	}
	s.Run, s.Args = rest[0], rest[1:]
	if len(s.Args) > 0 && s.Args[0] == "--" {
		s.Args = s.Args[1:]
	}
	for _, v := range values {
		switch v.name {
		case "--env":
			s.Env, err = addEnv(s.Env, v.value)
		case "--workdir":
			s.Workdir = v.value
		case "-t", "--tty":
			s.Terminal = &sandbox.Terminal{}
		case "--no-landlock":
			s.NoLandlock = true
		case "--grace":
			s.Grace, err = parseGrace(v.value)
		}
		if err != nil {
			return s, false, err
		}
	}
	return s, false, nil
}

// addEnv adds K=V, or K with the caller's value, if it has one.
func addEnv(env []string, text string) ([]string, error) {
	name, _, set := strings.Cut(text, "=")
	if name == "" {
		return nil, &cli.UsageError{What: fmt.Sprintf("--env %q names no variable", text), Hint: "write --env K=V, or --env K to pass one on"}
	}
	if set {
		return append(env, text), nil
	}
	if value, ok := os.LookupEnv(name); ok {
		return append(env, name+"="+value), nil
	}
	return env, nil
}
