package main

import (
	"fmt"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

func gcCommand(args []string) (int, error) {
	set, rest, done, err := houseArgs("gc", " [-n]", args)
	if err != nil || done {
		return 0, err
	}
	if len(rest) > 0 {
		return 0, &cli.UsageError{What: fmt.Sprintf("judge gc takes no argument, got %q", rest), Hint: "judge gc [-n]"}
	}
	removed, err := sandbox.RemoveLeftovers(set.has("-n"))
	verb := "removed"
	if set.has("-n") {
		verb = "would remove"
	}
	for _, l := range removed {
		fmt.Printf("%s %s %s\n", verb, l.Kind, l.Name)
	}
	return 0, err
}
