package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Two judges that mount an image at once mount it twice; removing it takes both away.
func TestUnmountTwice(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: to mount")
	}
	runtime.LockOSThread() // never unlocked: the thread ends with the test, and its mounts with it
	if err := errors.Join(unix.Unshare(unix.CLONE_FS|unix.CLONE_NEWNS),
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mustMake(t, dir, "a", "x")
	root := filepath.Join(dir, "a", rootName)
	for range 2 {
		if err := unix.Mount("none", root, "tmpfs", unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := Remove(dir, "a"); err != nil {
		t.Error(err)
	}
	if n := objects(t, dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
	if news, err := filepath.Glob(filepath.Join(dir, newPrefix+"*")); err != nil || len(news) > 0 {
		t.Errorf("left: %q %v", news, err)
	}
}
