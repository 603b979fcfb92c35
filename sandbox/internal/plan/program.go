package plan

import (
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// await is where PID 1 waits until the parent has the cgroups ready, which it
// makes at the same time. What the program joins them by comes with the message.
func await(b *builder, in Input) []int {
	return b.receive(in.Host.JoinFDs, Sym(unix.MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"))
}

// receive takes a message with n descriptors. They get the lowest free numbers,
// in order.
func (b *builder) receive(n int, flags Arg) []int {
	control := &Blob{Data: make([]byte, unix.CmsgSpace(4*max(n, 1)))}
	payload := &Blob{Data: make([]byte, 8)}
	iov := &Blob{Data: words(0, 8), Ptrs: map[int]*Blob{0: payload}}
	hdr := &Blob{Data: words(0, 0, 0, 1, 0, uint64(len(control.Data)), 0), Ptrs: map[int]*Blob{16: iov, 32: control}}
	var fds []int
	for range n {
		fds = append(fds, b.fds.lowest())
	}
	b.op(OpReceive, "recvmsg", unix.SYS_RECVMSG, Int(fdControl),
		Arg{Kind: Pointer, Blob: hdr, show: func(Arg) string { return showRights(fds) }}, flags)
	return fds
}

// showRights is a struct msghdr that carries descriptors.
func showRights(fds []int) string {
	if len(fds) == 0 {
		return "{..., msg_controllen=0, ...}"
	}
	return "{..., msg_control=[{..., cmsg_type=SCM_RIGHTS, cmsg_data=[" + strings.Trim(strings.ReplaceAll(fmt.Sprint(fds), " ", ", "), "[]") + "]}], ...}"
}

// cloneArgsSize is the size of struct clone_args with its field cgroup
// (include/uapi/linux/sched.h, CLONE_ARGS_SIZE_VER2).
const cloneArgsSize = 88

// vfork makes the program's process. It shares memory and descriptors with
// PID 1, which waits until it has executed the program: so nothing is copied
// twice, a failure is simply noted, and the filter's listener needs no call
// that the filter could forbid to end up in PID 1.
func (b *builder) vfork(in Input, join []int) int {
	flags := uint64(unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_FILES | unix.CLONE_PIDFD)
	text := "{flags=CLONE_VM|CLONE_FILES|CLONE_PIDFD|CLONE_VFORK"
	into, cgroup := "", uint64(0)
	if in.Host.Cgroup == 2 && len(join) == 1 {
		// The process starts in its leaf, and its cgroup namespace is rooted there: in one call, for from
		// inside a cgroup namespace of its own it could not be put elsewhere (ENOENT).
		flags |= unix.CLONE_INTO_CGROUP
		cgroup = uint64(join[0])
		into = fmt.Sprintf(", cgroup=%d", cgroup)
		if in.Policy.Namespaces.Cgroup {
			flags |= unix.CLONE_NEWCGROUP
			text += "|CLONE_NEWCGROUP"
		}
		text += "|CLONE_INTO_CGROUP"
	}
	pidfd := b.fds.lowest()
	b.op(OpVfork, "clone3", unix.SYS_CLONE3, Sym(flags, text), Arg{Val: cgroup, show: func(Arg) string {
		return fmt.Sprintf("..., exit_signal=SIGCHLD, ...%s} => {pidfd=[%d]}, %d", into, pidfd, cloneArgsSize)
	}})
	return pidfd
}

// handed are descriptors of PID 1's that the program's process uses; -1 is none.
type handed struct {
	join    []int // its cgroups'
	ruleset int   // of Landlock
	proc    int   // a /proc, if the run has none
}

// prog is the list of the program's process. It returns the numbers of the
// filter's listener, and of the program's own user namespace for [handEntrance]; -1 is none.
func prog(b *builder, in Input, have handed) (listener, users int) {
	b.call("setsid", unix.SYS_SETSID)
	controlTerminal(b, in)
	joinCgroups(b, in, have.join)
	b.clock(unix.CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", RegJoinCPU)
	rlimits(b, in)
	users = credentials(b, in, have.proc)
	return b.lastSteps(in, have), users
}

// lastSteps are those of a process that has its identity. They end in execve.
func (b *builder) lastSteps(in Input, have handed) int {
	b.call("umask", unix.SYS_UMASK, perm(0o022))
	b.because("filesystem.workdir", "is it a directory that the run may enter?")
	b.enterWorkdir(in.Policy.Filesystem.Workdir)
	b.because("", "")
	b.call("rt_sigprocmask", unix.SYS_RT_SIGPROCMASK, Sym(unix.SIG_SETMASK, "SIG_SETMASK"), Mem(words(0), "[]"), Null(), Int(8))
	enterLandlock(b, have.ruleset)
	listener := -1
	if !in.ClockOK {
		b.clocks()
	}
	if len(in.Filter) > 0 {
		listener = filter(b, in)
	}
	if in.ClockOK {
		b.clocks()
	}
	b.why = "the program"
	b.call("execve", unix.SYS_EXECVE, Str(in.Path), Strings(in.Argv, func(Arg) string { return quoteList(in.Argv) }),
		Strings(in.Env, func(Arg) string { return fmt.Sprintf("... /* %d vars */", len(in.Env)) }))
	return listener
}

// enterWorkdir goes to a directory that may be the rootfs's: a link of a hostile
// one must not lead through /proc/self/fd to a descriptor of PID 1's.
func (b *builder) enterWorkdir(dir string) {
	if dir == "/box" {
		b.chdir(dir)
		return
	}
	how := words(unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0, unix.RESOLVE_NO_MAGICLINKS) // struct open_how
	fd := b.opens("openat2", unix.SYS_OPENAT2, cwd(), Str(dir),
		Mem(how, "{flags=O_RDONLY|O_CLOEXEC|O_PATH|O_DIRECTORY, resolve=RESOLVE_NO_MAGICLINKS}"), Int(int64(len(how))))
	b.call("fchdir", unix.SYS_FCHDIR, Int(int64(fd)))
	b.close(fd)
}

// joinCgroups on v1: the process moves itself, thread by thread, which waits
// for no grace period of RCU as moving by a pid does. Only then can its cgroup
// namespace be made: it is rooted where its maker is.
func joinCgroups(b *builder, in Input, join []int) {
	if in.Host.Cgroup == 2 {
		return
	}
	for _, fd := range join {
		b.call("write", unix.SYS_WRITE, Int(int64(fd)), Str("0"), Int(1))
	}
	if in.Policy.Namespaces.Cgroup {
		b.because("namespaces.cgroup", "")
		b.call("unshare", unix.SYS_UNSHARE, Sym(unix.CLONE_NEWCGROUP, "CLONE_NEWCGROUP"))
		b.because("", "")
	}
}

// clocks are read as late as can be: accounting begins here.
func (b *builder) clocks() {
	b.clock(unix.CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", RegExecCPU)
	b.clock(unix.CLOCK_MONOTONIC, "CLOCK_MONOTONIC", RegExecWall)
}

func (b *builder) clock(id uint64, name string, to Reg) {
	b.call("clock_gettime", unix.SYS_CLOCK_GETTIME, Sym(id, name), Of(to, "start"))
}

func filter(b *builder, in Input) int {
	b.because("seccomp", "the kernel needs CONFIG_SECCOMP_FILTER")
	defer b.because("", "")
	prog := &Blob{Data: words(uint64(len(in.Filter)/8), 0), Ptrs: map[int]*Blob{8: {Data: in.Filter}}}
	arg := Arg{Kind: Pointer, Blob: prog, show: func(Arg) string { return fmt.Sprintf("{len=%d, filter=...}", len(in.Filter)/8) }}
	const setModeFilter = 1
	if !in.Notify {
		b.call("seccomp", unix.SYS_SECCOMP, Sym(setModeFilter, "SECCOMP_SET_MODE_FILTER"), Int(0), arg)
		return -1
	}
	flags := Sym(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, "SECCOMP_FILTER_FLAG_NEW_LISTENER")
	if in.Waits {
		flags = Sym(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
			"SECCOMP_FILTER_FLAG_NEW_LISTENER|SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
	}
	return b.opens("seccomp", unix.SYS_SECCOMP, Sym(setModeFilter, "SECCOMP_SET_MODE_FILTER"), flags, arg)
}

// report tells the parent that the program runs, and hands it descriptors.
func (b *builder) report(fds []int) {
	b.send(OpReport, fds)
}

// send is a message to the parent, with descriptors.
func (b *builder) send(op Op, fds []int) {
	control := make([]byte, unix.CmsgSpace(4*len(fds)))
	binary.NativeEndian.PutUint64(control, uint64(unix.CmsgLen(4*len(fds))))
	binary.NativeEndian.PutUint32(control[8:], unix.SOL_SOCKET)
	binary.NativeEndian.PutUint32(control[12:], unix.SCM_RIGHTS)
	for i, fd := range fds {
		binary.NativeEndian.PutUint32(control[16+4*i:], uint32(fd))
	}
	b.op(op, "sendmsg", unix.SYS_SENDMSG, Int(fdControl),
		Arg{Kind: Pointer, Blob: &Blob{Data: control}, show: func(Arg) string { return showRights(fds) }},
		Sym(uint64(len(control)), "MSG_NOSIGNAL"))
}

// disarm leaves PID 1 nothing but its two descriptors, and no right; but the one
// to kill, where it has to, and its own uid is not the program's.
func disarm(b *builder, in Input) {
	b.closeRange(0, 2)
	b.closeRange(fdSignal+1, -1)
	caps := capNone()
	if in.Host.Cgroup == 0 && in.Host.Userns.Maps != OneID {
		caps = capKill()
	}
	b.call("capset", unix.SYS_CAPSET, capHeader(), caps)
	b.prctl(unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS", Int(1), Int(0), Int(0), Int(0))
}

func quoteList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
