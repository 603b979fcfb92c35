package main

import (
	"errors"
	"testing"

	"judge/cmd/internal/cli"
)

// TestRefusedSizes: what cannot be said in bytes is refused before anything starts.
func TestRefusedSizes(t *testing.T) {
	for _, args := range [][]string{
		{"--max-store", "-1"}, {"--max-store", "8796093022208"}, {"--max-store", "9223372036854775807"},
		{"--cache-size", "0"}, {"--rootfs-size", "-1"}, {"--rootfs-size", "8796093022208"}, {"--cache-size", "-5"}, {"--cache-size", "8796093022208"},
	} {
		command := serveCommand
		if args[0] != "--max-store" {
			command = workerCommand
		}
		var usage *cli.UsageError
		if _, err := command(args); !errors.As(err, &usage) || usage.Hint == "" {
			t.Errorf("%q: %v", args, err)
		}
	}
}
