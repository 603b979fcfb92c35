// Package spawn makes the sandbox's two processes: a raw clone3(2) whose child
// only walks a flat list of system calls, and the protocol with it.
//
// The child is not re-executed (that costs more than all its system calls
// together), and has no Go runtime: it runs on a stack of its own, in code
// that needs neither heap nor globals, and its first steps unmap everything
// else that it inherited from judge.
package spawn

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// Streams are the program's standard streams, as descriptors of the caller's.
type Streams struct {
	In, Out, Err int
	Net          int // with them, a network namespace for PID 1 to enter; 0 for none
}

// A Child is PID 1 of a sandbox, seen from the parent.
type Child struct {
	PIDFD int // readable when PID 1 has ended, and with it all of the sandbox
	Ctl   int // readable when there is a message
	img   *image
	pid   int

	killedBy unix.Signal // what ended PID 1, once it is reaped; 0 for nothing
}

// KilledBy is the signal that ended PID 1, 0 if it ended by itself; known when it is reaped.
func (c *Child) KilledBy() unix.Signal { return c.killedBy }

// PID is PID 1's number in judge's own pid namespace. It is PID 1's until [Child.Reap].
func (c *Child) PID() int { return c.pid }

// rawClone3 is in assembly.
func rawClone3(args, size, entry uintptr, arg unsafe.Pointer) (pid, errno uintptr)

// Start clones PID 1, which walks the early steps and then waits for [Child.Load].
func Start(early []plan.Step, flags uint64) (*Child, error) {
	code, err := codeSpan()
	if err != nil {
		return nil, err
	}
	img, err := newImage(early, code)
	if err != nil {
		return nil, err
	}
	child, err := start(img, flags, code)
	if err != nil {
		img.free()
		return nil, err
	}
	return child, nil
}

func start(img *image, flags uint64, code span) (*Child, error) {
	if err := images.hide(code); err != nil {
		return nil, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair for the sandbox's init: %w", err)
	}
	defer unix.Close(pair[1])
	img.header().regs[plan.RegCtl] = uintptr(pair[1])
	pidfd, err := clone(img, flags)
	if err != nil {
		unix.Close(pair[0])
		return nil, err
	}
	return &Child{PIDFD: pidfd, Ctl: pair[0], img: img, pid: int(img.header().initPID)}, nil
}

// clone makes PID 1. All signals are blocked around it, so that the child
// starts with none of Go's handlers able to run before it has cleared them.
func clone(img *image, flags uint64) (int, error) {
	h := img.header()
	h.initClone.flags = flags | unix.CLONE_PIDFD | unix.CLONE_PARENT_SETTID
	all := ^uint64(0)
	var old uint64
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	sigprocmask(&all, &old)
	var errno unix.Errno
	if iscgo {
		errno = cloneBeyondRseq(h)
	} else {
		errno = h.spawn(&h.initClone, h.initEntry)
	}
	sigprocmask(&old, nil)
	if errno != 0 {
		return -1, os.NewSyscallError("clone3", errno)
	}
	return int(h.initPIDFD), nil
}

func (h *header) spawn(args *cloneArgs, entry uintptr) unix.Errno {
	_, errno := rawClone3(uintptr(unsafe.Pointer(args)), unsafe.Sizeof(*args), entry, unsafe.Pointer(h))
	return unix.Errno(errno)
}

// iscgo says that C code, and so a C library, is linked in.
//
//go:linkname iscgo runtime.iscgo
var iscgo bool

// cloneBeyondRseq clones PID 1 from a stepping stone. glibc registers an area
// of each thread's with the kernel (rseq(2)), which a fork inherits: PID 1
// would be killed at its first preemption, since it does not have that page.
// A clone that shares memory does not inherit it (rseq_fork, include/linux/rseq.h):
// so first one that does, which then clones PID 1 as its sibling.
func cloneBeyondRseq(h *header) unix.Errno {
	h.initClone.flags |= unix.CLONE_PARENT
	h.initClone.exitSignal = 0 // with CLONE_PARENT it is the stone's
	if errno := h.beside(walkStone); errno != 0 {
		return errno
	}
	return unix.Errno(h.initErrno)
}

func sigprocmask(set, old *uint64) {
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
}

// Load gives PID 1 the rest of its list, which begins with the early steps that
// it has, and the program's streams. It walks up to the step that waits for [Child.Go].
func (c *Child) Load(p *plan.Plan, std Streams) error {
	if err := c.img.load(p); err != nil {
		return err
	}
	fds := []int{std.In, std.Out, std.Err}
	if std.Net > 0 {
		fds = append(fds, std.Net)
	}
	return sendRights(c.Ctl, fds)
}

// Go lets PID 1 start the program, which joins its cgroups by these descriptors.
func (c *Child) Go(fds []int) error { return sendRights(c.Ctl, fds) }

// Receive reads the next message, without waiting for one: unix.EAGAIN says
// that there is none, [ErrGone] that there will be none.
func (c *Child) Receive() (Message, []int, error) { return receive(c.Ctl) }

// Network waits for PID 1's network namespace, which is the caller's to close,
// or for the message that something failed before.
func (c *Child) Network(patience time.Duration) (fd int, failed *Message, err error) {
	for end := time.Now().Add(patience); ; {
		m, fds, err := c.Receive()
		switch {
		case errors.Is(err, unix.EAGAIN):
			if time.Now().After(end) {
				return -1, nil, fmt.Errorf("the sandbox's init has not made its network namespace in %v", patience)
			}
			poll := []unix.PollFd{{Fd: int32(c.Ctl), Events: unix.POLLIN}}
			if _, err := unix.Poll(poll, 1000); err != nil && err != unix.EINTR {
				return -1, nil, fmt.Errorf("poll for the sandbox's init: %w", err)
			}
			continue
		case err != nil:
			return -1, nil, err
		case m.Kind == Network && len(fds) == 1:
			return fds[0], nil, nil
		}
		CloseAll(fds)
		if m.Kind == Failed {
			return -1, &m, nil
		}
		return -1, nil, fmt.Errorf("the sandbox's init sent a message of kind %d with %d descriptors, its network namespace was expected", m.Kind, len(fds))
	}
}

// Kill ends every process of the sandbox. They are gone when PIDFD is readable.
func (c *Child) Kill() error {
	if err := unix.PidfdSendSignal(c.PIDFD, unix.SIGKILL, nil, 0); err != nil && err != unix.ESRCH {
		return fmt.Errorf("kill the sandbox's init: %w", err)
	}
	return nil
}

// Reap waits until PID 1, and so every process of the sandbox, is gone, and
// gives back what the parent held of it.
func (c *Child) Reap() error {
	err := c.wait()
	unix.Close(c.PIDFD)
	unix.Close(c.Ctl)
	return err
}

func (c *Child) wait() error {
	var info siginfoChild
	for {
		err := unix.Waitid(unix.P_PIDFD, c.PIDFD, (*unix.Siginfo)(unsafe.Pointer(&info)), unix.WEXITED, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("wait for the sandbox's init: %w", err)
		}
		if info.code == cldKilled || info.code == cldDumped {
			c.killedBy = unix.Signal(info.status)
		}
		c.img.free()
		return nil
	}
}

// siginfoChild is siginfo_t as waitid(2) fills it.
type siginfoChild struct {
	signo, errno, code, _ int32
	pid, uid, status      int32
	_                     [128 - 7*4]byte
}

// Values of si_code (include/uapi/asm-generic/siginfo.h).
const (
	cldKilled = 2
	cldDumped = 3
)
