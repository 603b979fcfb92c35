package filter

import (
	"golang.org/x/sys/unix"

	"judge/sandbox/internal/seccomp"
)

// A look is an argument that a learnt policy binds, as far as mask tells its
// values apart.
type look struct {
	arg  int
	mask uint64
}

const (
	word       = 1<<32 - 1 // the kernel reads an int
	socketType = 0xf       // less SOCK_CLOEXEC and SOCK_NONBLOCK
	namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
		unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET
)

// watched are the arguments of those calls of which one argument opens another
// door than the next: what can be reached with them hangs on it. A learnt
// policy allows them with the arguments that were seen, and with no others.
func watched(call string) []look {
	switch call {
	case "clone":
		return []look{{0, namespaces}}
	case "socket", "socketpair":
		return []look{{0, word}, {1, socketType}, {2, word}} // see class
	case "unshare", "prctl", "personality", "ptrace", "keyctl", "bpf", "seccomp", "prlimit64":
		return []look{{0, word}}
	case "ioctl", "setns":
		return []look{{1, word}}
	case "mknod":
		return []look{{1, unix.S_IFMT}}
	case "mknodat":
		return []look{{2, unix.S_IFMT}}
	}
	return nil
}

// class is what a learnt policy says of the arguments of a call like this one.
func class(p point) []seccomp.Condition {
	looks := watched(p.name)
	switch {
	case p.name == "prlimit64" && uint32(p.args[0]) != 0:
		return nil // a process by its number, which is another one each time
	case len(looks) == 3 && uint32(p.args[0]) != unix.AF_NETLINK:
		looks = looks[:2] // but of netlink each protocol is another part of the kernel
	}
	var when []seccomp.Condition
	for _, l := range looks {
		when = append(when, seccomp.Condition{Arg: l.arg, Mask: l.mask, Op: seccomp.Equal, Value: p.args[l.arg] & l.mask})
	}
	return when
}

// unseen are calls that a program may make another time, though it did not
// make them this time, nor need any filter stop them. They are added only if
// the base allows them.
var unseen = []struct {
	name, why string
	threads   bool // for programs that start threads
}{
	{"execve", "starts the program itself; not counted", false},
	{"exit_group", "ends it; not counted", false},
	{"exit", "ends a thread; not counted", true},
	{"rt_sigreturn", "not seen: the end of a signal's handler", false},
	{"restart_syscall", "not seen: the kernel's own, when a wait goes on after a stop", false},
	{"rt_sigprocmask", "not seen: abort(3), so that a crash is told as one", false},
	{"getpid", "not seen: abort(3), so that a crash is told as one", false},
	{"gettid", "not seen: abort(3), so that a crash is told as one", false},
	{"tgkill", "not seen: abort(3), so that a crash is told as one", false},
	{"clock_gettime", "not seen: a call where the clock cannot be read without", false},
	{"gettimeofday", "not seen: a call where the clock cannot be read without", false},
	{"time", "not seen: a call where the clock cannot be read without", false},
	{"futex", "not seen: when threads meet", true},
	{"sched_yield", "not seen: when threads meet", true},
	{"madvise", "not seen: when threads end, or share memory", true},
	{"mprotect", "not seen: when threads share memory", true},
	{"munmap", "not seen: when threads end, or share memory", true},
}
