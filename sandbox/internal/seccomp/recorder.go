package seccomp

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"judge/sandbox/seccomptree"
)

// unrecorded are the calls that a Recorder lets through unseen. They are made
// while nobody listens yet: the listener is handed on only when execve has
// succeeded, and a process in which it failed has nothing left but to exit.
// Every filter must allow them anyhow.
var unrecorded = [...]string{"execve", "exit", "exit_group"}

// Recorder is a filter that hands over every call but those few that a process
// makes before anybody listens: execve, exit and exit_group. It is for learning
// what a trusted program needs: the listener answers each with Continue or
// Refuse. What comes by another ABI is handed over, whatever its number.
func Recorder(arch Arch) Filter {
	l := layout{arch: arch, leaves: [][]Rule{{{Action: Kill}}, {{Action: Allow}}}}
	extents := []extent{{0, l.def}}
	for _, name := range unrecorded {
		if nr, ok := Number(arch, name); ok {
			extents = l.insert(extents, seccomptree.Call{Name: name, Number: nr, Leaf: 1})
		}
	}
	return newFilter(encode(l.program(extents, (*graph).inOrder)))
}

// CanWait says whether this kernel lets a call that the listener has received be
// interrupted by nothing but a kill (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
// since Linux 5.19). Without it a signal with a handler may end a call with
// EINTR that never does so otherwise. A filter that is no address is looked at
// only after the flags (seccomp_prepare_user_filter, kernel/seccomp.c).
func CanWait() bool {
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(nil)))
	return errno == unix.EFAULT
}
