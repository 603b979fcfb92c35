package judge

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDesk: what a case left is nowhere when the next one comes, whatever it was, and
// the desk is used again.
func TestDesk(t *testing.T) {
	e := &Engine{dir: t.TempDir()}
	first, err := e.desk()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.leave(first); err != nil {
		t.Fatal(err)
	}
	for name, leave := range map[string]func(pass string) error{
		"nothing":       func(string) error { return nil },
		"an output":     func(pass string) error { return os.WriteFile(filepath.Join(pass, "output"), []byte("secret"), 0o444) },
		"a link":        func(pass string) error { return os.Symlink("/", filepath.Join(pass, "output")) },
		"feedback":      func(pass string) error { return os.MkdirAll(filepath.Join(pass, "checker-0", "feedback"), 0o700) },
		"a FIFO":        func(pass string) error { return unix.Mkfifo(filepath.Join(pass, "fifo0"), 0o600) },
		"a second pass": func(pass string) error { return os.MkdirAll(filepath.Join(pass, "..", "pass-2", "checker-0"), 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := e.desk()
			if err != nil || dir != first {
				t.Fatalf("desk %s, want %s: %v", dir, first, err)
			}
			if err := errors.Join(leave(filepath.Join(dir, firstPass)), e.leave(dir)); err != nil {
				t.Fatal(err)
			}
			var left []string
			err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
				left = append(left, path)
				return err
			})
			if want := []string{dir, filepath.Join(dir, firstPass)}; err != nil || !slices.Equal(left, want) {
				t.Errorf("left: %q, want %q: %v", left, want, err)
			}
		})
	}
	a, err := e.desk()
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.desk()
	if err != nil || a == b {
		t.Errorf("two cases at one desk: %s, %v", a, err)
	}
}
