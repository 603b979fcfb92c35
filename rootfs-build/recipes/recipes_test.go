package recipes

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestBuiltin(t *testing.T) {
	want := []string{"c-cpp", "contest", "go", "java", "minimal", "node", "python", "rust"}
	if got := Names(); !slices.Equal(got, want) {
		t.Errorf("recipes %q, want %q", got, want)
	}
	for _, name := range Names() {
		r, err := Builtin(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if name != "minimal" && len(r.Languages) == 0 {
			t.Errorf("%s serves no language", name)
		}
	}
	for _, name := range []string{"none", "", "../recipes/minimal", "minimal.toml"} {
		if _, err := Builtin(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("recipe %q: %v", name, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const head = "about = \"x\"\npackages = [\"gcc\"]\n"
	for text, want := range map[string]string{
		"":                               "about is missing",
		"about = \"x\"":                  "packages is empty",
		head + "pakages = []":            "unknown key pakages",
		head + "[[files]]\nname = \"x\"": "unknown key files.name",
		head + "variant = \"minbase\"":   "variant = \"minbase\"",
		head + "about = 1":               "line 3",
		"about = \"x\"\npackages = [\"gcc\", \"--x\"]":            `"--x" cannot be the name of a package`,
		"about = \"x\"\npackages = [\"?priority(required)\"]":     "cannot be the name",
		"about = \"x\"\npackages = [\"a,b\"]":                     "cannot be the name",
		head + "variant = \"extract\"\ncommands = [\"true\"]":     "cannot run any",
		head + "empty = [\"usr\"]":                                `"usr" is no path`,
		head + "remove = [\"/usr/../etc\"]":                       "is no path",
		head + "remove = [\"/\"]":                                 "is no path",
		head + "[[files]]\npath = \"/x\"\nmode = 0o4755":          "permissions",
		head + "[[links]]\nat = [\"/x\"]":                         "no target",
		head + "[[links]]\ntarget = \"x\"\nat = [\"/x/../../y\"]": "is no path",
	} {
		if _, err := Parse("test", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// A recipe's own file takes the place of a usual one, and the layer is the same each time.
func TestLayer(t *testing.T) {
	r, err := Parse("test", []byte(`
about = "x"
packages = ["gcc"]
empty = ["/opt/x"]
remove = ["/usr/games"]
files = [{ path = "/etc/hosts", text = "mine" }, { path = "/bin/run", text = "#!", mode = 0o755 }]
links = [{ target = "run", at = ["/bin/a", "/bin/b"] }]
`))
	if err != nil {
		t.Fatal(err)
	}
	data, err := r.Layer(time.Unix(5, 0))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Layer(time.Unix(5, 0)); err != nil || !bytes.Equal(data, again) {
		t.Errorf("another layer the second time, %v", err)
	}
	got := map[string]string{}
	for archive := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := got[h.Name]; twice {
			t.Errorf("%s is there twice", h.Name)
		}
		got[h.Name] = h.Linkname + string(text) + h.FileInfo().Mode().String()
	}
	for name, want := range map[string]string{
		"./etc/hosts": "mine-rw-r--r--", "./bin/run": "#!-rwxr-xr-x", "./bin/a": "runLrwxrwxrwx", "./bin/b": "runLrwxrwxrwx",
		"./opt/x/.wh..wh..opq": "-rw-r--r--", "./usr/.wh.games": "-rw-r--r--", "./etc/.wh.machine-id": "-rw-r--r--", "./var/log/.wh..wh..opq": "-rw-r--r--",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}
