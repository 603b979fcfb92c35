package lease

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A Mark tells a directory of leases from every other one of this kernel: its
// device and inode (stat(2)). Judges that lock the same files see the same one,
// and judges that do not see another: in containers, each with a /run/judge of
// its own, also if their files were copied from one image. It is part of a
// leaf's name, so that judges who share cgroups, but no leases, never take one
// another's leaves for their own.
type Mark struct{ Dev, Ino uint64 }

// MarkOf a directory. One that is not there has the zero Mark, which is no leaf's.
func MarkOf(dir string) (Mark, error) {
	var st unix.Stat_t
	switch err := unix.Stat(dir, &st); err {
	case nil:
		return Mark{st.Dev, st.Ino}, nil
	case unix.ENOENT:
		return Mark{}, nil
	default:
		return Mark{}, fmt.Errorf("look at the directory of leases %s: %w", dir, err)
	}
}

// Leaf is the name of slot n's cgroup: "slot-N-DEVICE-INODE".
func (m Mark) Leaf(n int) string {
	return fileName(n) + "-" + strconv.FormatUint(m.Dev, 10) + "-" + strconv.FormatUint(m.Ino, 10)
}

// ParseLeaf reads such a name; false says that judge makes none of that name.
func ParseLeaf(leaf string) (n int, m Mark, ok bool) {
	f := strings.Split(leaf, "-")
	if len(f) != 4 {
		return 0, Mark{}, false
	}
	n, ok = number(f[0] + "-" + f[1])
	var err1, err2 error
	m.Dev, err1 = strconv.ParseUint(f[2], 10, 64)
	m.Ino, err2 = strconv.ParseUint(f[3], 10, 64)
	ok = ok && err1 == nil && err2 == nil && m.Leaf(n) == leaf
	if !ok {
		return 0, Mark{}, false
	}
	return n, m, true
}
