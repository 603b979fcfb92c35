package main

import (
	"errors"
	"testing"

	"judge/cmd/internal/cli"
)

// What cannot be simulated is a fault of the command line, with a hint.
func TestSimulateRefuses(t *testing.T) {
	var usage *cli.UsageError
	if _, err := simulateCommand([]string{"--workers", "0"}); !errors.As(err, &usage) || usage.Hint == "" {
		t.Errorf("%v, want a UsageError with a hint", err)
	}
}
