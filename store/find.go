package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Digests are those of all that the store at dir holds, by name: what they are at this moment.
func Digests(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the store: %w", err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if !e.IsDir() || !ValidName(e.Name()) {
			continue
		}
		if digest, err := os.Readlink(filepath.Join(dir, e.Name(), digestName)); err == nil {
			all[e.Name()] = digest
		}
	}
	return all, nil
}

// DigestName is the name that a rootfs has which nobody named: its digest, without what kind of one it is.
func DigestName(digest string) string { return strings.TrimPrefix(digest, "sha256:") }

// HoldDigest is Hold for a rootfs by its digest, whatever its name.
func HoldDigest(dir, digest string) (*Held, error) {
	all, err := Digests(dir)
	if err != nil {
		return nil, err
	}
	for name, one := range all {
		if one != digest {
			continue
		}
		h, err := Hold(dir, name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotMounted) {
			continue // gone since, or another one will do
		}
		if err != nil {
			return nil, err
		}
		if h.Digest == digest {
			return h, nil
		}
		if err := h.Close(); err != nil {
			return nil, err
		}
	}
	return nil, fs.ErrNotExist
}

// A DigestError says that a rootfs is not the one that it was to be.
type DigestError struct{ Want, Got string }

func (e *DigestError) Error() string {
	return fmt.Sprintf("it has the digest %s, and was to have %s", e.Got, e.Want)
}

// MustBe has Commit refuse the draft, with a [*DigestError], unless it has that digest.
func (d *Draft) MustBe(digest string) { d.want = digest }
