package plan

import (
	"golang.org/x/sys/unix"
)

// Attach makes the plan of a second command of a run that is under way. in is
// that of the run, with this command's Argv, Path and Env. Both lists are walked
// as those of a run are, but the first process is not PID 1: it stays in judge's
// own pid namespace, where nothing of the run can reach it, enters the run's
// other namespaces, and makes the command's process inside, which takes the same
// last steps as the program did. It keeps the right to kill that, and waits for
// it: a process that nobody waits for would keep PID 1 from ending
// (kernel/pid_namespace.c, zap_pid_ns_processes).
//
// The order is the wall. What is hostile is there already, with the uid that the
// command's process gets: it is inside from its first instruction, and so must be
// closed to ptrace(2) and /proc from before that until execve. Its memory, which is
// that of the first process, is never dumpable, and judge refuses hosts where a
// change of uid would make it so (fs.suid_dumpable, proc_sys_fs(5)).
//
// The descriptors of [Input.Entries] come with the go-ahead.
func Attach(in Input) *Plan {
	b := newBuilder(&fdTable{}, 96)
	b.wary = true
	earlyAttach(b, in.Host.Userns)
	b.opens("signalfd4", unix.SYS_SIGNALFD4, Int(-1), Mem(words(1<<(unix.SIGCHLD-1)), "[CHLD]"), Int(8),
		Sym(unix.SFD_CLOEXEC|unix.SFD_NONBLOCK, "SFD_CLOEXEC|SFD_NONBLOCK"))
	fds := b.receive(in.entries(), Sym(unix.MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"))
	root, ways, rest := fds[0], fds[1:in.entries()-in.Host.JoinFDs], fds[in.entries()-in.Host.JoinFDs:]
	var users int
	if in.Enterable {
		users = enterAsUser(b, in, ways)
	} else {
		users = enterAsRoot(b, in, ways)
	}
	// setns(2) goes to the root of the mount namespace. That is PID 1's; but here it is not a matter of belief.
	b.call("fchdir", unix.SYS_FCHDIR, Int(int64(root)))
	b.call("chroot", unix.SYS_CHROOT, Str("."))
	upper := terminal(b, in)
	ruleset := landlock(b, in, root)
	pidfd := b.vfork(in, rest)
	program := newBuilder(b.fds, 32)
	listener := second(program, in, handed{rest, ruleset, -1}, users)
	sent := []int{pidfd, root}
	if upper >= 0 {
		sent = append(sent, upper)
	}
	if listener >= 0 {
		sent = append(sent, listener)
	}
	b.report(sent)
	b.closeRange(0, 2)
	b.closeRange(fdSignal+1, -1)
	b.call("capset", unix.SYS_CAPSET, capHeader(), capKill())
	b.prctl(unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS", Int(1), Int(0), Int(0), Int(0))
	b.serve(OpServeOne)
	return &Plan{CloneFlags: AttachFlags, Init: b.steps, Program: program.steps}
}

// AttachFlags are the clone flags of the first process: it has no namespace of its own.
const AttachFlags = unix.CLONE_CLEAR_SIGHAND

// EarlyAttach are the first steps of every plan of [Attach], as [Early] are of
// every run's.
func EarlyAttach(u Userns) []Step {
	b := newBuilder(&fdTable{}, 32)
	earlyAttach(b, u)
	return b.steps
}

func earlyAttach(b *builder, u Userns) {
	settle(b, u)
	forget(b, Userns{})
	newSession(b)
	if u.Maps == HostIDs { // else there are none yet to drop
		dropCapabilities(b)
	}
	fds := receiveStreams(b)
	if u.Maps == ManyIDs {
		b.streams = fds
	}
}

// enterAsRoot enters by PID 1 itself, and returns the user namespace of the program, or -1.
func enterAsRoot(b *builder, in Input, fds []int) (users int) {
	init, rest := fds[0], fds[1:]
	users = -1
	if in.OwnUser() {
		users, rest = rest[0], rest[1:]
	}
	b.call("setns", unix.SYS_SETNS, Int(int64(init)), Sym(unix.CLONE_NEWNS|unix.CLONE_NEWUTS|unix.CLONE_NEWIPC|unix.CLONE_NEWNET|unix.CLONE_NEWPID,
		"CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWPID|CLONE_NEWNET"))
	if in.Policy.Namespaces.Time {
		b.because("namespaces.time", "")
		b.call("setns", unix.SYS_SETNS, Int(int64(rest[0])), Sym(unix.CLONE_NEWTIME, "CLONE_NEWTIME"))
		b.because("", "")
	}
	return users
}

// entries is how many descriptors come with the go-ahead: PID 1's root directory;
// for root its pidfd, the user namespace of the run, if it has one of its own, and its time
// namespace, if it has one; for a user what [handEntrance] hands over; then what its cgroups are joined by.
func (in Input) entries() int {
	if in.Enterable {
		return in.Handed() + in.Host.JoinFDs
	}
	n := 2 + in.Host.JoinFDs
	if in.OwnUser() {
		n++
	}
	if in.Policy.Namespaces.Time {
		n++
	}
	return n
}

// OwnUser says whether the program has a user namespace of its own.
func (in Input) OwnUser() bool { return in.mapped() }

// second is the list of the second command's process: what differs from the
// program's is how it comes by its identity, and that it ends with its maker.
func second(b *builder, in Input, have handed, users int) int {
	dieWithMaker(b)
	b.call("setsid", unix.SYS_SETSID)
	controlTerminal(b, in)
	joinCgroups(b, in, have.join)
	b.clock(unix.CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", RegJoinCPU)
	rlimits(b, in)
	b.prctl(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS", Sym(secureBits, secureBitsText))
	b.prctl(unix.PR_CAP_AMBIENT, "PR_CAP_AMBIENT", Sym(unix.PR_CAP_AMBIENT_CLEAR_ALL, "PR_CAP_AMBIENT_CLEAR_ALL"), Int(0), Int(0), Int(0))
	if in.Host.Userns.Maps != OneID { // as for the program
		b.call("setgroups", unix.SYS_SETGROUPS, Int(0), Null())
	}
	id := inside{in.UID, in.GID}
	if users >= 0 {
		// Who enters a user namespace has all capabilities in it, and no secure bits (user_namespaces(7)).
		b.because(in.mappedBy(), "")
		b.call("setns", unix.SYS_SETNS, Int(int64(users)), Sym(unix.CLONE_NEWUSER, "CLONE_NEWUSER"))
		b.because("", "")
		dropCapabilities(b)
		b.prctl(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS", Sym(secureBits, secureBitsText))
		id = in.inside()
	}
	uid, gid := Int(int64(id.UID)), Int(int64(id.GID))
	b.call("setresgid", unix.SYS_SETRESGID, gid, gid, gid)
	b.call("setresuid", unix.SYS_SETRESUID, uid, uid, uid)
	b.call("capset", unix.SYS_CAPSET, capHeader(), capNone())
	notDumpable(b)
	b.prctl(unix.PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS", Int(1), Int(0), Int(0), Int(0))
	dieWithMaker(b) // a change of uid takes that back (prctl(2), PR_SET_PDEATHSIG)
	return b.lastSteps(in, have)
}

// dieWithMaker: the first process, which a killed judge exec ends, kills it
// anyway; this is for the one case that somebody kills that.
func dieWithMaker(b *builder) {
	b.prctl(unix.PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG", Sym(uint64(unix.SIGKILL), "SIGKILL"))
}
