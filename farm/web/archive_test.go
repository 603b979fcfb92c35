package web

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"judge/farm"
)

// An entry of an archive; a name that ends in / is a folder's.
type entry struct{ name, text string }

// contest is a package p of some cases, and submissions of which each fourth is wrong on its second case.
func contest(cases, submissions int) []entry {
	var list []entry
	var manifest strings.Builder
	for i := range cases {
		list = append(list, entry{fmt.Sprintf("p/%02d.in", i), fmt.Sprint(i)}, entry{fmt.Sprintf("p/%02d.ans", i), fmt.Sprint(i)})
	}
	for i := range submissions {
		text := fmt.Sprint("ok ", i)
		if i%4 == 3 {
			text = fmt.Sprint("WA 2 ", i)
		}
		name := fmt.Sprintf("s/%02d.c", i)
		list = append(list, entry{name, text})
		fmt.Fprintf(&manifest, "{\"problem\":\"p\",\"submission\":%q}\n", name)
	}
	return append(list, entry{"manifest.jsonl", manifest.String()})
}

func tarOf(t *testing.T, list []entry, more ...*tar.Header) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range list {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.text)), Typeflag: tar.TypeReg}
		if strings.HasSuffix(e.name, "/") {
			h.Typeflag, h.Mode = tar.TypeDir, 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range more {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func gzipOf(t *testing.T, text []byte) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func zipOf(t *testing.T, list []entry) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range list {
		f, err := w.Create(e.name)
		if err == nil {
			_, err = f.Write([]byte(e.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// What an archive holds is there afterwards, whichever kind it is.
func TestUnpack(t *testing.T) {
	list := []entry{{"d/", ""}, {"d/a", "one"}, {"b/c/d", "two"}, {"./e", ""}}
	for name, text := range map[string]*bytes.Buffer{"tar": tarOf(t, list), "tar.gz": gzipOf(t, tarOf(t, list).Bytes()), "zip": zipOf(t, list)} {
		dir, spool := t.TempDir(), t.TempDir()
		if err := unpack(text, dir, spool); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, e := range list[1:] {
			if got, err := os.ReadFile(filepath.Join(dir, e.name)); err != nil || string(got) != e.text {
				t.Errorf("%s: %s is %q, %v", name, e.name, got, err)
			}
		}
		if left, _ := os.ReadDir(spool); len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
	}
}

// Whatever would be elsewhere, or is no file, is refused, and nothing is made outside.
func TestUnpackRefuses(t *testing.T) {
	deep := strings.Repeat("d/", maxDepth+1) + "f"
	for name, text := range map[string]*bytes.Buffer{
		"up":        tarOf(t, []entry{{"../x", "1"}}),
		"up within": tarOf(t, []entry{{"a/../../x", "1"}}),
		"absolute":  tarOf(t, []entry{{"/x", "1"}}),
		"symlink":   tarOf(t, nil, &tar.Header{Name: "x", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}),
		"hard link": tarOf(t, nil, &tar.Header{Name: "x", Linkname: "/etc/passwd", Typeflag: tar.TypeLink}),
		"device":    tarOf(t, nil, &tar.Header{Name: "x", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 5}),
		"fifo":      tarOf(t, nil, &tar.Header{Name: "x", Typeflag: tar.TypeFifo}),
		"twice":     tarOf(t, []entry{{"x", "1"}, {"x", "2"}}),
		"beneath":   tarOf(t, []entry{{"x", "1"}, {"x/y", "2"}}),
		"folder":    tarOf(t, []entry{{"x", "1"}, {"x/", ""}}),
		"deep":      tarOf(t, []entry{{deep, "1"}}),
		"long":      tarOf(t, []entry{{strings.Repeat("n", 300), "1"}}),
		"backslash": zipOf(t, []entry{{`a\b`, "1"}}),
		"zip up":    zipOf(t, []entry{{"../x", "1"}}),
		"the whole": zipOf(t, []entry{{".", "1"}}),
		"empty":     {},
		"no tar":    bytes.NewBufferString("hello"),
		"no zip":    bytes.NewBufferString("PK\x03\x04hello"),
		"no gzip":   bytes.NewBufferString("\x1f\x8bhello"),
		"cut":       bytes.NewBuffer(tarOf(t, []entry{{"x", strings.Repeat("1", 5000)}}).Bytes()[:2000]),
		"cut gzip":  bytes.NewBuffer(gzipOf(t, tarOf(t, []entry{{"x", strings.Repeat("1", 5000)}}).Bytes()).Bytes()[:60]),
	} {
		above := t.TempDir()
		dir := filepath.Join(above, "in")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		err := unpack(text, dir, t.TempDir())
		var refused *farm.Refusal
		if !errors.As(err, &refused) || refused.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		if list, _ := os.ReadDir(above); len(list) != 1 {
			t.Errorf("%s: it made %v", name, list)
		}
	}
}

// The directory of a zip is read at once, and is bounded; what is in it is not bounded by that.
func TestUnpackIndex(t *testing.T) {
	var list []entry
	for i := range 60_000 {
		list = append(list, entry{fmt.Sprintf("%0300d", i), ""})
	}
	var refused *farm.Refusal
	if err := unpack(zipOf(t, list), t.TempDir(), t.TempDir()); !errors.As(err, &refused) || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a large directory: %v", err)
	}
	if err := unpack(zipOf(t, []entry{{"large", strings.Repeat("x", maxIndex+1)}}), t.TempDir(), t.TempDir()); err != nil {
		t.Errorf("a large file: %v", err)
	}
}

// What an archive makes on the disk is bounded, whatever its own size.
func TestUnpackBounds(t *testing.T) {
	open := func() *unpacking {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		return &unpacking{root: root, bytes: 10, entries: 2, room: func() error { return nil }}
	}
	var refused *farm.Refusal
	if err := open().tar(tarOf(t, []entry{{"a", "12345"}, {"b", "67890"}})); err != nil {
		t.Errorf("all that may be: %v", err)
	}
	if err := open().tar(tarOf(t, []entry{{"a", "12345"}, {"b", "678901"}})); !errors.As(err, &refused) {
		t.Errorf("a byte more: %v", err)
	}
	if err := open().tar(tarOf(t, []entry{{"a", ""}, {"b", ""}, {"c/", ""}})); !errors.As(err, &refused) {
		t.Errorf("an entry more: %v", err)
	}
	if err := open().tar(tarOf(t, []entry{{"c/", ""}, {"c/d/", ""}})); err != nil {
		t.Errorf("as many folders as may be: %v", err)
	}
	for name, text := range map[string]*bytes.Buffer{
		"folders that no entry names": tarOf(t, []entry{{"c/d/a", ""}}),
		"a folder again and again":    tarOf(t, []entry{{"c/", ""}, {"c/", ""}, {"c/", ""}}),
		"headers of the whole":        tarOf(t, []entry{{"a", ""}, {"b", ""}}, &tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}}),
	} {
		if err := open().tar(text); !errors.As(err, &refused) || !strings.Contains(err.Error(), "files and folders") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is sent leaves room on the disk for the server's store; that it is full is not the archive's fault.
func TestUnpackRoom(t *testing.T) {
	for _, c := range []struct {
		free, all int64
		tight     bool
	}{{spare, 1 << 40, false}, {spare - 1, 1 << 40, true}, {48 << 20, 128 << 20, false}, {48<<20 - 1, 128 << 20, true}, {0, 0, false}} {
		if got := tight(c.free, c.all); got != c.tight {
			t.Errorf("%d of %d bytes: %v", c.free, c.all, got)
		}
	}
	large := []entry{{"x", strings.Repeat("x", 3*lookAgain)}}
	for name, text := range map[string]*bytes.Buffer{"tar": tarOf(t, large), "tar.gz": gzipOf(t, tarOf(t, large).Bytes()), "zip": zipOf(t, large)} {
		dir := t.TempDir()
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		looks := 0
		u := &unpacking{root: root, bytes: maxUnpacked, entries: maxEntries, room: func() error {
			if looks++; looks > 3 {
				return syscall.ENOSPC
			}
			return nil
		}}
		err = u.take(text, t.TempDir())
		var refused *farm.Refusal
		if !errors.Is(err, syscall.ENOSPC) || errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
		if f, err := os.Stat(filepath.Join(dir, "x")); err != nil || f.Size() >= 3*lookAgain {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}
