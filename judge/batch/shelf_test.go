package batch

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// folders makes problems of two cases each.
func folders(t *testing.T, names ...string) []string {
	t.Helper()
	dir := t.TempDir()
	var list []string
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"1.in", "1.ans", "2.in", "2.ans"} {
			if err := os.WriteFile(filepath.Join(path, file), []byte("1\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, path)
	}
	return list
}

// Problems of one name are told apart, also when they are read again.
func TestSameName(t *testing.T) {
	dirs := folders(t, "a/hello", "b/hello")
	s := newShelf(newFake(), nil)
	s.room = 0 // nothing stays that is not used
	for range 2 {
		for i, want := range []string{"hello", filepath.ToSlash(dirs[1])} {
			b, err := s.take(dirs[i])
			if err != nil {
				t.Fatal(err)
			}
			if b.problem.Name != want {
				t.Errorf("%s is called %s, want %s", dirs[i], b.problem.Name, want)
			}
			s.put(b)
		}
	}
}

// Of problems that nobody uses, those that were used last stay, as far as there is room.
func TestShelfRoom(t *testing.T) {
	dirs := folders(t, "a", "b", "c")
	f := newFake()
	s := newShelf(f, nil)
	s.room = 4 // cases: two problems
	for i, dir := range []string{dirs[0], dirs[1], dirs[0], dirs[2]} {
		b, err := s.take(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.prepared(context.Background(), b); err != nil {
			t.Fatal(err)
		}
		s.put(b)
		if want := min(i+1, 2); len(s.books) != want {
			t.Errorf("after %d: %d problems are there, want %d", i+1, len(s.books), want)
		}
	}
	if s.books[dirs[1]] != nil || s.books[dirs[0]] == nil {
		t.Error("the one that was not used for longest is there")
	}
	if f.closed != 1 {
		t.Errorf("%d were closed, want 1", f.closed)
	}
	s.closeAll()
	if f.closed != 3 || len(s.books) != 0 {
		t.Errorf("at the end %d were closed, want 3", f.closed)
	}
}
