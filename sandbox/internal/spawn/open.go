package spawn

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// opening is one openat2(2) that is made in another user namespace.
type opening struct {
	ns, dir, path, how uintptr
	fd                 int32
	errno              uint32
}

// OpenIn is openat2(2) with the rights of root of a user namespace, ns, that
// judge's user has made: a program with several threads cannot enter one
// (setns(2)). A process that shares memory and descriptors with judge does it,
// for that one call.
func OpenIn(ns, dir int, path string, how unix.OpenHow) (int, error) {
	code, err := codeSpan()
	if err != nil {
		return -1, err
	}
	img, err := newImage(nil, code)
	if err != nil {
		return -1, err
	}
	defer img.free()
	h := img.header()
	at := (*unix.OpenHow)(img.take(int(unsafe.Sizeof(how))))
	*at = how
	h.opening = opening{ns: uintptr(ns), dir: uintptr(dir), path: uintptr(img.text(path)), how: uintptr(unsafe.Pointer(at))}
	if errno := h.beside(walkOpen); errno != 0 {
		return -1, os.NewSyscallError("clone3", errno)
	}
	if h.opening.errno != 0 {
		return -1, unix.Errno(h.opening.errno)
	}
	return int(h.opening.fd), nil
}

// beside has a process that shares judge's memory and descriptors walk, and
// waits for its end.
func (h *header) beside(walk func(unsafe.Pointer)) unix.Errno {
	all := ^uint64(0)
	var old uint64
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	sigprocmask(&all, &old)
	pid, errno := rawClone3(uintptr(unsafe.Pointer(&h.stone)), unsafe.Sizeof(h.stone), entryPC(walk), unsafe.Pointer(h))
	sigprocmask(&old, nil)
	if errno != 0 {
		return unix.Errno(errno)
	}
	for {
		if _, err := unix.Wait4(int(pid), nil, unix.WALL, nil); err != unix.EINTR {
			return 0
		}
	}
}

// walkOpen is where that process starts, and ends.
//
//go:nosplit
//go:norace
func walkOpen(base unsafe.Pointer) {
	h := (*header)(base)
	o := &h.opening
	_, _, errno := syscall.RawSyscall6(unix.SYS_SETNS, o.ns, unix.CLONE_NEWUSER, 0, 0, 0, 0)
	if errno == 0 {
		var fd uintptr
		fd, _, errno = syscall.RawSyscall6(unix.SYS_OPENAT2, o.dir, o.path, o.how, unsafe.Sizeof(unix.OpenHow{}), 0, 0)
		o.fd = int32(fd)
	}
	o.errno = uint32(errno)
	exit(0)
}
