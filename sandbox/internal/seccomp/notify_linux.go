package seccomp

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Notice is a call that the kernel holds back and tells the listener of.
type Notice struct {
	ID   uint64
	PID  int // of the thread, as the receiver's PID namespace numbers it; 0 if it has no number there
	Arch Arch
	NR   int
	IP   uint64
	Args [6]uint64
}

// notif is struct seccomp_notif with struct seccomp_data within, and response
// struct seccomp_notif_resp (include/uapi/linux/seccomp.h, since Linux 5.0).
type notif struct {
	id         uint64
	pid, flags uint32
	nr         int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

type response struct {
	id    uint64
	val   int64
	err   int32
	flags uint32
}

// ErrGone says that there is no call to be received: its thread ended first,
// or another reader had it.
var ErrGone = errors.New("the call that the notice was of is gone")

// Sizes asks the kernel how large its structures for notices are; an error of
// EINVAL or ENOSYS says that it has none (before Linux 5.0).
func Sizes() (notif, resp, data int, err error) {
	var s struct{ notif, resp, data uint16 } // struct seccomp_notif_sizes
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_NOTIF_SIZES, 0, uintptr(unsafe.Pointer(&s)))
	if errno != 0 {
		return 0, 0, 0, os.NewSyscallError("seccomp SECCOMP_GET_NOTIF_SIZES", errno)
	}
	return int(s.notif), int(s.resp), int(s.data), nil
}

// A Listener receives what a filter hands over. Receive from one goroutine.
type Listener struct {
	buf []uint64 // as large as the kernel's structure; longer ones only grow at the end
}

// NewListener prepares for the structures of this kernel.
func NewListener() (*Listener, error) {
	size, _, _, err := Sizes()
	if err != nil {
		return nil, err
	}
	if least := int(unsafe.Sizeof(notif{})); size < least {
		return nil, fmt.Errorf("the kernel's notices have %d bytes, want %d or more", size, least)
	}
	return &Listener{make([]uint64, (size+7)/8)}, nil
}

// Receive takes the next notice from a listening descriptor. Call it when poll
// says POLLIN: the call itself would wait, whatever O_NONBLOCK says. It returns
// ErrGone when the thread ended in between.
func (l *Listener) Receive(fd int) (Notice, error) {
	clear(l.buf) // the kernel refuses a structure that is not zero: seccomp_notify_recv, kernel/seccomp.c
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&l.buf[0])))
		switch errno {
		case 0:
			n := (*notif)(unsafe.Pointer(&l.buf[0]))
			return Notice{ID: n.id, PID: int(n.pid), Arch: Arch(n.arch), NR: int(n.nr), IP: n.ip, Args: n.args}, nil
		case unix.EINTR:
		case unix.ENOENT:
			return Notice{}, ErrGone
		default:
			return Notice{}, os.NewSyscallError("ioctl SECCOMP_IOCTL_NOTIF_RECV", errno)
		}
	}
}

// Valid says whether the notice's thread still waits in the call, so that its
// PID is its own and not a successor's.
func Valid(fd int, id uint64) bool {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_ID_VALID, uintptr(unsafe.Pointer(&id)))
	return errno == 0
}

// Refuse answers a held call with an error.
func Refuse(fd int, id uint64, e unix.Errno) error {
	return respond(fd, response{id: id, err: -int32(e)})
}

// Continue lets a held call be made. It is for recording what trusted programs
// do and for nothing else: the arguments may have changed since the filter
// looked at them (seccomp_unotify(2), since Linux 5.5).
func Continue(fd int, id uint64) error {
	return respond(fd, response{id: id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE})
}

func respond(fd int, r response) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&r)))
	switch errno {
	case 0:
		return nil
	case unix.ENOENT:
		return ErrGone
	}
	return os.NewSyscallError("ioctl SECCOMP_IOCTL_NOTIF_SEND", errno)
}
