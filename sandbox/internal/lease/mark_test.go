package lease

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestLeafNames(t *testing.T) {
	for _, tt := range []struct {
		n    int
		m    Mark
		want string
	}{
		{0, Mark{25, 4711}, "slot-0-25-4711"},
		{Max - 1, Mark{math.MaxUint64, math.MaxUint64}, "slot-9999-18446744073709551615-18446744073709551615"},
	} {
		if got := tt.m.Leaf(tt.n); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
		if n, m, ok := ParseLeaf(tt.want); n != tt.n || m != tt.m || !ok {
			t.Errorf("%s is %d %v %t", tt.want, n, m, ok)
		}
	}
	for _, name := range []string{"", "slot", "slot-1", "slot-1-2", "slot-1-2-", "slot-1--2", "slot--1-2-3", "slot-1-2-3-4", "slot-01-2-3", "slot-1-02-3",
		"slot-1-+2-3", "slot-1-2-3 ", "slot-1-2-18446744073709551616", "slot-10000-2-3", "Slot-1-2-3", "slot-1-2-3/", "outside"} {
		if n, m, ok := ParseLeaf(name); ok || n != 0 || m != (Mark{}) {
			t.Errorf("%q is slot %d of %v", name, n, m)
		}
	}
}

// What is locked by one name and by another is the same, and has the same mark;
// a directory that comes in the place of another has its own.
func TestMarks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "judge")
	if m, err := MarkOf(dir); m != (Mark{}) || err != nil {
		t.Errorf("a directory that is not there: %v %v", m, err)
	}
	s := acquire(t, dir)
	defer s.Release()
	link := filepath.Join(filepath.Dir(dir), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, link} {
		if m, err := MarkOf(d); m != s.Mark || err != nil {
			t.Errorf("%s has %v, its slot %v: %v", d, m, s.Mark, err)
		}
	}
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	other := acquire(t, dir)
	defer other.Release()
	if other.N != s.N || other.Mark == s.Mark || other.Leaf() == s.Leaf() {
		t.Errorf("slot %d as %s beside slot %d as %s", other.N, other.Leaf(), s.N, s.Leaf())
	}
	held, err := List(dir)
	if err != nil || len(held) != 1 || held[0].Leaf != other.Leaf() {
		t.Errorf("held: %+v %v, want %s", held, err, other.Leaf())
	}
}

func TestNoPlaceForAMark(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := MarkOf(filepath.Join(file, "dir")); err == nil || m != (Mark{}) {
		t.Errorf("below a file: %v", m)
	}
	if s, err := Try(file, 0); err == nil {
		t.Errorf("a slot in a file: %v", s)
	}
}
