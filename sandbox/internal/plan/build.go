package plan

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// builder collects steps and keeps count of the descriptors that are open when
// each of them runs.
type builder struct {
	steps []Step
	args  []Arg // of all steps, one after the other
	fds   *fdTable
	why   string // for the steps that follow
	hint  string

	wary    bool  // hostile code may have been at work in the tree: no link is followed that it could have made
	streams []int // the program's, where they are PID 1's to give away
}

// newBuilder has room for about so many steps.
func newBuilder(t *fdTable, steps int) *builder {
	return &builder{fds: t, steps: make([]Step, 0, steps), args: make([]Arg, 0, 4*steps)}
}

// fdTable is the child's descriptor table. PID 1 and the program's process
// share one until exec, and so do their builders.
type fdTable struct{ open []bool }

// lowest takes the number that the kernel will hand out next.
func (t *fdTable) lowest() int {
	for fd, open := range t.open {
		if !open {
			t.open[fd] = true
			return fd
		}
	}
	t.open = append(t.open, true)
	return len(t.open) - 1
}

func (b *builder) call(name string, nr uintptr, args ...Arg) {
	b.op(OpCall, name, nr, args...)
}

func (b *builder) op(op Op, name string, nr uintptr, args ...Arg) {
	first := len(b.args)
	b.args = append(b.args, args...)
	b.steps = append(b.steps, Step{Name: name, NR: nr, Args: b.args[first:len(b.args):len(b.args)], Op: op, FD: -1, Why: b.why, Hint: b.hint})
}

// opens is a call that opens the descriptor that it returns.
func (b *builder) opens(name string, nr uintptr, args ...Arg) int {
	b.call(name, nr, args...)
	fd := b.fds.lowest()
	b.steps[len(b.steps)-1].FD = fd
	return fd
}

// openat(2) relative to the working directory.
func (b *builder) open(path string, flags int, mode uint32) int {
	how := Arg{Val: uint64(flags), show: showOpen}
	if flags&unix.O_CREAT == 0 {
		return b.opens("openat", unix.SYS_OPENAT, cwd(), Str(path), how)
	}
	return b.opens("openat", unix.SYS_OPENAT, cwd(), Str(path), how, perm(mode))
}

func (b *builder) close(fd int) {
	b.call("close", unix.SYS_CLOSE, Int(int64(fd)))
	b.fds.open[fd] = false
}

// closeRange closes from lo to hi; hi < 0 means all above.
func (b *builder) closeRange(lo, hi int) {
	last := int64(hi)
	if hi < 0 {
		last, hi = 0xffffffff, len(b.fds.open)-1
	}
	b.call("close_range", unix.SYS_CLOSE_RANGE, Int(int64(lo)), Int(last), Int(0))
	for fd := lo; fd <= hi; fd++ {
		b.fds.open[fd] = false
	}
}

func (b *builder) mkdir(path string, mode uint32) {
	b.call("mkdirat", unix.SYS_MKDIRAT, cwd(), Str(path), perm(mode))
}

func (b *builder) symlink(target, path string) {
	b.call("symlinkat", unix.SYS_SYMLINKAT, Str(target), cwd(), Str(path))
}

// chown gives a path to the program. Links are not followed.
func (b *builder) chown(path string, uid, gid int) {
	b.call("fchownat", unix.SYS_FCHOWNAT, cwd(), Str(path), Int(int64(uid)), Int(int64(gid)),
		Sym(unix.AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"))
}

// file writes a small file.
func (b *builder) file(path, content string, mode uint32) {
	fd := b.open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
	b.call("write", unix.SYS_WRITE, Int(int64(fd)), Str(content), Int(int64(len(content))))
	b.close(fd)
}

func (b *builder) mount(source, target, fstype string, flags uint64, options string) {
	data := Null()
	if options != "" {
		data = Str(options)
	}
	src, typ := Null(), Null()
	if source != "" {
		src = Str(source)
	}
	if fstype != "" {
		typ = Str(fstype)
	}
	b.call("mount", unix.SYS_MOUNT, src, Str(target), typ, Arg{Val: flags, show: showMount}, data)
}

func (b *builder) umount(target string) {
	b.call("umount2", unix.SYS_UMOUNT2, Str(target), Sym(unix.MNT_DETACH, "MNT_DETACH"))
}

func (b *builder) chdir(path string) { b.call("chdir", unix.SYS_CHDIR, Str(path)) }

func (b *builder) prctl(option uint64, name string, args ...Arg) {
	var all [5]Arg
	all[0] = Sym(option, name)
	b.call("prctl", unix.SYS_PRCTL, all[:1+copy(all[1:], args)]...)
}

// because sets the policy key behind the steps that follow, and what the user
// can do when one of them fails.
func (b *builder) because(why, hint string) { b.why, b.hint = why, hint }

func cwd() Arg { return Sym(^uint64(99), "AT_FDCWD") } // -100

func perm(mode uint32) Arg { return Arg{Val: uint64(mode), show: showOctal} }

func showOctal(a Arg) string {
	if a.Val == 0 {
		return "000"
	}
	return fmt.Sprintf("0%o", a.Val)
}

type flagName struct {
	bit  uint64
	name string
}

// Tables in the order in which strace prints them.
var openNames = [...]flagName{
	{unix.O_CREAT, "O_CREAT"}, {unix.O_EXCL, "O_EXCL"}, {unix.O_NOCTTY, "O_NOCTTY"}, {unix.O_NONBLOCK, "O_NONBLOCK"},
	{unix.O_NOFOLLOW, "O_NOFOLLOW"}, {unix.O_CLOEXEC, "O_CLOEXEC"}, {unix.O_PATH, "O_PATH"}, {unix.O_DIRECTORY, "O_DIRECTORY"},
}

var mountNames = [...]flagName{
	{unix.MS_RDONLY, "MS_RDONLY"}, {unix.MS_NOSUID, "MS_NOSUID"}, {unix.MS_NODEV, "MS_NODEV"}, {unix.MS_NOEXEC, "MS_NOEXEC"},
	{unix.MS_REMOUNT, "MS_REMOUNT"}, {unix.MS_NOATIME, "MS_NOATIME"}, {unix.MS_BIND, "MS_BIND"}, {unix.MS_REC, "MS_REC"},
	{unix.MS_PRIVATE, "MS_PRIVATE"},
}

func showOpen(a Arg) string {
	access := [...]string{"O_RDONLY", "O_WRONLY", "O_RDWR"}[a.Val&unix.O_ACCMODE]
	return join(access, a.Val&^unix.O_ACCMODE, openNames[:])
}

func showMount(a Arg) string {
	if a.Val == 0 {
		return "0"
	}
	return join("", a.Val, mountNames[:])
}

// join names all bits of flags; a bit without a name would be printed as a number.
func join(text string, flags uint64, names []flagName) string {
	for _, n := range names {
		if flags&n.bit == 0 {
			continue
		}
		flags &^= n.bit
		if text != "" {
			text += "|"
		}
		text += n.name
	}
	if flags != 0 {
		text += fmt.Sprintf("|%#x", flags)
	}
	return text
}
