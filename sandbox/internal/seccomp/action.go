package seccomp

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Action is what a filter does with a call, as the value that the filter
// returns to the kernel (include/uapi/linux/seccomp.h, SECCOMP_RET_*).
type Action uint32

const (
	Allow Action = unix.SECCOMP_RET_ALLOW
	// Log lets the call pass and writes it to the kernel's audit log.
	Log Action = unix.SECCOMP_RET_LOG
	// Kill hands the call to the supervisor, which records it and ends the run.
	Kill Action = unix.SECCOMP_RET_USER_NOTIF
	// KillProcess is Kill on a host without notices: the whole process ends
	// with SIGSYS. It is never in a Spec, only in programs.
	KillProcess Action = unix.SECCOMP_RET_KILL_PROCESS & 0xffffffff

	errnoBase Action = unix.SECCOMP_RET_ERRNO
	dataMask  Action = unix.SECCOMP_RET_DATA

	// maxErrno bounds the numbers that have a name (include/uapi/asm-generic/errno.h, EHWPOISON).
	maxErrno = 133
)

// Errno is the action that answers a call with an error.
func Errno(e syscall.Errno) Action { return errnoBase | Action(e)&dataMask }

// Errno is the error that an errno action answers with; ok is false for other actions.
func (a Action) Errno() (e syscall.Errno, ok bool) {
	return syscall.Errno(a & dataMask), a&^dataMask == errnoBase
}

// String is the action as a policy writes it.
func (a Action) String() string {
	switch a {
	case Allow:
		return "allow"
	case Log:
		return "log"
	case Kill:
		return "kill"
	case KillProcess:
		return "kill-process"
	}
	if e, ok := a.Errno(); ok {
		return "errno:" + unix.ErrnoName(e)
	}
	return fmt.Sprintf("0x%x", uint32(a))
}

// MarshalText makes an action readable in the JSON that the helper is given.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (a *Action) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAction(string(text))
	return err
}

var actionWords = [...]string{"allow", "kill", "log", "errno:EPERM", "errno:ENOSYS", "errno:EACCES"}

// ParseAction reads an action as a policy writes it: "allow", "kill", "log" or
// "errno:NAME".
func ParseAction(s string) (Action, error) {
	switch s {
	case "allow":
		return Allow, nil
	case "log":
		return Log, nil
	case "kill":
		return Kill, nil
	}
	name, ok := strings.CutPrefix(s, "errno:")
	if !ok {
		return 0, &UnknownError{Kind: "action", Name: s, Nearest: nearest(s, each(actionWords[:]))}
	}
	for e := syscall.Errno(1); e <= maxErrno; e++ {
		if n := unix.ErrnoName(e); n == name && n != "" {
			return Errno(e), nil
		}
	}
	// Two names of one number: ErrnoName knows the first of each.
	switch name {
	case "EWOULDBLOCK":
		return Errno(unix.EWOULDBLOCK), nil
	case "EDEADLOCK":
		return Errno(unix.EDEADLOCK), nil
	case "ENOTSUP", "EOPNOTSUPP":
		return Errno(unix.ENOTSUP), nil
	}
	return 0, &UnknownError{Kind: "errno", Name: name, Nearest: nearest(name, errnoNames)}
}

func errnoNames(yield func(string) bool) {
	for e := syscall.Errno(1); e <= maxErrno; e++ {
		if n := unix.ErrnoName(e); n != "" && !yield(n) {
			return
		}
	}
}

func each(words []string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, w := range words {
			if !yield(w) {
				return
			}
		}
	}
}

// UnknownError says that a policy names something that does not exist.
type UnknownError struct {
	Kind    string // "system call", "group", "constant", "action", "errno"
	Name    string
	Nearest string // the nearest right one, "" if none is near
}

func (e *UnknownError) Error() string {
	s := fmt.Sprintf("unknown %s %q", e.Kind, e.Name)
	if e.Nearest != "" {
		s += fmt.Sprintf("; did you mean %q?", e.Nearest)
	}
	return s
}
