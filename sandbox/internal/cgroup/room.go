package cgroup

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/procfs"
)

// A Room is what the leaves of a host may hold together, besides each one's limit.
type Room struct {
	Memory int64  // bytes; 0 for no bound but the host's
	Name   uint64 // of the cgroup that they are made in
	Path   string // of the cgroup that has the bound, as Place has them: what is made below shares it; "" without a bound
}

// noLimit is from where on a figure of v1 means none: PAGE_COUNTER_MAX pages, and
// less where pages are larger (mm/memcontrol-v1.c).
const noLimit = 1 << 60

// Room on v1: the kernel gives the smallest limit of all cgroups above
// (Documentation/admin-guide/cgroup-v1/memory.rst, hierarchical_memory_limit).
func (h V1) Room() (Room, error) {
	var room Room
	for _, dir := range []string{h.dir("memory", ""), filepath.Join(h.Root, "memory", h.Below)} {
		stat := file{dir: dir, name: "memory.stat"}
		k, err := stat.keys("hierarchical_memory_limit")
		if err != nil {
			return room, err
		}
		if k[0] == nil {
			continue
		}
		if *k[0] < noLimit {
			room.Memory, room.Path = *k[0], h.Place() // one above may have it: the kernel does not say which
		}
		room.Name = inode(filepath.Join(h.Root, "memory", h.Below))
		break
	}
	return room, nil
}

// Room on v2: the smallest limit of the place and all above it that can be seen.
func (h V2) Room() (Room, error) {
	room := Room{Name: inode(h.Root)}
	for dir := h.Root; ; dir = filepath.Dir(dir) {
		text, err := procfs.Read(filepath.Join(dir, "memory.max"), 32)
		switch {
		case errors.Is(err, unix.ENOENT): // the host's root, or no controller
		case err != nil:
			return room, err
		default:
			n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			if err == nil && (room.Memory == 0 || n < room.Memory) { // else it is "max"
				room.Memory, room.Path = n, dir
			}
		}
		if unix.Access(filepath.Join(filepath.Dir(dir), "cgroup.procs"), unix.F_OK) != nil {
			return room, nil // above are no cgroups
		}
	}
}

func inode(dir string) uint64 {
	var st unix.Stat_t
	if unix.Stat(dir, &st) != nil {
		return 0
	}
	return st.Ino
}
