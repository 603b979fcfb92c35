package plan

import (
	"fmt"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// LeastLandlock is the lowest ABI of Landlock that a run can live with: ABI 1
// refuses every rename from one directory to another (landlock(7)).
const LeastLandlock = 2

// LandlockUnenforced says why a policy's wish for Landlock is not held on a
// host with this ABI, 0 for none; "" says that it is, or that there is no wish.
func LandlockUnenforced(p policy.Landlock, abi int) string {
	switch {
	case !p.Enabled || abi >= LeastLandlock:
		return ""
	case abi == 0:
		return "this kernel has no Landlock: it needs CONFIG_SECURITY_LANDLOCK, and landlock in its parameter lsm="
	}
	return fmt.Sprintf("this kernel's Landlock, ABI %d, refuses every rename from one directory to another; Linux 5.19 has ABI 2", abi)
}

// What can be done with files, by what comes of it. MAKE_CHAR and MAKE_BLOCK
// are granted nowhere.
const (
	landlockRead = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	landlockOpen = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	landlockMake = unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER
	landlockNode = unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK

	landlockAll   = landlockRead | landlockOpen | landlockMake // of a writable directory
	landlockFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | landlockOpen
)

// handled is what a ruleset of this ABI can refuse (landlock(7), "Compatibility").
func handled(in Input) (fs, net, scoped uint64) {
	abi := in.Host.Landlock
	fs = landlockAll | landlockNode
	if abi < 3 {
		fs &^= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi < 5 {
		fs &^= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi >= 4 && !in.Policy.Network.Loopback && in.Policy.Network.Mode != "bridge" && in.Policy.Network.Mode != "host" {
		net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if abi >= 6 {
		scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return fs, net, scoped
}

// landlock makes the ruleset of the run's, a second wall around what it may
// write. PID 1 makes it, in the finished tree, when nothing is billed to the
// run yet; the program's process, which shares its descriptors, enters it. It
// returns the ruleset's descriptor, or -1. top is one of the tmpfs.
//
// The writable places have the same rights: a rename to where there are more
// than before is refused (landlock(7)).
func landlock(b *builder, in Input, top int) int {
	if in.Host.Landlock < LeastLandlock || !in.Policy.Landlock.Enabled {
		return -1
	}
	b.because("landlock", "")
	defer b.because("", "")
	fs, net, scoped := handled(in)
	attr := words(fs, net, scoped)
	set := b.opens("landlock_create_ruleset", unix.SYS_LANDLOCK_CREATE_RULESET,
		Arg{Kind: Pointer, Blob: &Blob{Data: attr}, show: showRuleset}, Int(int64(len(attr))), Int(0))
	b.roots(set, in, fs, top)
	for _, bind := range in.Binds {
		if bind.Readonly {
			continue
		}
		rights := uint64(landlockAll)
		if !bind.Dir {
			rights = landlockFiles
		}
		b.beneath(set, fs&rights, bind.Target)
	}
	if in.Queues {
		// mq_open(3) opens below a mount of the kernel's own, whose root is this directory, and never gets to /dev.
		// It asks for READ_FILE and WRITE_FILE; the rest is for the names below /dev/mqueue.
		b.beneath(set, fs&landlockAll, queues)
	}
	// A file as standard input has a mount of its own, which is attached nowhere: without this rule /dev/stdin
	// could not be opened. A pipe needs none, and cannot have one (EBADFD).
	b.op(OpTry, "landlock_add_rule", unix.SYS_LANDLOCK_ADD_RULE, ruleArgs(set, unix.LANDLOCK_ACCESS_FS_READ_FILE, 0)...)
	return set
}

// roots are the rules for the tree itself.
func (b *builder) roots(set int, in Input, fs uint64, top int) {
	fsys := in.Policy.Filesystem
	if in.Root.Lower != "" {
		top = b.open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		defer b.close(top)
		if in.Policy.Landlock.Rootfs == "rw" { // with all that lies below
			b.rule(set, fs&landlockAll, top)
			return
		}
	}
	b.rule(set, landlockRead, top)
	b.beneath(set, fs&landlockAll, "/box")
	if fsys.Tmp {
		b.beneath(set, fs&landlockAll, "/tmp")
	}
	if fsys.Shm { // one rule for both: nobody but root can make anything in /dev itself
		b.beneath(set, fs&landlockAll, "/dev")
	} else {
		b.beneath(set, fs&landlockOpen, "/dev")
	}
	if fsys.Proc != "none" { // names of threads, oom_score_adj
		b.beneath(set, fs&landlockOpen, "/proc")
	}
}

// beneath is a rule for a path.
func (b *builder) beneath(set int, rights uint64, path string) {
	fd := b.openBeneath(path)
	b.rule(set, rights, fd)
	b.close(fd)
}

// openBeneath: once the program is there, a link in the place of a directory above
// a bind would lead a rule to where it grants too much.
func (b *builder) openBeneath(path string) int {
	if !b.wary {
		return b.open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	}
	how := words(unix.O_PATH|unix.O_CLOEXEC, 0, unix.RESOLVE_NO_SYMLINKS) // struct open_how
	return b.opens("openat2", unix.SYS_OPENAT2, cwd(), Str(path),
		Mem(how, "{flags=O_RDONLY|O_CLOEXEC|O_PATH, resolve=RESOLVE_NO_SYMLINKS}"), Int(int64(len(how))))
}

func (b *builder) rule(set int, rights uint64, fd int) {
	b.call("landlock_add_rule", unix.SYS_LANDLOCK_ADD_RULE, ruleArgs(set, rights, fd)...)
}

func ruleArgs(set int, rights uint64, fd int) []Arg {
	attr := words(rights, uint64(fd))[:12] // struct landlock_path_beneath_attr is packed
	return []Arg{Int(int64(set)), Sym(unix.LANDLOCK_RULE_PATH_BENEATH, "LANDLOCK_RULE_PATH_BENEATH"),
		{Kind: Pointer, Blob: &Blob{Data: attr}, show: showRule}, Int(0)}
}

// enterLandlock is for good, and for all that the program starts. It needs
// no_new_privs.
func enterLandlock(b *builder, set int) {
	if set < 0 {
		return
	}
	b.because("landlock", "")
	b.call("landlock_restrict_self", unix.SYS_LANDLOCK_RESTRICT_SELF, Int(int64(set)), Int(0))
	b.because("", "")
}

var landlockNames = [...]flagName{
	{unix.LANDLOCK_ACCESS_FS_EXECUTE, "LANDLOCK_ACCESS_FS_EXECUTE"}, {unix.LANDLOCK_ACCESS_FS_WRITE_FILE, "LANDLOCK_ACCESS_FS_WRITE_FILE"},
	{unix.LANDLOCK_ACCESS_FS_READ_FILE, "LANDLOCK_ACCESS_FS_READ_FILE"}, {unix.LANDLOCK_ACCESS_FS_READ_DIR, "LANDLOCK_ACCESS_FS_READ_DIR"},
	{unix.LANDLOCK_ACCESS_FS_REMOVE_DIR, "LANDLOCK_ACCESS_FS_REMOVE_DIR"}, {unix.LANDLOCK_ACCESS_FS_REMOVE_FILE, "LANDLOCK_ACCESS_FS_REMOVE_FILE"},
	{unix.LANDLOCK_ACCESS_FS_MAKE_CHAR, "LANDLOCK_ACCESS_FS_MAKE_CHAR"}, {unix.LANDLOCK_ACCESS_FS_MAKE_DIR, "LANDLOCK_ACCESS_FS_MAKE_DIR"},
	{unix.LANDLOCK_ACCESS_FS_MAKE_REG, "LANDLOCK_ACCESS_FS_MAKE_REG"}, {unix.LANDLOCK_ACCESS_FS_MAKE_SOCK, "LANDLOCK_ACCESS_FS_MAKE_SOCK"},
	{unix.LANDLOCK_ACCESS_FS_MAKE_FIFO, "LANDLOCK_ACCESS_FS_MAKE_FIFO"}, {unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK, "LANDLOCK_ACCESS_FS_MAKE_BLOCK"},
	{unix.LANDLOCK_ACCESS_FS_MAKE_SYM, "LANDLOCK_ACCESS_FS_MAKE_SYM"}, {unix.LANDLOCK_ACCESS_FS_REFER, "LANDLOCK_ACCESS_FS_REFER"},
	{unix.LANDLOCK_ACCESS_FS_TRUNCATE, "LANDLOCK_ACCESS_FS_TRUNCATE"}, {unix.LANDLOCK_ACCESS_FS_IOCTL_DEV, "LANDLOCK_ACCESS_FS_IOCTL_DEV"},
}

var landlockNet = [...]flagName{
	{unix.LANDLOCK_ACCESS_NET_BIND_TCP, "LANDLOCK_ACCESS_NET_BIND_TCP"}, {unix.LANDLOCK_ACCESS_NET_CONNECT_TCP, "LANDLOCK_ACCESS_NET_CONNECT_TCP"},
}

var landlockScopes = [...]flagName{
	{unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, "LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET"}, {unix.LANDLOCK_SCOPE_SIGNAL, "LANDLOCK_SCOPE_SIGNAL"},
}

func showRuleset(a Arg) string {
	d := a.Blob.Data
	text := "{handled_access_fs=" + join("", readWord(d), landlockNames[:])
	if net := readWord(d[8:]); net != 0 {
		text += ", handled_access_net=" + join("", net, landlockNet[:])
	}
	if scoped := readWord(d[16:]); scoped != 0 {
		text += ", scoped=" + join("", scoped, landlockScopes[:])
	}
	return text + "}"
}

func showRule(a Arg) string {
	return fmt.Sprintf("{allowed_access=%s, parent_fd=%d}", join("", readWord(a.Blob.Data), landlockNames[:]), a.Blob.Data[8])
}
