// Package recipes holds what root file systems are built of: TOML files, those of
// this directory built in. It is pure; package debian follows them.
package recipes

import (
	"archive/tar"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed *.toml
var builtin embed.FS

// A Recipe says what is in a rootfs.
type Recipe struct {
	Name  string `toml:"-"`
	About string `toml:"about"`

	// Variant is mmdebstrap's: "essential" for a Debian with all that its
	// packages count on, "extract" for the files of the packages alone, which
	// are not set up.
	Variant   string   `toml:"variant"`
	Packages  []string `toml:"packages"`
	Languages []string `toml:"languages"` // that it serves, by the ids of judge languages

	// Commands are given to the tree's own /bin/sh, in the tree, once the
	// packages are set up: what they left of the day, above all.
	Commands []string `toml:"commands"`

	Files  []File   `toml:"files"`
	Links  []Link   `toml:"links"`
	Empty  []string `toml:"empty"`  // directories whose contents are not wanted
	Remove []string `toml:"remove"` // files and directories that are not
}

// A File is added to what the packages have.
type File struct {
	Path string `toml:"path"`
	Text string `toml:"text"`
	Mode int64  `toml:"mode"` // 0644 if zero
}

// A Link is one target with many symbolic links to it.
type Link struct {
	Target string   `toml:"target"`
	At     []string `toml:"at"`
}

// Names of the recipes that are built in.
func Names() []string {
	entries, err := builtin.ReadDir(".")
	if err != nil {
		panic(err) // of a file system that is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".toml"))
	}
	return names
}

// Builtin gives a recipe that is built in; fs.ErrNotExist if there is none of
// that name.
func Builtin(name string) (*Recipe, error) {
	data, err := builtin.ReadFile(name + ".toml")
	if err != nil {
		return nil, fs.ErrNotExist
	}
	return Parse(name, data)
}

// Parse reads a recipe. Keys that are not known are errors.
func Parse(name string, data []byte) (*Recipe, error) {
	r := &Recipe{Name: name, Variant: "essential"}
	meta, err := toml.Decode(string(data), r)
	var parse toml.ParseError
	if errors.As(err, &parse) {
		return nil, fmt.Errorf("recipe %s, line %d: %s", name, parse.Position.Line, parse.Message)
	}
	if err != nil {
		return nil, fmt.Errorf("recipe %s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("recipe %s: unknown key %s", name, unknown[0])
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("recipe %s: %w", name, err)
	}
	return r, nil
}

func (r *Recipe) check() error {
	if r.About == "" {
		return errors.New("about is missing: a line that says what it is for")
	}
	if r.Variant != "essential" && r.Variant != "extract" {
		return fmt.Errorf("variant = %q; there are \"essential\" and \"extract\"", r.Variant)
	}
	if len(r.Packages) == 0 {
		return errors.New("packages is empty")
	}
	for _, p := range r.Packages {
		// Debian Policy, 5.6.1; apt would take other words for patterns or flags.
		if strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" || len(p) < 2 || strings.ContainsAny(p[:1], "+-.") {
			return fmt.Errorf("%q cannot be the name of a package", p)
		}
	}
	if len(r.Commands) > 0 && r.Variant == "extract" {
		return errors.New("commands: what is only extracted cannot run any")
	}
	paths := slices.Concat(r.Empty, r.Remove)
	for _, f := range r.Files {
		paths = append(paths, f.Path)
		if f.Mode < 0 || f.Mode > 0o777 {
			return fmt.Errorf("the mode of %s is %o; permissions are up to 0o777", f.Path, f.Mode)
		}
	}
	for _, l := range r.Links {
		paths = append(paths, l.At...)
		if l.Target == "" {
			return errors.New("a link has no target")
		}
	}
	for _, p := range paths {
		if !path.IsAbs(p) || path.Clean(p) != p || p == "/" {
			return fmt.Errorf("%q is no path of a file: it begins with a slash, and is as short as can be", p)
		}
	}
	return nil
}

// usual is in each rootfs: what the packages leave that is of the host on which
// they were set up, of the day, or of use to nobody in a run. Names of machines
// are the run's own.
var (
	usualEmpty  = []string{"/dev", "/etc/apt", "/run", "/tmp", "/var/cache", "/var/lib/apt", "/var/log", "/var/tmp", "/usr/share/doc", "/usr/share/info", "/usr/share/man", "/usr/share/lintian"}
	usualRemove = []string{"/etc/hostname", "/etc/machine-id", "/etc/resolv.conf", "/etc/fstab", "/etc/.pwd.lock", "/var/lib/systemd", "/var/lib/dpkg/lock", "/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/triggers/Lock"}
	usualFiles  = []File{{Path: "/etc/hosts", Text: "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"}}
)

// Layer is what a recipe does to the tree that its packages make, as a layer of
// an image: a tar archive with whiteouts. Its times are all the same.
func (r *Recipe) Layer(when time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := &layerWriter{Writer: tar.NewWriter(&b), when: when}
	for _, dir := range slices.Concat(usualEmpty, r.Empty) {
		w.file(path.Join(dir, ".wh..wh..opq"), "", 0o644)
	}
	w.add(&tar.Header{Typeflag: tar.TypeDir, Name: "/proc", Mode: 0o555}, "") // to mount proc on
	for _, name := range slices.Concat(usualRemove, r.Remove) {
		dir, base := path.Split(name)
		w.file(dir+".wh."+base, "", 0o644)
	}
	files := map[string]File{} // a recipe's own in place of the usual ones
	for _, f := range slices.Concat(usualFiles, r.Files) {
		files[f.Path] = f
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		if f.Mode == 0 {
			f.Mode = 0o644
		}
		w.file(name, f.Text, f.Mode)
	}
	for _, l := range r.Links {
		for _, at := range l.At {
			w.add(&tar.Header{Typeflag: tar.TypeSymlink, Name: at, Linkname: l.Target, Mode: 0o777}, "")
		}
	}
	return b.Bytes(), errors.Join(w.err, w.Close())
}

type layerWriter struct {
	*tar.Writer
	when time.Time
	err  error
}

func (w *layerWriter) file(name, text string, mode int64) {
	w.add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode}, text)
}

func (w *layerWriter) add(h *tar.Header, text string) {
	h.Name, h.Size, h.ModTime = "."+h.Name, int64(len(text)), w.when
	if w.err == nil {
		w.err = w.WriteHeader(h)
	}
	if w.err == nil {
		_, w.err = io.WriteString(w, text)
	}
}
