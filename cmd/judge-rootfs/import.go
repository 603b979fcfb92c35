package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"judge/cmd/internal/cli"
	"judge/rootfs-build/archive"
	"judge/store"
)

func importFile(c *call) (int, error) {
	file := c.args[0]
	proposed := nameOf(file)
	if file == "-" && !c.has("name") {
		return 0, &cli.UsageError{What: "what standard input holds has no name", Hint: "--name NAME"}
	}
	name, err := newName(c.set["name"], proposed)
	if err != nil {
		return 0, err
	}
	o, err := c.importOptions()
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(file); file != "-" && err != nil {
		return 0, &cli.UsageError{What: fmt.Sprintf("import %s: %v", file, errors.Unwrap(err)), Hint: "name an archive, or a directory with an OCI layout; - is standard input"}
	}
	if err := c.nameIsFree(name); err != nil {
		return 0, err
	}
	if base := c.set["base"]; base != "" {
		if o.Base, err = c.held(base); err != nil {
			return 0, err
		}
	}
	made := maker{call: c, name: name, progress: newProgress(c, "importing "+file, file)}
	return made.make(func(d *store.Draft) (*archive.Result, *store.About, error) {
		if o.Base != nil {
			defer o.Base.Close() // the new one may take its place
		}
		r, err := archive.Import(c.ctx, d, file, made.options(o))
		if err != nil {
			return nil, nil, fmt.Errorf("import %s: %w", file, err)
		}
		return r, &store.About{Source: sourceText(file, r, c.set["base"])}, nil
	})
}

func (c *call) importOptions() (archive.Options, error) {
	bytes, err1 := c.size("max-size", archive.DefaultMaxBytes)
	files, err2 := c.number("max-files", archive.DefaultMaxFiles)
	if err := errors.Join(err1, err2); err != nil {
		return archive.Options{}, err
	}
	return archive.Options{MaxBytes: bytes, MaxFiles: files, Devices: c.has("devices"), Image: c.set["image"]}, nil
}

// nameIsFree refuses a name that is taken, before all the work.
func (c *call) nameIsFree(name string) error {
	if c.has("replace") {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(c.store, name)); err == nil {
		return fmt.Errorf("%s: %w", filepath.Join(c.store, name), store.ErrExists)
	}
	return nil
}

func sourceText(file string, r *archive.Result, base string) string {
	if abs, err := filepath.Abs(file); err == nil && file != "-" {
		file = abs
	} else if file == "-" {
		file = "standard input"
	}
	text := r.Kind + " " + file
	if r.Image != "" {
		text += ", image " + r.Image
	}
	if base != "" {
		text += ", over rootfs " + base
	}
	return text
}

// maker makes a rootfs: a draft, what fills it, and its name.
type maker struct {
	*call
	name     string
	progress *progress
}

func (m *maker) options(o archive.Options) archive.Options {
	o.Progress = m.progress.bytes
	return o
}

// make lets fill fill a draft. Whatever fails, nothing of it stays.
func (m *maker) make(fill func(*store.Draft) (*archive.Result, *store.About, error)) (status int, err error) {
	d, err := store.Begin(m.store)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Abandon()) }()
	defer m.progress.end()
	r, about, err := fill(d)
	if err != nil {
		return 0, err
	}
	if m.progress.terminal {
		m.progress.line("writing it to the disk")
	}
	about.Name, about.Created, about.LeftOut = m.name, time.Now().UTC().Truncate(time.Second), r.LeftOut
	if err := d.Commit(r.Entries, about, m.has("replace")); err != nil {
		return 0, err
	}
	m.progress.end()
	// Of Debian's own devices and set-user-ID programs nobody wants to hear.
	if list := archive.LeftOutText(r.LeftOut); len(list) > 0 && about.Recipe == "" {
		fmt.Fprintf(os.Stderr, "judge: left out: %s\n", strings.Join(list, ", "))
	}
	if r.Foreign != "" {
		fmt.Fprintf(os.Stderr, "judge: the image is for %s: its programs do not start on this host, which is %s\n", cli.Harmless(r.Foreign), runtime.GOARCH)
	}
	if r.Proc {
		fmt.Fprintln(os.Stderr, "judge: it had no /proc, and was given an empty one")
	}
	fmt.Printf("%s %s %d files, %s\n", about.Name, about.Digest, about.Files, cli.SizeText(about.Bytes))
	return 0, nil
}
