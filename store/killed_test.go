package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const makeVar = "JUDGE_STORE_TEST_MAKE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(makeVar); dir != "" { // a process to be killed
		for n := 0; ; n++ {
			if err := makeOne(dir, "victim", strconv.Itoa(n%2), true); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	}
	os.Exit(m.Run())
}

// A draft that fails at any call leaves nothing, and says where.
func TestAbandoned(t *testing.T) {
	dir := t.TempDir()
	mustMake(t, dir, "a", "x")
	before := tree(t, dir)
	for name, step := range map[string]func(*Draft) error{
		"a directory whose parent is missing": func(d *Draft) error { return d.Directory("no/such") },
		"a file that ends too early": func(d *Draft) error {
			return d.File(&Entry{Path: "f", Kind: Regular, Mode: 0o644}, errorAfter("some text"))
		},
		"a file through a link": func(d *Draft) error {
			if err := d.Symlink(&Entry{Path: "l", Target: "/tmp"}); err != nil {
				return nil
			}
			return d.File(&Entry{Path: "l/judge-escape", Kind: Regular, Mode: 0o644}, strings.NewReader("x"))
		},
		"a name that cannot be": func(d *Draft) error {
			return d.Commit([]Entry{{Kind: Directory, Mode: 0o755}}, &About{Name: "a/b"}, false)
		},
	} {
		d, err := Begin(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.File(&Entry{Path: "file", Kind: Regular, Mode: 0o644}, strings.NewReader("new")); err != nil {
			t.Error(err)
		}
		if err := step(d); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := d.Abandon(); err != nil {
			t.Error(err)
		}
		if after := tree(t, dir); !slices.Equal(before, after) {
			t.Errorf("%s: the store holds %q, before %q", name, after, before)
		}
	}
}

type errorReader struct{ text *strings.Reader }

func errorAfter(text string) errorReader { return errorReader{strings.NewReader(text)} }

func (r errorReader) Read(p []byte) (int, error) {
	if r.text.Len() == 0 {
		return 0, errors.New("the archive is cut off")
	}
	return r.text.Read(p)
}

func tree(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (!d.IsDir() || strings.HasPrefix(d.Name(), newPrefix)) {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Whenever a maker is killed, a rootfs is whole or not there, and the next one
// to come removes the rest.
func TestKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	left := 0
	for i := range 25 {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), makeVar+"="+dir)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(5+3*i) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait() // it was killed
		if out.Len() > 0 {
			t.Errorf("the maker failed: %s", &out)
		}
		if h, err := Hold(dir, "victim"); err == nil {
			if list, err := h.Verify(); err != nil || len(list) > 0 {
				t.Errorf("round %d: not whole: %v %v", i, list, err)
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		would, err := Tidy(dir, true)
		if err != nil {
			t.Error(err)
		}
		left += len(would)
		removed, err := Tidy(dir, false)
		if err != nil || !slices.Equal(would, removed) {
			t.Errorf("it would remove %q, and removed %q: %v", would, removed, err)
		}
		if news, err := filepath.Glob(filepath.Join(dir, newPrefix+"*")); err != nil || len(news) > 0 {
			t.Errorf("left: %q %v", news, err)
		}
	}
	if left == 0 {
		t.Error("no kill left anything: this test saw nothing")
	}
	if err := Remove(dir, "victim"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if n := objects(t, dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// While one is being made nothing of it is removed.
func TestTidyLeavesWhatIsAlive(t *testing.T) {
	dir := t.TempDir()
	d, err := Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := Entry{Path: "a", Kind: Regular, Mode: 0o644, Modified: when}
	if err := d.File(&e, strings.NewReader("text")); err != nil {
		t.Fatal(err)
	}
	if list, err := Tidy(dir, false); err != nil || len(list) > 0 {
		t.Errorf("removed %q: %v", list, err)
	}
	second, err := Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Abandon(); err != nil {
		t.Error(err)
	}
	if err := d.Commit([]Entry{{Kind: Directory, Mode: 0o755, Modified: when}, e}, &About{Name: "a"}, false); err != nil {
		t.Error(err)
	}
	if err := d.Abandon(); err != nil {
		t.Error(err)
	}
	h := mustHold(t, dir, "a")
	defer h.Close()
	if list, err := h.Verify(); err != nil || len(list) > 0 {
		t.Errorf("damaged: %v %v", list, err)
	}
}
