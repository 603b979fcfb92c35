package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// List tells of all that the store at dir holds, by name.
func List(dir string) ([]About, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the store: %w", err)
	}
	var list []About
	for _, e := range entries {
		h, err := holdAny(dir, e.Name())
		if errors.Is(err, fs.ErrNotExist) || err != nil && !e.IsDir() {
			continue // something else, or gone
		}
		if err != nil {
			return nil, err
		}
		about, err := h.About()
		if err != nil { // one that is damaged hides no other
			about = &About{Name: e.Name(), Digest: h.Digest, Source: "damaged: " + err.Error()}
		}
		if err := h.Close(); err != nil {
			return nil, err
		}
		list = append(list, *about)
	}
	return list, nil
}

// About reads what is known of it. Name and digest are those of the store.
func (h *Held) About() (*About, error) {
	name := filepath.Join(h.Dir, aboutName)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read about a rootfs: %w", err)
	}
	var a About
	if err := json.Unmarshal(data, &a); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	a.Name, a.Digest = filepath.Base(h.Dir), h.Digest
	return &a, nil
}

// OpenManifest opens the manifest as it lies there.
func (h *Held) OpenManifest() (*os.File, error) { return os.Open(filepath.Join(h.Dir, manifestName)) }

// Entries reads the manifest, with the times that the files have. One that is
// not of the digest is an error.
func (h *Held) Entries() ([]Entry, error) {
	entries, digest, err := h.readManifest()
	if err != nil {
		return nil, err
	}
	if digest != h.Digest {
		return nil, fmt.Errorf("rootfs %s is damaged: its manifest has the digest %s, not %s", h.Dir, digest, h.Digest)
	}
	for i := range entries {
		info, err := os.Lstat(h.Path(entries[i].Path))
		if err != nil {
			return nil, fmt.Errorf("rootfs %s is damaged: %w", h.Dir, err)
		}
		entries[i].Modified = info.ModTime()
	}
	return entries, nil
}

// Path is where a path of the tree lies on the host.
func (h *Held) Path(name string) string { return filepath.Join(h.Root, filepath.FromSlash(name)) }
