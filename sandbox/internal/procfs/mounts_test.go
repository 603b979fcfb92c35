package procfs

import (
	"bytes"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMounts: what is told is what is there, also when that has changed, and nothing is
// read where it has not.
func TestMounts(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
	same := func() []byte {
		t.Helper()
		got, err := Mounts()
		if err != nil {
			t.Fatal(err)
		}
		want, err := Read("/proc/self/mountinfo", 1<<15)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v; got\n%s\nwant\n%s", err, got, want)
		}
		return got
	}
	before := same()
	for n := 0; &before[0] != &same()[0]; n++ { // somebody else may mount something at the same time
		if n == 100 {
			t.Fatal("it is read anew each time")
		}
		before = same()
	}
	dir := t.TempDir()
	for range 3 {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
		if with := same(); !bytes.Contains(with, []byte(Escape(dir))) {
			t.Error("the mount is not there")
		}
		if err := unix.Unmount(dir, 0); err != nil {
			t.Fatal(err)
		}
		if without := same(); bytes.Contains(without, []byte(Escape(dir))) {
			t.Error("the mount is still there")
		}
	}
}
