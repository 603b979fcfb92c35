package farm

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"judge/judge"
	"judge/judge/problem"
)

func newCache(t *testing.T, f *Farm, max int64) *Cache {
	t.Helper()
	c, err := OpenCache(f, t.TempDir(), max)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// A package arrives as it was: contents, programs, links; hidden folders stay behind.
func TestTree(t *testing.T) {
	f, _ := newHost(t).farm(quick())
	lies(t, f)
	ctx := context.Background()
	dir := t.TempDir()
	large := make([]byte, 3<<20)
	rand.Read(large)
	write(t, filepath.Join(dir, "1.in"), string(large), 0o644)
	write(t, filepath.Join(dir, "1.ans"), "1", 0o644)
	write(t, filepath.Join(dir, "sub", "run"), "1", 0o755)
	write(t, filepath.Join(dir, ".git", "x"), "1", 0o644)
	write(t, filepath.Join(dir, "empty"), "", 0o644)
	if err := os.Symlink("../1.ans", filepath.Join(dir, "sub", "link")); err != nil {
		t.Fatal(err)
	}
	digest, err := f.sendTree(ctx, "me", dir)
	if err != nil {
		t.Fatal(err)
	}
	c := newCache(t, f, 0)
	var list entryList
	if err := f.getJSON(ctx, "me", digest, &list); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := c.unpack(ctx, "me", list, to); err != nil {
		t.Fatal(err)
	}
	want, err := problem.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := problem.Load(to)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := judge.PackageDigest(want), judge.PackageDigest(got); a != b || a == "" {
		t.Errorf("sent %s, arrived %s", a, b)
	}
	for name, program := range map[string]bool{"sub/run": true, "1.ans": false} {
		if info, err := os.Stat(filepath.Join(to, name)); err != nil || (info.Mode()&0o111 != 0) != program {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := os.Stat(filepath.Join(to, ".git")); err == nil {
		t.Error("a hidden folder was sent")
	}
	info, err := lies(t, f).blobs.List(ctx)
	if err != nil || len(info) != 4 { // "1" once, the large one, the empty one, the list
		t.Errorf("%d blobs, %v", len(info), err)
	}
}

// What would lie, or lead, outside of its folder is refused, by both sides.
func TestHostileTree(t *testing.T) {
	f, _ := newHost(t).farm(quick())
	lies(t, f)
	ctx := context.Background()
	c := newCache(t, f, 0)
	blob, err := f.putBytes(ctx, "me", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]entry{
		"name above":          {{Name: "../x", Blob: blob}},
		"name absolute":       {{Name: "/x", Blob: blob}},
		"name with dots":      {{Name: "a/../../x", Blob: blob}},
		"name of the folder":  {{Name: ".", Blob: blob}},
		"link above":          {{Name: "l", Link: "../x"}},
		"link absolute":       {{Name: "l", Link: "/etc"}},
		"link by a link":      {{Name: "d/e", Blob: blob}, {Name: "a", Link: "d"}, {Name: "b", Link: "a/../../" + "x"}},
		"below a link":        {{Name: "l", Link: "d"}, {Name: "d/x", Blob: blob}, {Name: "l/y", Blob: blob}},
		"twice":               {{Name: "x", Blob: blob}, {Name: "x", Blob: blob}},
		"itself above":        {{Name: "../x", Text: []byte("x")}},
		"itself twice":        {{Name: "x", Text: []byte("x")}, {Name: "x"}},
		"itself over a blob":  {{Name: "x", Blob: blob}, {Name: "x", Text: []byte("y")}},
		"no digest":           {{Name: "x", Blob: "../../etc/passwd"}},
		"a device":            {{Name: "x", Blob: strings.Repeat("/..", 40) + "/dev/zero"}},
		"a blob that is none": {{Name: "x", Blob: strings.Repeat("0", 64)}},
	} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "in", "it")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(parent, "in", "x"), "", 0o644)
		if err := c.unpack(ctx, "me", list, dir); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "1.in")); err != nil {
		t.Fatal(err)
	}
	var refusal *Refusal
	if _, err := f.sendTree(ctx, "me", dir); !errors.As(err, &refusal) {
		t.Errorf("a link out of the package: %v", err)
	}
}

