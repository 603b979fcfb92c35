package sandbox

import (
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/spawn"
)

// An opener opens what a run has left. There, the host's root may read
// everything.
type opener struct {
	// ns is the user namespace of a run whose files belong to subordinate ids; 0
	// for none. Who made it is root there.
	ns int
}

// open is openat2(2). An ordinary user without subordinate ids is the owner,
// outside, of all that his run made; what it took from its owner, mode 0 for
// instance, he gives back to himself.
func (o opener) open(dir int, name string, how unix.OpenHow) (int, error) {
	fd, err := unix.Openat2(dir, name, &how)
	if err != unix.EACCES {
		return fd, err
	}
	if o.ns > 0 {
		return spawn.OpenIn(o.ns, dir, name, how)
	}
	unlock(dir, name, how.Resolve)
	return unix.Openat2(dir, name, &how)
}

// unlock makes every component of a path readable for its owner, as far as that
// is judge. What it cannot do the next attempt to open will tell.
func unlock(dir int, name string, resolve uint64) {
	parts := strings.Split(path.Clean(name), "/")
	for i := range parts {
		fd, err := unix.Openat2(dir, path.Join(parts[:i+1]...), &unix.OpenHow{
			Flags: unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC, Resolve: resolve | unix.RESOLVE_NO_SYMLINKS,
		})
		if err != nil {
			return
		}
		var st unix.Stat_t
		if unix.Fstat(fd, &st) == nil && int(st.Uid) == os.Geteuid() {
			more := uint32(0)
			switch st.Mode & unix.S_IFMT {
			case unix.S_IFDIR:
				more = 0o500
			case unix.S_IFREG:
				more = 0o400
			}
			if more != 0 { // fchmod(2) takes no descriptor of O_PATH, but its name there (open(2))
				unix.Chmod(filepath.Join("/proc/self/fd", strconv.Itoa(fd)), st.Mode&0o7777|more)
			}
		}
		unix.Close(fd)
	}
}
