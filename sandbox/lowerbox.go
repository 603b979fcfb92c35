package sandbox

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/plan"
)

// smallBox is the size in bytes up to which a box is copied sooner than an overlay is
// mounted over it (0.05 to 0.1 ms; copying takes 0.5 ms for a mebibyte).
const smallBox = 128 << 10

// lowerBox has the box directory lie under the run's box as it is, instead of being
// copied, where nobody who keeps to BoxStays sees a difference.
func (r *run) lowerBox() error {
	if !r.lowerBoxFits() {
		return nil
	}
	dir, err := filepath.Abs(r.policy.Filesystem.Box)
	if err != nil {
		return fmt.Errorf("find %s: %w", r.policy.Filesystem.Box, err)
	}
	r.lower, r.copies = dir, copiesOver(r.copies)
	return nil
}

// lowerBoxFits: nothing of it is taken out again, everybody may read it, and it can be
// executed. In a box that can be written nothing but a program lies there: a directory of
// judge's user is none that the program can write to.
func (r *run) lowerBoxFits() bool {
	dir := r.policy.Filesystem.Box
	if dir == "" || !r.cmd.BoxStays || r.cmd.CollectAll != "" || r.cmd.Keep != "" || slices.ContainsFunc(r.policy.Filesystem.Bind, inTheBox) {
		return false
	}
	var size int64
	found := 0
	for _, c := range r.copies {
		if !c.InBox {
			continue
		}
		if slices.ContainsFunc(r.cmd.Collect, func(f Collect) bool { return path.Clean(f.Name) == c.Name }) {
			return false
		}
		size += c.Size
		found++
	}
	if size <= smallBox || !r.cmd.ReadonlyBox && (found > 1 || r.may.userns.Maps != plan.HostIDs) {
		return false
	}
	return readableByAll(dir, r.copies) && r.view.Overlays(dir) && executable(r.copies)
}

func inTheBox(b policy.Bind) bool {
	target := path.Clean(b.Target)
	return target == "/box" || strings.HasPrefix(target, "/box/")
}

// readableByAll says so of a box directory and of all that is in it: its owner is not
// the program.
func readableByAll(dir string, copies []plan.Copy) bool {
	var st unix.Stat_t
	if unix.Lstat(dir, &st) != nil || !allMayRead(st.Mode) {
		return false
	}
	return !slices.ContainsFunc(copies, func(c plan.Copy) bool { return c.InBox && !allMayRead(c.Mode) })
}

func allMayRead(mode uint32) bool {
	need := uint32(0o004)
	switch {
	case mode&unix.S_IFMT == unix.S_IFLNK:
		return true
	case mode&unix.S_IFMT == unix.S_IFDIR, mode&0o111 != 0:
		need |= 0o001
	}
	return mode&need == need
}

// executable says that nobody has a program of the box open to write: else execve(2)
// refuses it (ETXTBSY). Judge wrote it, and a child of judge's that is just beginning
// has copies of judge's descriptors for a moment.
func executable(copies []plan.Copy) bool {
	return !slices.ContainsFunc(copies, func(c plan.Copy) bool {
		return c.InBox && c.Mode&unix.S_IFMT == unix.S_IFREG && c.Mode&0o111 != 0 && !unwritten(c.Source)
	})
}

// unwritten: no lease to read is given as long as somebody has the file open to write
// (fcntl(2), F_SETLEASE). Where none can be had at all nobody knows.
func unwritten(name string) bool {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK); err != nil {
		return false
	}
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
	return err == nil
}

// copiesOver are those that are still copied, over a box directory that is not: files
// that were named, and the directories above them.
func copiesOver(all []plan.Copy) []plan.Copy {
	var over []plan.Copy
	for _, c := range all {
		above := func(other plan.Copy) bool { return !other.InBox && strings.HasPrefix(other.Name, c.Name+"/") }
		if !c.InBox || c.Mode&unix.S_IFMT == unix.S_IFDIR && slices.ContainsFunc(all, above) {
			over = append(over, c)
		}
	}
	return over
}
