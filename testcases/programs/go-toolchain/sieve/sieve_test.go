package sieve

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestBelow(t *testing.T) {
	for n, want := range map[int]int{2: 0, 3: 1, 100: 25, 1000: 168} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			if got := len(Below(n)); got != want {
				t.Errorf("%d primes below %d, want %d", got, n, want)
			}
		})
	}
}

// What tests of real modules do: files and processes.
func TestSurroundings(t *testing.T) {
	if err := os.WriteFile(filepath.Join(t.TempDir(), "f"), nil, 0o600); err != nil {
		t.Error(err)
	}
	if out, err := exec.Command("echo", "x").Output(); err != nil || string(out) != "x\n" {
		t.Error(out, err)
	}
}
