package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/store"
)

// What stands beside a name in an archive is not kept with it: of 90 MiB of
// comments nothing is left.
func TestMemoryForNames(t *testing.T) {
	var list []file
	for i := range 90 {
		f := symlink(fmt.Sprintf("%03d", i), strings.Repeat("x", 120)) // too long for a header's own field
		f.header.PAXRecords = map[string]string{"JUDGE.comment": strings.Repeat("c", 1000<<10)}
		list = append(list, f)
	}
	name := write(t, packed(t, "gzip", tarOf(t, list...)))
	list = nil
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	o := usual()
	o.MaxBytes = 1 << 30
	_, r, err := imported(t, name, o)
	if err != nil {
		t.Fatal(err)
	}
	if after := heap(); after > before+10<<20 {
		t.Errorf("%d entries hold %d MiB", len(r.Entries), (after-before)>>20)
	}
	runtime.KeepAlive(r)
}

// Many links to one file take no more room than is accounted for, where a file
// cannot have as many.
func TestMoreLinksThanAFileCanHave(t *testing.T) {
	dir, err := os.MkdirTemp("/var/tmp", "judge-archive-test-") // a disk: files in memory have no such bound
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	most := mostLinks(t, dir)
	const more, size = 20, 100
	reader, writer := io.Pipe()
	go func() {
		w := tar.NewWriter(writer)
		err := w.WriteHeader(&tar.Header{Name: "a", Size: size, Mode: 0o644})
		if err == nil {
			_, err = w.Write(bytes.Repeat([]byte("x"), size))
		}
		for i := range most + more {
			if err == nil {
				err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeLink, Name: fmt.Sprintf("%d/%d", i/1000, i), Linkname: "a"})
			}
		}
		writer.CloseWithError(errors.Join(err, w.Close()))
	}()
	d, err := store.Begin(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abandon()
	o := usual()
	o.MaxFiles = 1_000_000
	b, err := newBuilder(d, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.apply(reader, false); err != nil {
		t.Fatal(err)
	}
	if used := o.MaxBytes - b.left; used != 2*size {
		t.Errorf("%d bytes were counted, want those of the file and of one copy", used)
	}
	var first, last unix.Stat_t
	i := most + more - 1
	root := filepath.Join(d.Dir(), "root")
	if err := errors.Join(unix.Stat(filepath.Join(root, "a"), &first), unix.Stat(filepath.Join(root, fmt.Sprintf("%d/%d", i/1000, i)), &last)); err != nil {
		t.Fatal(err)
	}
	if first.Ino == last.Ino || last.Nlink < more-5 {
		t.Errorf("the last of them has %d links; the first is the same: %v", last.Nlink, first.Ino == last.Ino)
	}
}

// mostLinks finds out how many links a file can have there.
func mostLinks(t *testing.T, dir string) int {
	t.Helper()
	work := filepath.Join(dir, "links")
	if err := errors.Join(os.Mkdir(work, 0o700), os.WriteFile(filepath.Join(work, "0"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(work)
	for n := 1; n < 200_000; n++ {
		err := os.Link(filepath.Join(work, "0"), filepath.Join(work, fmt.Sprint(n)))
		if errors.Is(err, unix.EMLINK) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Skip("files of this file system can have more links than an archive has files")
	return 0
}

// A layer may say as often as it likes that a directory is opaque, or gone.
func TestManyWhiteouts(t *testing.T) {
	const files = 20_000
	upper := []file{directory("d")}
	for i := range files {
		upper = append(upper, regular(fmt.Sprintf("d/%d", i), ""))
	}
	for range files {
		upper = append(upper, regular("d/.wh..wh..opq", ""), regular(".wh.d", ""), regular(".wh..wh..opq", ""))
	}
	o := usual()
	o.MaxFiles = 2 * files
	start := time.Now()
	got, _, err := imported(t, asDirectory(t, ociLayout(t, "gzip", tarOf(t, regular("d/old", ""), regular("gone", "")), tarOf(t, upper...))), o)
	if err != nil || len(got) != files+1 {
		t.Errorf("%d files, %v", len(got), err)
	}
	// Looking at each file for each of them took minutes: 1.2e9 looks.
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// A directory that is opaque, and then gone, is gone; what the layer made stays.
func TestOpaqueAndGone(t *testing.T) {
	lower := tarOf(t, regular("d/e/old", ""), regular("f/old", ""))
	for want, upper := range map[string][]file{
		"d755 f, f644 f/new":            {regular("d/e/.wh..wh..opq", ""), regular("d/.wh..wh..opq", ""), regular(".wh.d", ""), regular("f/.wh..wh..opq", ""), regular("f/new", "")},
		"d755 f, f644 f/new, f644 f/t":  {regular(".wh.d", ""), regular("f/new", ""), regular("f/.wh..wh..opq", ""), regular("f/t", ""), regular("f/.wh.old", "")},
		"d755 d, d755 d/e, f644 d/e/me": {regular("d/.wh..wh..opq", ""), regular("d/e/me", ""), regular(".wh.d", ""), regular(".wh.f", "")},
	} {
		got, _, err := imported(t, asDirectory(t, ociLayout(t, "", lower, tarOf(t, upper...))), usual())
		if text := strings.Join(got, ", "); err != nil || text != want {
			t.Errorf("got %q, %v, want %q", text, err, want)
		}
	}
}

// A FIFO in place of a blob keeps nobody waiting.
func TestFIFOInLayout(t *testing.T) {
	content := tarOf(t, regular("a", "x"))
	dir := asDirectory(t, ociLayout(t, "", content))
	blob := filepath.Join(dir, "blobs/sha256", sha(content))
	if err := errors.Join(os.Remove(blob), unix.Mkfifo(blob, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := imported(t, dir, usual()); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("got %v", err)
	}
}

// What go-containerregistry writes for docker load (crane, ko, kaniko) has other names.
func TestPackageTarball(t *testing.T) {
	content := tarOf(t, regular("a", "x"))
	config := toJSON(t, object{"os": "linux", "rootfs": object{"type": "layers", "diff_ids": []string{"sha256:" + sha(content)}}})
	layer := sha(packed(t, "gzip", content)) + ".tar.gz"
	files := []file{
		regular("sha256:"+sha(config), string(config)),
		regular(layer, string(packed(t, "gzip", content))),
		regular("manifest.json", string(toJSON(t, []object{{"Config": "sha256:" + sha(config), "RepoTags": []string{"x:1"}, "Layers": []string{layer}}}))),
	}
	got, r, err := imported(t, write(t, tarOf(t, files...)), usual())
	if err != nil || !slices.Equal(got, []string{"f644 a x"}) || r.Image != "x:1" {
		t.Errorf("got %q, %v", got, err)
	}
	files[0].text = strings.Replace(files[0].text, "linux", "LINUX", 1)
	if _, _, err := imported(t, write(t, tarOf(t, files...)), usual()); err == nil || !strings.Contains(err.Error(), "its digest is") {
		t.Errorf("with another configuration: %v", err)
	}
}

// An archive of images has no more parts than any could have; one that only looks
// like one, by its first file, may.
func TestManyParts(t *testing.T) {
	var list []file
	for i := range maxParts + 1 {
		list = append(list, regular(fmt.Sprintf("blobs/%d", i), ""))
	}
	o := usual()
	o.MaxFiles = len(list) + 10
	if _, _, err := imported(t, write(t, tarOf(t, append(list, regular("index.json", "{}"))...)), o); err == nil || !strings.Contains(err.Error(), "parts of images") {
		t.Errorf("got %v", err)
	}
	o.MaxFiles = 10 // it need not be imported to see how it was taken
	var limit *LimitError
	if _, _, err := imported(t, write(t, tarOf(t, list...)), o); !errors.As(err, &limit) {
		t.Errorf("got %v", err)
	}
}

// Each way in which GNU tar writes a file with holes gives the same.
func TestSparseFormats(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "sparse")
	text := make([]byte, 3<<20)
	text[1000], text[2_000_000] = 'a', 'b'
	if err := os.WriteFile(source, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(source, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := f.WriteAt(text[1000:1001], 1000)
	_, err2 := f.WriteAt(text[2_000_000:2_000_001], 2_000_000)
	if err := errors.Join(err1, err2, f.Truncate(int64(len(text))), f.Close()); err != nil {
		t.Fatal(err)
	}
	o := usual()
	o.MaxBytes = 4 << 20
	for _, format := range [][]string{{"--format=gnu"}, {"--format=pax", "--sparse-version=0.0"}, {"--format=pax", "--sparse-version=0.1"}, {"--format=pax", "--sparse-version=1.0"}} {
		name := filepath.Join(dir, "archive")
		args := append(format, "--sparse", "-C", dir, "-cf", name, "sparse")
		if out, err := exec.Command("tar", args...).CombinedOutput(); err != nil {
			t.Fatalf("tar %q: %v: %s", args, err, out)
		}
		if info, err := os.Stat(name); err != nil || info.Size() > 100<<10 {
			t.Fatalf("tar %q wrote no holes: %v", args, err)
		}
		_, r, err := imported(t, name, o)
		if err != nil {
			t.Errorf("%q: %v", format, err)
			continue
		}
		i := slices.IndexFunc(r.Entries, func(e store.Entry) bool { return e.Path == "sparse" })
		if e := r.Entries[i]; e.Size != int64(len(text)) || e.Sum != sha256.Sum256(text) {
			t.Errorf("%q: %d bytes, with the sum %x", format, e.Size, e.Sum)
		}
	}
}
