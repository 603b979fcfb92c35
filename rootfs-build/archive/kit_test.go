package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"judge/store"
)

// file is an entry of an archive that a test makes.
type file struct {
	name, text string
	header     tar.Header // what is more than a regular file of mode 0644
}

func regular(name, text string) file { return file{name: name, text: text} }

func directory(name string) file {
	return file{name: name, header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}}
}

func symlink(name, target string) file {
	return file{name: name, header: tar.Header{Typeflag: tar.TypeSymlink, Linkname: target}}
}

func hardlink(name, target string) file {
	return file{name: name, header: tar.Header{Typeflag: tar.TypeLink, Linkname: target}}
}

func device(name string, kind byte) file {
	return file{name: name, header: tar.Header{Typeflag: kind, Devmajor: 1, Devminor: 3}}
}

var testTime = time.Unix(1_700_000_000, 0)

func tarOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := f.header
		h.Name, h.Size = f.name, int64(len(f.text))
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if h.ModTime.IsZero() {
			h.ModTime = testTime
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// storeDir is a place for a store, in memory where it can be: a rootfs gets its
// name when it is on the disk, which is long where others write, too.
func storeDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "judge-archive-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func usual() Options { return Options{MaxBytes: 1 << 20, MaxFiles: 100} }

// imported imports a file into a fresh store, as rootfs "x", and gives the tree
// as lines, without the root and /proc. On an error it sees that nothing is left.
func imported(t testing.TB, name string, o Options) ([]string, *Result, error) {
	t.Helper()
	return importedInto(t, storeDir(t), name, o)
}

func importedInto(t testing.TB, dir, name string, o Options) ([]string, *Result, error) {
	t.Helper()
	d, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Import(context.Background(), d, name, o)
	if err == nil {
		err = d.Commit(r.Entries, &store.About{Name: "x"}, true)
	}
	if err := d.Abandon(); err != nil {
		t.Error(err)
	}
	if err != nil {
		nothingLeft(t, dir)
		return nil, nil, err
	}
	return treeOf(t, dir), r, nil
}

func nothingLeft(t testing.TB, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" || strings.HasPrefix(d.Name(), ".new-") {
			t.Errorf("left: %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// treeOf lists rootfs "x", which must be as its manifest says.
func treeOf(t testing.TB, dir string) []string {
	t.Helper()
	h, err := store.Hold(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	differs, err := h.Verify()
	if err != nil || len(differs) > 0 {
		t.Errorf("not as in its manifest: %v %v", differs, err)
	}
	entries, err := h.Entries()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range entries {
		if e.Path == "" || e.Path == "proc" {
			continue
		}
		text := e.Target
		if e.Kind == store.Regular {
			data, err := os.ReadFile(h.Path(e.Path))
			if err != nil {
				t.Error(err)
			}
			text = string(data)
			if len(text) > 20 {
				text = fmt.Sprint(len(text))
			}
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%c%o %s %s", e.Kind, e.Mode, e.Path, text), " "))
	}
	return lines
}

func write(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}
