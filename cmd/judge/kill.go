package main

import (
	"fmt"
	"time"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

func killCommand(args []string) (int, error) {
	const usage = " [-9] NAME|ID[@JUDGE]"
	set, rest, done, err := houseArgs("kill", usage, args)
	if err != nil || done {
		return 0, err
	}
	if err := oneRun("kill", usage, rest); err != nil {
		return 0, err
	}
	return 0, sandbox.Kill(rest[0], set.has("-9"))
}

func stopCommand(args []string) (int, error) {
	const usage = " [--time D] NAME|ID[@JUDGE]"
	set, rest, done, err := houseArgs("stop", usage, args)
	if err != nil || done {
		return 0, err
	}
	if err := oneRun("stop", usage, rest); err != nil {
		return 0, err
	}
	grace := time.Duration(-1)
	if set.has("--time") {
		grace, err = time.ParseDuration(set["--time"])
		if err != nil || grace < 0 {
			return 0, &cli.UsageError{What: fmt.Sprintf("--time %q is no duration", set["--time"]), Hint: "write 500ms, 10s, or 0s to kill at once"}
		}
	}
	return 0, sandbox.Stop(rest[0], grace)
}

func oneRun(command, usage string, rest []string) error {
	if len(rest) == 1 {
		return nil
	}
	return &cli.UsageError{What: "judge " + command + " takes the name or the ID of one run", Hint: "judge ps lists them; judge " + command + usage}
}
