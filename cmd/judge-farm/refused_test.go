package main

import (
	"errors"
	"os"
	"path/filepath"
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

// TestRefusedHTTP: what would let others in is refused before anything starts.
func TestRefusedHTTP(t *testing.T) {
	for _, args := range [][]string{
		{"--http", "0.0.0.0:0"}, {"--http", ":0"}, {"--http", "127.0.0.1:0", "--users", "users"}, {"--http", "127.0.0.1:0", "--tokens", "/nowhere"}, {"--tokens", "tokens"}, {"--max-upload", "0"},
	} {
		store := filepath.Join(t.TempDir(), "store")
		_, err := serveCommand(append(args, "--listen", "127.0.0.1:0", "--store", store))
		err = usage(err)
		var refused *cli.UsageError
		if !errors.As(err, &refused) || refused.Hint == "" {
			t.Errorf("%q: %v", args, err)
		}
		if _, err := os.Stat(store); err == nil {
			t.Errorf("%q: there is a store", args)
		}
	}
}
