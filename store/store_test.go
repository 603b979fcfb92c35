package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var when = time.Unix(1_700_000_000, 123)

// files that each rootfs of these tests has beside one that differs.
const shared = 30

// makeOne makes a rootfs with shared files, and one that holds text.
func makeOne(dir, name, text string, replace bool) (err error) {
	d, err := Begin(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Abandon()) }()
	entries := []Entry{{Kind: Directory, Mode: 0o755, Modified: when}, {Path: "d", Kind: Directory, Mode: 0o555, Modified: when}}
	if err := d.Directory("d"); err != nil {
		return err
	}
	add := func(e Entry, text string) error {
		e.Kind, e.Mode, e.Modified = Regular, 0o444, when
		err := d.File(&e, strings.NewReader(text))
		entries = append(entries, e)
		return err
	}
	for i := range shared {
		if err := add(Entry{Path: fmt.Sprintf("d/%d", i)}, fmt.Sprint("shared ", i)); err != nil {
			return err
		}
	}
	if err := add(Entry{Path: "own"}, text); err != nil {
		return err
	}
	link := Entry{Path: "link", Kind: Symlink, Mode: 0o777, Target: "d/0", Modified: when}
	if err := d.Symlink(&link); err != nil {
		return err
	}
	return d.Commit(append(entries, link), &About{Name: name, Source: "a test"}, replace)
}

func mustMake(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := makeOne(dir, name, text, false); err != nil {
		t.Fatal(err)
	}
}

func mustHold(t *testing.T, dir, name string) *Held {
	t.Helper()
	h, err := Hold(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func objects(t *testing.T, dir string) int {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, objectsName, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// Identical files are stored once, and go when no rootfs has them any more.
func TestFilesAreStoredOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	mustMake(t, dir, "one", "1")
	mustMake(t, dir, "two", "2")
	if n := objects(t, dir); n != shared+2 {
		t.Errorf("%d files are stored, want %d", n, shared+2)
	}
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "one/root/d/7"), &st); err != nil || st.Nlink != 3 {
		t.Errorf("a file of both has %d names, want 3: %v", st.Nlink, err)
	}
	list, err := List(dir)
	if err != nil || len(list) != 2 || list[0].Name != "one" || list[0].Digest == list[1].Digest || list[0].Files != shared+4 {
		t.Errorf("listed %+v, %v", list, err)
	}
	if err := Remove(dir, "one"); err != nil {
		t.Fatal(err)
	}
	if n := objects(t, dir); n != shared+1 {
		t.Errorf("after one was removed %d files are stored, want %d", n, shared+1)
	}
	h := mustHold(t, dir, "two")
	if list, err := h.Verify(); err != nil || len(list) != 0 {
		t.Errorf("two is damaged: %v %v", list, err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := Remove(dir, "two"); err != nil {
		t.Fatal(err)
	}
	if n := objects(t, dir); n != 0 {
		t.Errorf("%d files are left of nothing", n)
	}
}

// The digest is that of the manifest's text, wherever and whenever it is made.
func TestDigestIsTheSameEverywhere(t *testing.T) {
	const want = "sha256:9e539f0e605adcb0a93fe17e7999d6c75d54304a919df20014dd1e438cb410c1"
	dir := t.TempDir()
	mustMake(t, dir, "a", "x")
	h := mustHold(t, dir, "a")
	defer h.Close()
	if h.Digest != want {
		t.Errorf("digest %s, want %s", h.Digest, want)
	}
}

func TestRemoveIsRefusedInUse(t *testing.T) {
	dir := t.TempDir()
	mustMake(t, dir, "a", "x")
	h, second := mustHold(t, dir, "a"), mustHold(t, dir, "a")
	for _, held := range []*Held{h, second} {
		if err := Remove(dir, "a"); !errors.Is(err, ErrInUse) {
			t.Errorf("removed in use: %v", err)
		}
		if err := makeOne(dir, "a", "y", true); !errors.Is(err, ErrInUse) {
			t.Errorf("replaced in use: %v", err)
		}
		if list, err := held.Verify(); err != nil || len(list) != 0 {
			t.Errorf("damaged: %v %v", list, err)
		}
		if err := held.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := makeOne(dir, "a", "y", false); !errors.Is(err, ErrExists) {
		t.Errorf("two of a name: %v", err)
	}
	if err := makeOne(dir, "a", "y", true); err != nil {
		t.Error(err)
	}
	if n := objects(t, dir); n != shared+1 {
		t.Errorf("%d files are stored after it was replaced, want %d", n, shared+1)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "a/root/own")); err != nil || string(text) != "y" {
		t.Errorf("replaced: %q, %v", text, err)
	}
	if err := Remove(dir, "a"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"a", "host", "", ".", "..", "a/b", ".objects", lockName} {
		if err := Remove(dir, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("remove %q: %v", name, err)
		}
		if _, err := Hold(dir, name); err == nil {
			t.Errorf("%q can be held", name)
		}
	}
}

func TestVerifyNamesWhatChanged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: others cannot change files of mode 0444, nor give them away")
	}
	dir := t.TempDir()
	mustMake(t, dir, "a", "x")
	h := mustHold(t, dir, "a")
	defer h.Close()
	in := func(name string) string { return filepath.Join(h.Root, name) }
	if err := errors.Join(
		os.WriteFile(in("d/new"), nil, 0o644), os.Remove(in("d/1")), os.WriteFile(in("own"), []byte("z"), 0o444),
		unix.Chmod(in("d/2"), 0o4755), os.Remove(in("link")), os.Symlink("d/9", in("link")),
		os.Remove(in("d/3")), os.Mkdir(in("d/3"), 0o755), os.Remove(in("d/4")), unix.Mkfifo(in("d/4"), 0o644),
		os.Chmod(in("d/5"), 0o644), os.WriteFile(in("d/5"), []byte("longer than before"), 0), os.Chmod(in("d"), 0o755),
		os.Chown(in("d/5"), 5, 5),
	); err != nil {
		t.Fatal(err)
	}
	var got []string
	list, err := h.Verify()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		got = append(got, d.Path+" "+d.What)
	}
	want := []string{
		"/d mode is 0755, was 0555", "/d/1 is missing", "/d/2 mode is 4755, was 0444", "/d/3 is a directory, was a file",
		"/d/4 is a device, FIFO or socket, was a file", "/d/5 mode is 0644, was 0444; owner is 5:5, was 0:0; content: 18 bytes, were 8",
		"/d/new is not in the manifest", `/link leads to "d/9", led to "d/0"`, "/own content is changed",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	f, err := os.OpenFile(filepath.Join(dir, "a", manifestName), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("d 0755 0 0 /d/new\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if list, err = h.Verify(); err != nil || !slices.ContainsFunc(list, func(d Difference) bool { return d.Path == "manifest" }) {
		t.Errorf("a changed manifest: %v %v", list, err)
	}
	if _, err := h.Entries(); err == nil || !strings.Contains(err.Error(), "its manifest has the digest") {
		t.Errorf("a changed manifest was taken for the rootfs': %v", err)
	}
}

// Nobody but the store's owner gets in: the files are a stranger's.
func TestOthersAreKeptOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "store")
	old := unix.Umask(0)
	defer unix.Umask(old)
	mustMake(t, dir, "a", "x")
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the store has mode %v, %v", info.Mode(), err)
	}
}

