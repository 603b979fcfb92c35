package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// Cores on v1: what judge's own cpuset has, which is its parent's when it is made.
func (h V1) Cores() (string, error) {
	return firstText(filepath.Join(h.dir("cpuset", ""), "cpuset.cpus"), filepath.Join(h.Root, "cpuset", h.Below, "cpuset.cpus"))
}

// Cores on v2, where the effective set is what is left of the one above.
func (h V2) Cores() (string, error) {
	return firstText(filepath.Join(h.dir(""), "cpuset.cpus.effective"), filepath.Join(h.Root, "cpuset.cpus.effective"))
}

// firstText reads the first of some files that is there; "" without one.
func firstText(files ...string) (string, error) {
	for _, f := range files {
		text, err := procfs.Read(f, 64)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("find the cores of judge's cgroup: %w", err)
		}
		return strings.TrimSpace(string(text)), nil
	}
	return "", nil
}
