package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A Difference is a file that is not as the manifest has it.
type Difference struct {
	Path string // begins with a slash
	What string
}

// Verify compares the tree with its manifest, byte by byte, and the manifest
// with the digest. It gives what differs, by path. Owners are compared where the
// store could set them.
func (h *Held) Verify() ([]Difference, error) {
	about, err := h.About()
	if err != nil {
		return nil, err
	}
	entries, digest, err := h.readManifest()
	if err != nil {
		return nil, err
	}
	var list []Difference
	if digest != h.Digest {
		list = append(list, Difference{"manifest", "has the digest " + digest + ", the rootfs " + h.Digest})
	}
	want := make(map[string]*Entry, len(entries))
	for i := range entries {
		want[entries[i].Path] = &entries[i]
	}
	err = filepath.WalkDir(h.Root, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(strings.TrimPrefix(path, h.Root), "/")
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				list = append(list, Difference{"/" + name, "cannot be read: " + bare(err)})
				return nil
			}
			return err
		}
		e := want[name]
		delete(want, name)
		if e == nil {
			list = append(list, Difference{"/" + name, "is not in the manifest"})
			return nil
		}
		if what := compare(path, e, about.Owners); what != "" {
			list = append(list, Difference{"/" + name, what})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look through %s: %w", h.Root, err)
	}
	for name := range want {
		list = append(list, Difference{"/" + name, "is missing"})
	}
	slices.SortFunc(list, func(a, b Difference) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// readManifest reads the manifest as it lies there, and gives its digest.
func (h *Held) readManifest() ([]Entry, string, error) {
	f, err := h.OpenManifest()
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	sum := sha256.New()
	entries, err := ReadManifest(io.TeeReader(f, sum))
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return entries, "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}

// compare says in what a file differs; "" if in nothing.
func compare(path string, e *Entry, owners bool) string {
	info, err := os.Lstat(path)
	if err != nil {
		return "cannot be looked at: " + bare(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	if kind := kindOf(info.Mode()); kind != e.Kind {
		return "is " + kindName(kind) + ", was " + kindName(e.Kind)
	}
	var what []string
	if mode, was := st.Mode&0o7777, modeOnDisk(e, owners); mode != was && e.Kind != Symlink {
		what = append(what, fmt.Sprintf("mode is %04o, was %04o", mode, was))
	}
	if owners && (st.Uid != e.UID || st.Gid != e.GID) {
		what = append(what, fmt.Sprintf("owner is %d:%d, was %d:%d", st.Uid, st.Gid, e.UID, e.GID))
	}
	switch e.Kind {
	case Symlink:
		if target, err := os.Readlink(path); err != nil {
			what = append(what, "cannot be read: "+bare(err))
		} else if target != e.Target {
			what = append(what, fmt.Sprintf("leads to %q, led to %q", target, e.Target))
		}
	case Regular:
		what = append(what, compareContent(path, info.Size(), e)...)
	}
	return strings.Join(what, "; ")
}

func compareContent(path string, size int64, e *Entry) []string {
	if size != e.Size {
		return []string{fmt.Sprintf("content: %d bytes, were %d", size, e.Size)}
	}
	f, err := os.Open(path)
	if err != nil {
		return []string{"cannot be read: " + bare(err)}
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return []string{"cannot be read: " + bare(err)}
	}
	if [sha256.Size]byte(sum.Sum(nil)) != e.Sum {
		return []string{"content is changed"}
	}
	return nil
}

// bare is the error without the call and the name, which stand beside it.
func bare(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

func kindOf(m fs.FileMode) Kind {
	switch m.Type() {
	case 0:
		return Regular
	case fs.ModeDir:
		return Directory
	case fs.ModeSymlink:
		return Symlink
	}
	return 0
}

func kindName(k Kind) string {
	switch k {
	case Regular:
		return "a file"
	case Directory:
		return "a directory"
	case Symlink:
		return "a symbolic link"
	}
	return "a device, FIFO or socket"
}
