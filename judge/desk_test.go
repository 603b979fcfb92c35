package judge

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDesk: what a case left is nowhere when the next one comes, whatever it was; a desk
// is used again, and its output where judge can write to it.
func TestDesk(t *testing.T) {
	tests := []struct {
		name  string
		leave func(pass, output string) error
		kept  bool // the output
	}{
		{"nothing", func(_, _ string) error { return nil }, true},
		{"no output", func(_, output string) error { return os.Remove(output) }, false},
		{"a collected output that cannot be written", func(_, output string) error { return os.Chmod(output, 0o444) }, false},
		{"a link in its place", func(pass, output string) error {
			if err := os.Remove(output); err != nil {
				return err
			}
			return os.Symlink(pass, output)
		}, false},
		{"feedback", func(pass, _ string) error { return os.MkdirAll(filepath.Join(pass, "checker-0", "feedback"), 0o700) }, true},
		{"FIFOs", func(pass, _ string) error { return unix.Mkfifo(filepath.Join(pass, "fifo0"), 0o600) }, true},
		{"a second pass", func(pass, _ string) error {
			second := filepath.Join(filepath.Dir(pass), "pass-2")
			if err := os.Mkdir(second, 0o700); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(second, outputName), []byte("2"), 0o644)
		}, true},
		{"no pass", func(pass, _ string) error { return os.RemoveAll(pass) }, false},
	}
	e := &Engine{dir: t.TempDir()}
	first := ""
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := e.desk()
			if err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = dir
			}
			if dir != first {
				t.Errorf("another desk: %s, then %s", first, dir)
			}
			pass := filepath.Join(dir, firstPass)
			if err := os.Mkdir(pass, 0o700); err != nil && !os.IsExist(err) {
				t.Fatal(err)
			}
			output := filepath.Join(pass, outputName)
			if err := os.WriteFile(output, []byte("secret"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := tt.leave(pass, output); err != nil {
				t.Fatal(err)
			}
			if err := e.leave(dir); err != nil {
				t.Fatal(err)
			}
			var left []string
			err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				left = append(left, path)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			want := 2
			if tt.kept {
				want = 3
			}
			if tt.name == "no pass" {
				want = 1
			}
			if len(left) != want {
				t.Errorf("left: %q", left)
			}
			if info, err := os.Stat(output); tt.kept && (err != nil || info.Size() != 0) {
				t.Errorf("the output: %v, %v", info, err)
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
