package main

import (
	"slices"
	"testing"

	"judge/cmd/internal/cli"
)

// TestRunSwitches: what other programs take for switches are those.
func TestRunSwitches(t *testing.T) {
	for _, f := range runFlagTable {
		if is, said := f.arg == "", slices.Contains(cli.RunSwitches[:], f.name); is != said {
			t.Errorf("--%s is a switch: %t, cli.RunSwitches has it: %t", f.name, is, said)
		}
		if f.arg != "" && f.short != "" && f.short != "p" {
			t.Errorf("-%s takes a value: cmd/judge-oci has to know", f.short)
		}
	}
}
