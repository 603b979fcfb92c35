package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"judge/store"
)

func packed(t testing.TB, format string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch format {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "xz":
		w, err = xz.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	default:
		return data
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Each container, packed in each way, gives the same manifest, and so the same digest.
func TestFormats(t *testing.T) {
	content := tarOf(t, directory("bin"), regular("bin/sh", strings.Repeat("shell", 5000)), symlink("lib", "usr/lib"), regular("usr/lib/x", "x"))
	files := map[string][]byte{"tar": content, "docker": asTar(t, dockerSave(t, "a/b:1", content))}
	var names []string
	for _, format := range []string{"", "gzip", "xz", "zstd"} {
		files["oci"+format] = asTar(t, ociLayout(t, format, content))
		names = append(names, asDirectory(t, ociLayout(t, format, content)))
	}
	for _, data := range files {
		for _, format := range []string{"", "gzip", "xz", "zstd"} {
			names = append(names, write(t, packed(t, format, data)))
		}
	}
	want := ""
	for _, name := range names {
		_, r, err := imported(t, name, usual())
		if err != nil {
			t.Fatal(err)
		}
		var manifest strings.Builder
		if err := store.WriteManifest(&manifest, r.Entries); err != nil { // the commit sorted them
			t.Fatal(err)
		}
		if want == "" {
			want = manifest.String()
		}
		if got := manifest.String(); got != want {
			t.Errorf("%s: manifest %q, want %q", r.Kind, got, want)
		}
	}
	if len(names) != 4+6*4 {
		t.Errorf("%d archives were read", len(names))
	}
}

// A digest of SHA-512 is checked as well.
func TestSHA512(t *testing.T) {
	files := ociLayout(t, "", tarOf(t, regular("a", "x")))
	var index struct {
		Manifests []object `json:"manifests"`
	}
	if err := json.Unmarshal([]byte(files["index.json"]), &index); err != nil {
		t.Fatal(err)
	}
	manifest := files["blobs/sha256/"+strings.TrimPrefix(index.Manifests[0]["digest"].(string), "sha256:")]
	sum := sha512.Sum512([]byte(manifest))
	name := hex.EncodeToString(sum[:])
	index.Manifests[0]["digest"] = "sha512:" + name
	files["index.json"] = string(toJSON(t, index))
	files["blobs/sha512/"+name] = manifest
	if got, _, err := imported(t, asDirectory(t, files), usual()); err != nil || !slices.Equal(got, []string{"f644 a x"}) {
		t.Errorf("got %q, %v", got, err)
	}
	files["blobs/sha512/"+name] += " "
	if _, _, err := imported(t, asDirectory(t, files), usual()); err == nil {
		t.Error("a manifest of another digest was taken")
	}
}

// Compressed archives that are cut off, wrong at their end, or bombs.
func TestDamagedCompression(t *testing.T) {
	content := tarOf(t, regular("a", strings.Repeat("some text ", 10000)), regular("b", "x"))
	for _, format := range []string{"gzip", "xz", "zstd"} {
		data := packed(t, format, content)
		for name, bad := range map[string][]byte{"cut off": data[:len(data)-3], "cut off early": data[:40]} {
			if _, _, err := imported(t, write(t, bad), usual()); err == nil {
				t.Errorf("%s, %s: it was taken", format, name)
			}
		}
		changed := slices.Clone(data)
		changed[len(changed)/2] ^= 0x55
		if _, _, err := imported(t, write(t, changed), usual()); err == nil {
			t.Errorf("%s, changed: it was taken", format)
		}
		bomb := packed(t, format, append(slices.Clone(content), make([]byte, 4<<20)...))
		_, _, err := imported(t, write(t, bomb), usual())
		if err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s, %d bytes that become 4 MiB: %v", format, len(bomb), err)
		}
	}
}

// An archive over a rootfs is what an image on another image is.
func TestBase(t *testing.T) {
	dir := storeDir(t)
	if _, _, err := importedInto(t, dir, write(t, tarOf(t, directory("d"), regular("d/a", "1"), regular("d/b", "1"), symlink("l", "d"))), usual()); err != nil {
		t.Fatal(err)
	}
	base, err := store.Hold(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	defer base.Close()
	o := usual()
	o.Base = base
	d, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Import(t.Context(), d, write(t, tarOf(t, regular("d/.wh.a", ""), regular("d/b", "2"), regular("l/c", "2"))), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(r.Entries, &store.About{Name: "y"}, false); err != nil {
		t.Fatal(err)
	}
	y, err := store.Hold(dir, "y")
	if err != nil {
		t.Fatal(err)
	}
	defer y.Close()
	for name, want := range map[string]string{"d/b": "2", "d/c": "2", "d/a": ""} {
		if data, _ := os.ReadFile(y.Path(name)); string(data) != want {
			t.Errorf("/%s holds %q, want %q", name, data, want)
		}
	}
	for _, h := range []*store.Held{base, y} {
		if list, err := h.Verify(); err != nil || len(list) > 0 {
			t.Errorf("%s: %v %v", h.Dir, list, err)
		}
	}
}

// FuzzImport: whatever the archive, there is an error or a rootfs that is as its
// manifest says, and nothing outside the store.
func FuzzImport(f *testing.F) {
	f.Add(tarOf(f, directory("a"), regular("a/b", "text"), symlink("c", "a/b"), hardlink("d", "a/b")))
	f.Add(tarOf(f, symlink("a", "/tmp"), regular("a/x", "x")))
	f.Add(tarOf(f, regular(strings.Repeat("long/", 60)+"x", "x"), device("null", tar.TypeChar)))
	f.Add(asTar(f, dockerSave(f, "x:1", tarOf(f, regular("a", "1")), tarOf(f, regular(".wh.a", "")))))
	f.Add(asTar(f, ociLayout(f, "", tarOf(f, regular("a", "1")), tarOf(f, regular(".wh..wh..opq", "")))))
	f.Add(packed(f, "gzip", tarOf(f, regular("a", "x"))))
	f.Add(packed(f, "zstd", tarOf(f, regular("a", "x"))))
	f.Add(packed(f, "xz", tarOf(f, regular("a", "x"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := storeDir(t)
		inside := filepath.Join(dir, "a", "b", "store")
		_, _, _ = importedInto(t, inside, write(t, data), usual())
		for _, name := range []string{dir, filepath.Join(dir, "a"), filepath.Join(dir, "a", "b")} {
			if list, err := os.ReadDir(name); err != nil || len(list) != 1 {
				t.Errorf("%s holds %v, %v", name, list, err)
			}
		}
	})
}
