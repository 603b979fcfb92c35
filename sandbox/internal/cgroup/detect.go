package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Mount is where every distribution mounts its cgroups.
const Mount = "/sys/fs/cgroup"

// ErrNone says that the host has no cgroups that judge can use.
var ErrNone = errors.New("no usable cgroups")

// Detect finds out which version the host uses, below the directory where its
// cgroups are mounted. The memory controller decides: an empty cgroup2 beside
// v1 hierarchies (systemd's hybrid) is no v2 host.
func Detect(mount string) (Host, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(mount, &st); err != nil {
		return nil, fmt.Errorf("%w: statfs %s: %w", ErrNone, mount, err)
	}
	if int64(st.Type) == unix.CGROUP2_SUPER_MAGIC {
		return V2{Root: mount}, nil
	}
	var memory unix.Stat_t
	if err := unix.Stat(filepath.Join(mount, "memory", "cgroup.procs"), &memory); err == nil {
		return V1{Root: mount}, nil
	}
	return nil, fmt.Errorf("%w: %s is neither cgroup2 nor has it a hierarchy of the memory controller", ErrNone, mount)
}
