package doctor

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// askNotif asks how large notices are, which kernels without them do not know
// (seccomp(2), SECCOMP_GET_NOTIF_SIZES).
func askNotif() unix.Errno {
	var sizes [3]uint16
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_NOTIF_SIZES, 0, uintptr(unsafe.Pointer(&sizes)))
	if errno == unix.EINVAL {
		return unix.ENOSYS
	}
	return errno
}
