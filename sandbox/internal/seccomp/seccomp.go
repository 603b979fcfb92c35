// Package seccomp turns a policy's [seccomp] into the program that the kernel
// runs at each system call, and reads what the kernel says of the calls that
// the program hands over.
//
//	policy.Seccomp  -- Resolve -->  Spec     normal form: a list of rules for each call
//	Spec            -- Load ----->  Filter   embedded, from the cache, or from judge-seccomp
//	notification fd -- Receive -->  Notice   the call that the kernel holds back
//	Notice          -- Call ----->  Violation and text for the report
//
// # Who compiles
//
// This package is part of judge, whose start-up is counted in microseconds, so
// it has no cgo and builds no tables when it starts. The filters of the built-in
// policies are embedded compiled. Other filters are made once by judge-seccomp,
// which has libseccomp, and then come from a cache directory. The type layout says how
// the work is divided between libseccomp and its method link.
//
// # How a call is refused
//
// The action kill is SECCOMP_RET_USER_NOTIF: the kernel stops the thread before
// the call is made and tells the holder of the listener, who records it and
// ends the run. The call is never answered with "continue": its arguments may
// have changed since (seccomp_unotify(2)). A foreign architecture and x32 are
// handed over in the same way; otherwise they would look like a SIGSYS that the
// program raised itself. When the listener is gone, the kernel answers the call
// with ENOSYS (seccomp_do_user_notification, kernel/seccomp.c), so nobody hangs
// and nothing gets through.
package seccomp

// Filter is a program for the kernel.
type Filter struct {
	// Program is an array of struct sock_filter in the order of this host's bytes.
	Program      []byte
	Instructions int
	// UsesNotify says that some calls are handed over, so that the filter must
	// be installed with SECCOMP_FILTER_FLAG_NEW_LISTENER.
	UsesNotify bool
}

func newFilter(program []byte) Filter {
	return Filter{Program: program, Instructions: len(program) / instructionSize, UsesNotify: usesNotify(program)}
}
