package problem

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "renew what the packages in testdata/packages are read as")

// TestPackages reads every package in testdata/packages, an archive of text files each,
// and compares what came of it with the archive's last file, WANT. A file LINKS holds
// symbolic links to make, "NAME -> TARGET" a line.
func TestPackages(t *testing.T) {
	archives, err := filepath.Glob("testdata/packages/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			n := len(archive.Files) - 1
			if n < 0 || archive.Files[n].Name != "WANT" {
				if !*update {
					t.Fatal("no WANT at its end; run with -update and read what it becomes")
				}
				archive.Files = append(archive.Files, txtar.File{Name: "WANT"})
				n++
			}
			dir := unpack(t, archive.Files[:n])
			got := read(dir)
			if *update {
				archive.Files[n].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if want := string(archive.Files[n].Data); got != want {
				t.Errorf("read as\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// unpack makes a package "pkg" of files in a new directory.
func unpack(t testing.TB, files []txtar.File) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pkg")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(dir, 0o755))
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if f.Name == "LINKS" {
			for _, line := range strings.Split(strings.TrimSpace(string(f.Data)), "\n") {
				link, target, _ := strings.Cut(line, " -> ")
				must(os.MkdirAll(filepath.Dir(filepath.Join(dir, link)), 0o755))
				must(os.Symlink(strings.ReplaceAll(target, "$PKG", dir), filepath.Join(dir, link)))
			}
			continue
		}
		if strings.HasSuffix(f.Name, "/") {
			must(os.MkdirAll(path, 0o755))
			continue
		}
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		mode := os.FileMode(0o644)
		if bytes.HasPrefix(f.Data, []byte("#!")) || filepath.Base(f.Name) == "build" || filepath.Base(f.Name) == "run" {
			mode = 0o755
		}
		must(os.WriteFile(path, unescape(f.Data), mode))
	}
	return dir
}

// unescape makes bytes that an archive of text cannot hold.
func unescape(data []byte) []byte {
	for from, to := range map[string]string{"<CR>": "\r", "<BOM>": "\xef\xbb\xbf", "<FF>": "\xff", "<NUL>": "\x00"} {
		data = bytes.ReplaceAll(data, []byte(from), []byte(to))
	}
	return data
}

// read is the dump of a package, or the errors that it gives, one a line.
func read(dir string) string {
	p, err := Load(dir)
	if err == nil {
		return dump(p)
	}
	var all Errors
	if !errors.As(err, &all) {
		return "no Errors: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, e := range all {
		b.WriteString("error " + string(e.Code) + ": " + strings.NewReplacer(dir, "$PKG", filepath.Dir(dir), "$TMP").Replace(e.Error()) + "\n")
	}
	return b.String()
}
