package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"

	"judge/cmd/internal/cli"
	"judge/store"
)

// pack makes a rootfs that is a directory one that is an image: it takes less of
// the disk, and what is read of it for the first time has to be unpacked.
func pack(c *call) (int, error) {
	name := c.args[0]
	if os.Geteuid() != 0 {
		return 0, &cli.UsageError{What: "an image can be mounted by root alone", Hint: "leave it a directory, which is as fast"}
	}
	tool, err := exec.LookPath("mksquashfs")
	if err != nil {
		return 0, &cli.UsageError{What: "there is no mksquashfs, which makes images", Hint: "apt-get install squashfs-tools"}
	}
	h, err := c.held(name)
	if err != nil {
		return 0, err
	}
	about, entries, err := packable(h)
	if err != nil {
		return 0, errors.Join(err, h.Close())
	}
	d, err := store.Begin(c.store)
	if err != nil {
		return 0, errors.Join(err, h.Close())
	}
	cmd := exec.CommandContext(c.ctx, tool, h.Root, d.Image(), "-comp", "zstd", "-noappend", "-no-xattrs", "-no-progress", "-quiet")
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	if out, runErr := cmd.CombinedOutput(); c.ctx.Err() != nil {
		err = c.ctx.Err() // all else follows from that
	} else if runErr != nil {
		err = fmt.Errorf("mksquashfs: %w: %s", runErr, out)
	}
	err = errors.Join(err, h.Close()) // it is replaced only if nobody holds it
	about.Image = "squashfs"
	if err == nil {
		err = d.Commit(entries, about, true)
	}
	if err = errors.Join(err, d.Abandon()); err != nil {
		return 0, err
	}
	return 0, store.Mount(c.store, name)
}

// packable reads what an image is made of.
func packable(h *store.Held) (*store.About, []store.Entry, error) {
	about, err := h.About()
	if err != nil {
		return nil, nil, err
	}
	if about.Image != "" {
		return nil, nil, &cli.UsageError{What: fmt.Sprintf("rootfs %s is an image already", about.Name)}
	}
	entries, err := h.Entries()
	return about, entries, err
}

// mount mounts images, as is needed when the host was started anew.
func mount(c *call) (int, error) {
	names := c.args
	if len(names) == 0 {
		all, err := store.List(c.store)
		if err != nil {
			return 0, err
		}
		for _, a := range all {
			names = append(names, a.Name)
		}
	}
	for _, name := range names {
		err := store.Mount(c.store, name)
		if errors.Is(err, fs.ErrNotExist) {
			return 0, c.missing(name)
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, nil
}
