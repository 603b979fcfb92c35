package judge

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
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
		"nothing":   func(string) error { return nil },
		"an output": func(pass string) error { return os.WriteFile(filepath.Join(pass, "output"), []byte("secret"), 0o444) },
		"a large output": func(pass string) error {
			return errors.Join(os.WriteFile(filepath.Join(pass, "output"), nil, 0o644), os.Truncate(filepath.Join(pass, "output"), mostPaper+1))
		},
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

// TestPaper: the file of an output is used again, and what another case wrote there is in none.
func TestPaper(t *testing.T) {
	e := &Engine{dir: t.TempDir()}
	var inode uint64
	for i, text := range []string{"first", "", "a longer one", "short", "short", ""} {
		dir, err := e.desk()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, firstPass, outputName)
		out, err := newOutput(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = out.WriteString(text)
		if err := errors.Join(err, out.close()); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("output %d has %q, want %q: %v", i, got, text, err)
		}
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := info.Sys().(*syscall.Stat_t).Ino; i == 0 {
			inode = n
		} else if n != inode {
			t.Errorf("output %d is another file", i)
		}
		if err := e.leave(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("output %d is there still: %v", i, err)
		}
	}
}