func TestManifestRoundTrip(t *testing.T) {
	entries := []Entry{
		{Kind: Directory, Mode: 0o1777, UID: 1, GID: 4294967294},
		{Path: "a b\n\\\x00\xff\u00e9", Kind: Regular, Size: 1 << 40, Sum: [32]byte{1, 2, 255}},
		{Path: "l", Kind: Symlink, Mode: 0o777, Target: " \t../x\\"},
	}
	var b bytes.Buffer
	if err := WriteManifest(&b, entries); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Bytes() {
		if c != '\n' && (c < ' ' || c > '~') {
			t.Fatalf("the manifest is no plain text: %q", &b)
		}
	}
	got, err := ReadManifest(&b)
	if err != nil || !slices.Equal(got, entries) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "x", manifestHead + "d 0755 0 0", manifestHead + "d 0755 0 0 /\\9\n", manifestHead + "f 0755 0 0 1 00 /a\n",
		manifestHead + "d 9 0 0 /a\n", manifestHead + "q 0 0 0 /a\n", manifestHead + "d 0755 0 0 /\\01\n", manifestHead + "d 0755 0 0 /a"} {
		if e, err := ReadManifest(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, e)
		}
	}
}

func TestDir(t *testing.T) {
	t.Setenv(Variable, "/x/y")
	if dir, err := Dir(); err != nil || dir != "/x/y" {
		t.Errorf("%s, %v", dir, err)
	}
	t.Setenv(Variable, "")
	want := "/var/lib/judge/rootfs"
	if os.Geteuid() != 0 {
		t.Setenv("XDG_DATA_HOME", "/data")
		want = "/data/judge/rootfs"
	}
	if dir, err := Dir(); err != nil || dir != want {
		t.Errorf("%s, %v, want %s", dir, err, want)
	}
}
