package lease

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

func claim(t *testing.T, dir, name string) *RunName {
	t.Helper()
	n, err := Claim(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"web": true, "W": true, "a-b_c.9": true, strings.Repeat("a", 64): true,
		"": false, "9": false, "-a": false, ".": false, "..": false, "_a": false, "a/b": false, "a b": false, "a\n": false,
		"é": false, "a@1": false, strings.Repeat("a", 65): false,
	} {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %t", name, got)
		}
	}
}

func TestNameIsTakenOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "judge") // made if it is missing
	web := claim(t, dir, "web")
	if _, err := Claim(dir, "web"); !errors.Is(err, ErrTaken) {
		t.Errorf("a name that is taken: %v", err)
	}
	other := claim(t, dir, "other")
	if err := web.Write([]byte("a long text")); err != nil {
		t.Fatal(err)
	}
	if err := web.Write([]byte("short")); err != nil {
		t.Fatal(err)
	}
	h, err := FindName(dir, "web")
	if err != nil || h == nil || string(h.Data) != "short" || !h.HeldBy(os.Getpid()) || h.HeldBy(1) {
		t.Fatalf("%+v %v", h, err)
	}
	if err := h.WriteAt([]byte("S"), 0); err != nil {
		t.Fatal(err)
	}
	h.Close()
	if data, err := web.Read(); err != nil || string(data) != "Short" {
		t.Errorf("%q %v", data, err)
	}
	if removed, err := TidyNames(dir, false); len(removed) > 0 || err != nil {
		t.Errorf("removed, though alive: %v %v", removed, err)
	}
	all, err := Names(dir)
	if err != nil || len(all) != 2 || all[0].Name != "other" || all[1].Name != "web" {
		t.Errorf("%+v %v", all, err)
	}
	for _, h := range all {
		h.Close()
	}
	if err := errors.Join(web.Release(), other.Release()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if h, err := FindName(dir, "web"); h != nil || err != nil {
		t.Errorf("a name that was given back: %v %v", h, err)
	}
}

// What a killed holder wrote is not the next one's, and goes when nobody has the name.
func TestNameOfAKilledHolder(t *testing.T) {
	dir := t.TempDir()
	killed := func(name string) {
		n := claim(t, dir, name)
		if err := n.Write([]byte("of the first")); err != nil {
			t.Fatal(err)
		}
		unix.Close(n.fd) // as the kernel does
	}
	killed("web")
	if h, err := FindName(dir, "web"); h != nil || err != nil {
		t.Errorf("still held: %v %v", h, err)
	}
	n := claim(t, dir, "web")
	if data, err := n.Read(); err != nil || len(data) > 0 {
		t.Errorf("the next holder has %q, %v", data, err)
	}
	killed("old")
	for _, only := range []bool{true, false} {
		if removed, err := TidyNames(dir, only); err != nil || !slices.Equal(removed, []string{"old"}) {
			t.Errorf("removed %v, %v", removed, err)
		}
	}
	if removed, err := TidyNames(dir, false); err != nil || len(removed) > 0 {
		t.Errorf("removed a second time: %v, %v", removed, err)
	}
	if err := n.Release(); err != nil {
		t.Error(err)
	}
}

// However many want a name at once, and tidy up meanwhile: one has it.
func TestNameRace(t *testing.T) {
	dir := t.TempDir()
	var holders, had atomic.Int32
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 50 {
				n, err := Claim(dir, "web")
				if errors.Is(err, ErrTaken) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if holders.Add(1) != 1 {
					t.Error("two have one name")
				}
				had.Add(1)
				holders.Add(-1)
				if err := n.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		all.Go(func() {
			for range 100 {
				if _, err := TidyNames(dir, false); err != nil {
					t.Error(err)
				}
				if h, err := FindName(dir, "web"); err != nil {
					t.Error(err)
				} else if h != nil {
					h.Close()
				}
			}
		})
	}
	all.Wait()
	if had.Load() == 0 {
		t.Error("nobody ever had it")
	}
}

// A link in the place of a name is an error, and what it leads to stays as it is.
func TestLinkInThePlaceOfAName(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other")
	if err := errors.Join(os.WriteFile(other, []byte("content"), 0o600), os.Mkdir(filepath.Join(dir, namesDir), 0o700),
		os.Symlink(other, filepath.Join(dir, namesDir, "web"))); err != nil {
		t.Fatal(err)
	}
	if n, err := Claim(dir, "web"); !errors.Is(err, unix.ELOOP) {
		t.Errorf("%v %v, want ELOOP", n, err)
	}
	if data, err := os.ReadFile(other); err != nil || string(data) != "content" {
		t.Errorf("%q %v", data, err)
	}
}