// A file of the cache that is not what its name says is fetched anew; one that the server
// has wrong is refused.
func TestCorrupt(t *testing.T) {
	f, _ := newHost(t).farm(quick())
	lies(t, f)
	ctx := context.Background()
	blob, err := f.putBytes(ctx, "me", []byte("right"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "me."+blob), "wrong", 0o444)
	c, err := OpenCache(f, dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "x")
	if err := c.place(ctx, "me", entry{Name: "x", Blob: blob}, to); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(to); err != nil || string(text) != "right" {
		t.Errorf("%q, %v", text, err)
	}
	bad := strings.Repeat("a", 64)
	if _, err := lies(t, f).blobs.PutBytes(ctx, bad, []byte("something else")); err != nil {
		t.Fatal(err)
	}
	if err := c.place(ctx, "me", entry{Name: "y", Blob: bad}, to+"y"); err == nil || !strings.Contains(err.Error(), "what arrived has the digest") {
		t.Errorf("a wrong blob: %v", err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("the cache has %v, %v", list, err)
	}
}

// The cache stays within its bounds, and what was used last stays in it.
func TestCacheBound(t *testing.T) {
	f, _ := newHost(t).farm(quick())
	lies(t, f)
	ctx := context.Background()
	c := newCache(t, f, 2500)
	to := t.TempDir()
	for i := range 5 {
		blob, err := f.putBytes(ctx, "me", []byte(strings.Repeat(string(rune('a'+i)), 1000)))
		if err != nil {
			t.Fatal(err)
		}
		name := string(rune('a' + i))
		if err := c.place(ctx, "me", entry{Name: name, Blob: blob}, filepath.Join(to, name)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.ReadDir(c.dir)
	if err != nil || len(list) != 2 {
		t.Errorf("%d files of 1000 bytes in 2500, %v", len(list), err)
	}
	if list, err := os.ReadDir(to); err != nil || len(list) != 5 {
		t.Errorf("of what was unpacked %d are left, %v", len(list), err)
	}
}

// A list that a worker's memory would not hold is not read to its end.
func TestInMemory(t *testing.T) {
	f, _ := newHost(t).farm(quick())
	ctx := context.Background()
	lies(t, f)
	digest, err := f.putBytes(ctx, "me", []byte(strings.Repeat("x", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	enough, little := inMemory{left: 100_000}, inMemory{left: 99_999}
	if err := f.fetch(ctx, "me", digest, &enough); err != nil || enough.Len() != 100_000 {
		t.Errorf("%d bytes, %v", enough.Len(), err)
	}
	if err := f.fetch(ctx, "me", digest, &little); err == nil {
		t.Errorf("%d bytes were taken", little.Len())
	}
}

// Nor is one that would become far larger there than it is: a submitter may write what he likes.
func TestMany(t *testing.T) {
	for text, taken := range map[string]bool{
		`[]`: true, `null`: true, `[{"name":"a"},{"name":"b"}]`: true, `{}`: false, `7`: false, `[7]`: false,
		"[" + strings.Repeat("null,", maxEntries) + "null]": false,
	} {
		var p parcel
		if err := json.Unmarshal([]byte(`{"files":`+text+`}`), &p); (err == nil) != taken {
			t.Errorf("a list of %d bytes: %v", len(text), err)
		}
	}
	for n, taken := range map[int]bool{0: true, 100: true, 101: false} {
		if list, err := readListed([]byte(strings.Repeat("null\n", n)), 100); (err == nil) != taken || taken && len(list) != n {
			t.Errorf("of %d submissions %d are taken, %v", n, len(list), err)
		}
	}
}
