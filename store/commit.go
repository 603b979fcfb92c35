package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// About says where a rootfs came from. It is not part of the digest.
type About struct {
	Name      string         `json:"name"`
	Digest    string         `json:"digest"`
	Source    string         `json:"source"`
	Created   time.Time      `json:"created"`
	Files     int            `json:"files"`           // of all kinds, the root itself included
	Bytes     int64          `json:"bytes"`           // in regular files, as long as they claim to be
	Image     string         `json:"image,omitempty"` // the file system of its image, if it is one
	Owners    bool           `json:"owners"`          // files have on disk the owners of the manifest
	Recipe    string         `json:"recipe,omitempty"`
	Languages []string       `json:"languages,omitempty"`
	Packages  []string       `json:"packages,omitempty"` // NAME VERSION
	LeftOut   map[string]int `json:"left_out,omitempty"` // what, and how many
}

// ErrExists says that the store has another rootfs of that name.
var ErrExists = errors.New("the store has a rootfs of that name already")

// Commit gives the draft its name: entries are all that was made in it, the root
// included. With replace it takes the place of a rootfs of that name, unless
// that is in use (ErrInUse). It fills in about, and sorts entries.
func (d *Draft) Commit(entries []Entry, about *About, replace bool) error {
	if !ValidName(about.Name) {
		return fmt.Errorf("%q cannot be the name of a rootfs", about.Name)
	}
	sortEntries(entries)
	if about.Image == "" {
		if err := d.finishDirectories(entries); err != nil {
			return err
		}
	}
	if err := d.describe(entries, about); err != nil {
		return err
	}
	if d.want != "" && about.Digest != d.want {
		return &DigestError{Want: d.want, Got: about.Digest}
	}
	d.close()
	if about.Image != "" {
		if err := d.tryImage(about); err != nil {
			return err
		}
	}
	// Nothing of it is lost if the power fails from now on: a rootfs with files of zeros would judge wrongly.
	if err := syncAll(d.dir); err != nil {
		return err
	}
	if err := d.giveName(about.Name, replace); err != nil {
		return err
	}
	unix.Close(d.lock)
	d.lock = -1
	if replace {
		tidyQuietly(d.store) // files that only the old one had
	}
	return nil
}

// finishDirectories sets owner, mode and time of directories, those below first.
func (d *Draft) finishDirectories(entries []Entry) error {
	for i := len(entries) - 1; i >= 0; i-- {
		e := &entries[i]
		if e.Kind != Directory {
			continue
		}
		fd, base, err := d.at(e.Path)
		if err != nil {
			return err
		}
		if base == "" {
			base = "."
		}
		if d.owners {
			err = unix.Fchownat(fd, base, int(e.UID), int(e.GID), unix.AT_SYMLINK_NOFOLLOW)
		}
		if err == nil {
			err = unix.Fchmodat(fd, base, d.modeOf(e), 0) // it is a directory that this process made
		}
		if err == nil {
			err = unix.UtimesNanoAt(fd, base, both(e.Modified), unix.AT_SYMLINK_NOFOLLOW)
		}
		if err != nil {
			return d.failed("give owner, mode and time to", e.Path, err)
		}
	}
	return nil
}

// describe writes the files beside the tree.
func (d *Draft) describe(entries []Entry, about *About) error {
	path := filepath.Join(d.dir, manifestName)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := errors.Join(WriteManifest(io.MultiWriter(f, sum), entries), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	about.Digest = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	about.Files, about.Bytes, about.Owners = len(entries), 0, d.owners
	for i := range entries {
		about.Bytes += entries[i].Size
	}
	if err := os.Symlink(about.Digest, filepath.Join(d.dir, digestName)); err != nil {
		return err
	}
	data, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.dir, aboutName), append(data, '\n'), 0o600)
}

// syncAll writes the file system that holds dir to its disk.
func syncAll(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("write %s to the disk: %w", dir, err)
	}
	return nil
}

func (d *Draft) giveName(name string, replace bool) error {
	path := filepath.Join(d.store, name)
	err := unix.Renameat2(unix.AT_FDCWD, d.dir, unix.AT_FDCWD, path, unix.RENAME_NOREPLACE)
	if err == nil {
		return nil
	}
	if err != unix.EEXIST {
		return fmt.Errorf("name the rootfs %s: %w", path, err)
	}
	if !replace {
		return fmt.Errorf("%s: %w", path, ErrExists)
	}
	old, err := alone(path)
	if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
		return d.giveName(name, false)
	}
	if err != nil {
		return err
	}
	defer unix.Close(old)
	if err := unmount(path); err != nil {
		return err
	}
	if err := unix.Renameat2(unix.AT_FDCWD, d.dir, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE); err != nil {
		return fmt.Errorf("name the rootfs %s, in place of another: %w", path, err)
	}
	return os.RemoveAll(d.dir) // which is the old one now
}
