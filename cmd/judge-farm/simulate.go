package main

import (
	"bufio"
	"errors"
	"os"

	"judge/cmd/internal/cli"
	"judge/farm/simulate"
)

// simulateCommand says what a farm would do; it needs none.
func simulateCommand(args []string) (int, error) {
	out := bufio.NewWriter(os.Stdout)
	err := simulate.Command(args, out)
	var fault *simulate.UsageError
	if errors.As(err, &fault) {
		err = &cli.UsageError{What: err.Error(), Hint: fault.Hint}
	}
	return 0, errors.Join(err, out.Flush())
}
