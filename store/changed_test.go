package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What somebody changed in one rootfs does not come into the next one: that gets
// files of its own, and the ones after it share these.
func TestChangedFilesAreNotShared(t *testing.T) {
	dir := t.TempDir()
	mustMake(t, dir, "a", "a")
	root := filepath.Join(dir, "a", rootName)
	err := errors.Join(
		os.Chmod(filepath.Join(root, "d/0"), 0o644),
		os.Lchown(filepath.Join(root, "d/1"), 1000, 1000),
		os.WriteFile(filepath.Join(root, "d/2"), []byte("SHARED 2"), 0),
		os.Truncate(filepath.Join(root, "d/3"), 1),
	)
	if err != nil {
		t.Fatal(err)
	}
	const changed = 4
	mustMake(t, dir, "b", "b")
	mustMake(t, dir, "c", "c")
	for name, want := range map[string]int{"a": changed, "b": 0, "c": 0} {
		h := mustHold(t, dir, name)
		list, err := h.Verify()
		if err != nil || len(list) != want {
			t.Errorf("%s: %d files differ, want %d: %v %v", name, len(list), want, list, err)
		}
		h.Close()
	}
	for name, want := range map[string]uint64{"a/root/d/0": 1, "b/root/d/0": 3, "c/root/d/9": 4} { // each also among the objects, if it is whole
		var st unix.Stat_t
		if err := unix.Stat(filepath.Join(dir, name), &st); err != nil || uint64(st.Nlink) != want {
			t.Errorf("%s has %d links, want %d: %v", name, st.Nlink, want, err)
		}
	}
	if err := Remove(dir, "a"); err != nil {
		t.Fatal(err)
	}
	if got, want := objects(t, dir), shared+2; got != want {
		t.Errorf("%d objects are left, want %d", got, want)
	}
}
