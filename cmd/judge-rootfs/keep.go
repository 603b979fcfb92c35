package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"judge/cmd/internal/cli"
	"judge/rootfs-build/archive"
	"judge/store"
)

func list(c *call) (int, error) {
	all, err := store.List(c.store)
	if err != nil {
		return 0, err
	}
	if c.has("json") {
		return 0, cli.PrintJSON(struct {
			Version int           `json:"version"`
			Rootfs  []store.About `json:"rootfs"`
		}{1, append([]store.About{}, all...)})
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tDIGEST\tSIZE\tFILES\tAGE\tSOURCE")
	for _, a := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", a.Name, shortDigest(a.Digest), cli.SizeText(a.Bytes), a.Files, ago(a.Created, time.Now()), cli.Harmless(a.Source))
	}
	return 0, w.Flush()
}

// shortDigest is what tells one rootfs from another at a glance.
func shortDigest(digest string) string {
	sum := strings.TrimPrefix(digest, "sha256:")
	return sum[:min(12, len(sum))]
}

func show(c *call) (int, error) {
	h, err := c.held(c.args[0])
	if err != nil {
		return 0, err
	}
	defer h.Close()
	if c.has("manifest") {
		f, err := h.OpenManifest()
		if err != nil {
			return 0, err
		}
		defer f.Close()
		_, err = io.Copy(os.Stdout, f)
		return 0, err
	}
	a, err := h.About()
	if err != nil {
		return 0, err
	}
	if c.has("json") {
		return 0, cli.PrintJSON(a)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	row("name", a.Name)
	row("digest", a.Digest)
	row("source", cli.Harmless(a.Source))
	row("created", a.Created.Format(time.RFC3339))
	row("files", fmt.Sprintf("%d, %s", a.Files, cli.SizeText(a.Bytes)))
	row("image", a.Image)
	row("languages", strings.Join(a.Languages, ", "))
	row("left out", strings.Join(archive.LeftOutText(a.LeftOut), ", "))
	if !a.Owners {
		row("owners", "all files are yours on the disk; the manifest has those of the archive")
	}
	if n := len(a.Packages); n > 0 {
		row("packages", fmt.Sprintf("%d; --json lists them", n))
	}
	row("directory", h.Root)
	return 0, w.Flush()
}

// verify exits with 1 where something differs.
func verify(c *call) (int, error) {
	status := 0
	for _, name := range c.args {
		differs, err := c.verifyOne(name)
		if err != nil {
			return 0, err
		}
		if differs {
			status = 1
		}
	}
	return status, nil
}

func (c *call) verifyOne(name string) (bool, error) {
	h, err := c.held(name)
	if err != nil {
		return false, err
	}
	defer h.Close()
	list, err := h.Verify()
	if err != nil {
		return false, err
	}
	for _, d := range list {
		fmt.Printf("%s: %s %s\n", name, cli.Harmless(d.Path), cli.Harmless(d.What))
	}
	if len(list) == 0 {
		fmt.Printf("%s: all files are as in %s\n", name, h.Digest)
	}
	return len(list) > 0, nil
}

func remove(c *call) (int, error) {
	for _, name := range c.args {
		err := store.Remove(c.store, name)
		if errors.Is(err, fs.ErrNotExist) {
			return 0, c.missing(name)
		}
		if err != nil {
			return 0, fmt.Errorf("remove rootfs %s: %w", name, err)
		}
	}
	return 0, nil
}

func export(c *call) (status int, err error) {
	h, err := c.held(c.args[0])
	if err != nil {
		return 0, err
	}
	defer h.Close()
	out := c.set["out"]
	if out == "" {
		if isTerminal(os.Stdout) {
			return 0, &cli.UsageError{What: "an archive is nothing for a terminal", Hint: "judge rootfs export " + c.args[0] + " -o FILE, or into a pipe"}
		}
		return 0, archive.Export(c.ctx, h, os.Stdout)
	}
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return 0, &cli.UsageError{What: "write " + out + ": it is there already", Hint: "name a file that is not"}
	}
	if err != nil {
		return 0, err
	}
	if err := errors.Join(archive.Export(c.ctx, h, f), f.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(out))
	}
	return 0, nil
}
