package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestSizeText(t *testing.T) {
	for n, want := range map[int64]string{0: "0B", 1023: "1023B", 1024: "1KiB", 1536: "1.5KiB", 5 << 20: "5MiB", 3 << 40: "3TiB"} {
		if got := SizeText(n); got != want {
			t.Errorf("SizeText(%d) = %q, want %q", n, got, want)
		}
	}
}

// A file's name in an error is no word to the terminal, and the error's lines stay lines.
func TestComplainHostile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stderr")
	to, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func(was *os.File) { os.Stderr = was }(os.Stderr)
	os.Stderr = to
	Complain(errors.Join(errors.New("a\x1b[2Jb\r\u202e.c\x9b is a link"), errors.New("größer")))
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "judge: a?[2Jb??.c? is a link\njudge: größer\n" {
		t.Errorf("%q, %v", got, err)
	}
}
