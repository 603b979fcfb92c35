package grading

import (
	"os"
	"path/filepath"
	"testing"
)

// A sweep takes what a killed judge of this user left, and nothing else.
func TestSweep(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
	t.Setenv("TMPDIR", t.TempDir())
	alive, err := newWorkplace()
	if err != nil {
		t.Fatal(err)
	}
	left := func(dir string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, held, "case-1"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, inUse), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	name := func(what string) string { return filepath.Join(os.TempDir(), workplaces+what) }
	dead, foreign, elsewhere := left(name("dead")), left(name("foreign")), left(t.TempDir())
	if err := os.Chown(foreign, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, name("link")); err != nil {
		t.Fatal(err)
	}
	unlocked := name("unlocked")
	if err := os.Mkdir(unlocked, 0o700); err != nil {
		t.Fatal(err)
	}
	sweep(os.TempDir())
	for dir, want := range map[string]bool{
		alive.path(): true, dead: false, filepath.Join(foreign, held, "case-1"): true, filepath.Join(elsewhere, held, "case-1"): true, unlocked: true,
	} {
		if _, err := os.Lstat(dir); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", dir, err, want)
		}
	}
	if err := alive.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(alive.dir); err == nil {
		t.Error("a workplace is there after its end")
	}
}
