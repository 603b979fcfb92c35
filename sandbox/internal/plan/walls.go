package plan

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// What follows reads a plan back, for people: what it says is in the steps that
// are executed, and nowhere else.

// Namespaces are the bits CLONE_NEW* of all namespaces that the plan makes.
func (p *Plan) Namespaces() uint64 {
	const all = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER |
		unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWTIME
	flags := p.CloneFlags
	for _, list := range p.Lists() {
		for _, s := range list {
			if s.NR == unix.SYS_UNSHARE || s.Op == OpVfork {
				flags |= s.Args[0].Val
			}
		}
	}
	return flags & all
}

// Hidden are the paths of the kernel's file systems that the plan covers.
func (p *Plan) Hidden() []string {
	var paths []string
	for _, s := range p.Init {
		if s.NR == unix.SYS_MOUNT && s.Why == whyMasks {
			paths = append(paths, s.Args[1].Text())
		}
	}
	return paths
}

// A Ruleset is what Landlock is told.
type Ruleset struct {
	Files, Net, Scoped uint64 // what it refuses (LANDLOCK_ACCESS_FS_*, LANDLOCK_ACCESS_NET_*, LANDLOCK_SCOPE_*),
	Rules              []Rule // but for this
}

// A Rule grants rights below a path, of those that the ruleset knows.
type Rule struct {
	Path  string // "" for standard input
	Files uint64
}

// Landlock is the plan's ruleset; ok is false where it has none.
func (p *Plan) Landlock() (set Ruleset, ok bool) {
	paths := map[int]string{}
	for _, s := range p.Init {
		switch s.NR {
		case unix.SYS_OPENAT:
			paths[s.FD] = s.Args[1].Text()
		case unix.SYS_LANDLOCK_CREATE_RULESET:
			d := s.Args[0].Blob.Data
			set.Files, set.Net, set.Scoped, ok = readWord(d), readWord(d[8:]), readWord(d[16:]), true
		case unix.SYS_LANDLOCK_ADD_RULE:
			d := s.Args[2].Blob.Data
			r := Rule{Files: readWord(d)}
			if fd := int(binary.NativeEndian.Uint32(d[8:])); fd != 0 {
				if r.Path = paths[fd]; r.Path == "." { // the tmpfs, which was made the root
					r.Path = "/"
				}
			}
			set.Rules = append(set.Rules, r)
		}
	}
	return set, ok
}

// What a rule can grant, in the words of landlock(7) put together.
const (
	RightsRead  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	RightsWrite = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	RightsMake  = landlockMake
	RightsNodes = landlockNode
)
