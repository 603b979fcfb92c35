package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPlace is the same for a file without a name and for one with.
func TestPlace(t *testing.T) {
	for name, open := range map[string]func(string) (*place, error){"without a name": newPlace, "with one": newNamedPlace} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put := func(file, text string) error {
				t.Helper()
				p, err := open(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.WriteString(text); err != nil {
					t.Fatal(err)
				}
				return errors.Join(p.set(0o755), p.done())
			}
			if err := errors.Join(os.Symlink("elsewhere", filepath.Join(dir, "link")), os.Mkdir(filepath.Join(dir, "dir"), 0o755),
				unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600), os.WriteFile(filepath.Join(dir, "old"), []byte("an older, longer one"), 0o600)); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{"new", "old", "old", "link", "fifo"} {
				if err := put(file, "text"); err != nil {
					t.Errorf("%s: %v", file, err)
				}
				info, err := os.Lstat(filepath.Join(dir, file))
				if err != nil || info.Mode() != 0o755 {
					t.Errorf("%s: %v %v", file, info, err)
				}
				if got, err := os.ReadFile(filepath.Join(dir, file)); string(got) != "text" {
					t.Errorf("%s holds %q, %v", file, got, err)
				}
			}
			if err := put("dir", "text"); err == nil || !strings.Contains(err.Error(), "dir") {
				t.Errorf("a directory: %v", err)
			}
			// Given up half-way.
			p, err := open(filepath.Join(dir, "old"))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.done(); err != nil {
				t.Error(err)
			}
			if got, _ := os.ReadFile(filepath.Join(dir, "old")); string(got) != "text" {
				t.Errorf("given up: old holds %q", got)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 5 {
				t.Errorf("left: %v %v", entries, err)
			}
		})
	}
}

// TestPlaceOfNoName: the file system under the tests has files without names,
// or says that it has not.
func TestPlaceOfNoName(t *testing.T) {
	p, err := newPlace(filepath.Join(t.TempDir(), "new"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.done()
	if p.temp != "" {
		t.Skip("feature missing: O_TMPFILE")
	}
	if entries, err := os.ReadDir(filepath.Dir(p.dest)); err != nil || len(entries) > 0 {
		t.Errorf("it has a name: %v %v", entries, err)
	}
}

// TestPlaceWithout: a file system that has no such files takes them with names.
// Of message queues' it is true on every kernel (ipc/mqueue.c, mqueue_dir_inode_operations).
func TestPlaceWithout(t *testing.T) {
	dir := t.TempDir()
	missing := make(chan error)
	go func() {
		defer close(missing)
		runtime.LockOSThread() // not undone: the thread, which has the mount to itself, ends with the goroutine
		if err := errors.Join(unix.Unshare(unix.CLONE_NEWNS|unix.CLONE_FS), unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount("mqueue", dir, "mqueue", 0, "")); err != nil {
			missing <- err
			return
		}
		p, err := newPlace(filepath.Join(dir, "new"))
		if err != nil {
			t.Error(err)
			return
		}
		if !strings.HasPrefix(p.temp, dir) {
			t.Errorf("its name is %q", p.temp)
		}
		if err := p.done(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(p.temp); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("it is left: %v", err)
		}
	}()
	if err := <-missing; err != nil {
		t.Skip("feature missing: a mount of mqueue: ", err)
	}
}
