package sandbox

import (
	"fmt"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// A harvest takes every regular file out of the box.
type harvest struct {
	opener
	fileSize int64
	left     int64 // bytes that may still be taken; holes become bytes outside
	bounded  bool
	refused  []Collected
}

// maxRefused is how many refused files are named; a run can make as many as
// its inodes allow.
const maxRefused = 20

// collectAll copies the regular files of /box, with the directories that they
// are in, into a new directory. As with collect, what is there is hostile: it is
// walked by descriptors, a component at a time, and no link is followed. All
// files together may be no larger than the disk was, holes included.
//
// Only what was refused is returned.
func collectAll(o opener, tmpfs int, dir string, limits policy.Limits) ([]Collected, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("collect all of the box: %w", err)
	}
	from, err := o.open(tmpfs, "box", unix.OpenHow{
		Flags: directory, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS,
	})
	if err != nil {
		return nil, fmt.Errorf("collect all of the box: open it: %w", err)
	}
	h := &harvest{opener: o, fileSize: int64(limits.FileSize), left: int64(limits.Disk), bounded: limits.Disk > 0}
	if err := h.tree(from, dir, "", 0); err != nil {
		return h.refused, fmt.Errorf("collect all of the box to %s: %w", dir, err)
	}
	return h.refused, nil
}

// tree takes one directory, and closes its descriptor.
func (h *harvest) tree(from int, to, name string, depth int) error {
	src := os.NewFile(uintptr(from), "box")
	defer src.Close()
	entries, err := src.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := h.entry(from, path.Join(to, e.Name()), path.Join(name, e.Name()), e, depth); err != nil {
			return err // of a full disk, each of the run's many files would have one
		}
	}
	return nil
}

// maxPath leaves as much of what a path may have (path_resolution(7)) to the
// directory outside, and to those where the files go from there. Inside, who goes
// down step by step makes longer ones.
const maxPath = unix.PathMax / 2

func (h *harvest) entry(from int, to, name string, e fs.DirEntry, depth int) error {
	if len(name) > maxPath {
		h.refuse(name, "its path is too long")
		return nil
	}
	if !e.IsDir() {
		return h.file(from, to, name)
	}
	if depth == maxKept {
		h.refuse(name, "directories are nested too deeply")
		return nil
	}
	sub, err := h.open(from, e.Name(), unix.OpenHow{Flags: directory})
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o755); err != nil {
		unix.Close(sub)
		return err
	}
	return h.tree(sub, to, name, depth+1)
}

func (h *harvest) file(from int, to, name string) error {
	in, err := h.plain(from, path.Base(name))
	if err != nil {
		h.refuse(name, refusal(err))
		return nil
	}
	defer in.Close()
	size, mode, err := plain(in, h.fileSize)
	switch {
	case err != nil:
		h.refuse(name, refusal(err))
		return nil
	case h.bounded && size > h.left:
		h.refuse(name, "all files together are larger than the disk limit")
		return nil
	}
	h.left -= size
	return writeOut(in, size, mode, to)
}

func (h *harvest) refuse(name, why string) {
	if len(h.refused) < maxRefused {
		h.refused = append(h.refused, Collected{Name: name, Refused: why})
	}
}
