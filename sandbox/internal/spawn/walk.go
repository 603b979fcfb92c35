package spawn

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// Everything in this file runs in the child, which has no Go runtime: no g, no
// heap, no globals (they are not mapped). So: nosplit, no allocation, no
// pointer writes that need a barrier, no bounds check that can fail, and system
// calls through syscall.RawSyscall6 only, which is written for the same place
// (go src/syscall/exec_linux.go, forkAndExecInChild1).

// header is the start of the region: what the interpreter itself reads and writes.
type header struct {
	regs  [plan.NumRegs]uintptr
	lists [3]unsafe.Pointer // to op, each ended by opEnd: PID 1's early steps, its others, the program's
	early uint32            // how many the first are
	apart uint32            // not 0: this is not PID 1, whose end would be the program's
	clone cloneArgs         // of the program's process
	entry uintptr           // where it starts

	initEntry uintptr // where PID 1 does

	msg Message

	initClone cloneArgs // of PID 1; the parent's
	initPIDFD int32
	initPID   int32
	initErrno uint32
	stone     cloneArgs // see start.go, clone
	opening   opening   // see open.go

	// Scratch: one of each is enough, there is one thread.
	pidfd int32
	iov   [2]uintptr
	hdr   unix.Msghdr
	poll  [2]unix.PollFd
	info  [128]byte // struct signalfd_siginfo
	spare unix.Rusage

	// What early steps point to.
	zero    [64]byte
	root    [8]byte
	name    [16]byte
	control [32]byte // struct cmsghdr and three descriptors
	one     [8]byte
	oneIov  [2]uintptr
	streams [7]uintptr // struct msghdr
}

// cloneArgs is struct clone_args of <linux/sched.h>.
type cloneArgs struct {
	flags, pidfd, childTID, parentTID, exitSignal,
	stack, stackSize, tls, setTID, setTIDSize, cgroup uint64
}

// op is a plan.Step with all addresses known.
type op struct {
	nr     uintptr
	a      [6]uintptr
	kind   uint32
	regs   uint8 // bit i: a[i] is a register's number
	each   uint8 // bit i: a[i] is the running value
	lo, hi uintptr
}

const (
	opEnd  = ^uint32(0)
	opSize = unsafe.Sizeof(op{})
)

// walkInit is where PID 1 starts.
//
//go:nosplit
//go:norace
func walkInit(base unsafe.Pointer) {
	h := (*header)(base)
	walk(h, h.lists[0], 0, 0)
	walk(h, h.lists[1], 0, h.early) // the last early step waited for it
	exit(0)
}

// walkStone is where the stepping stone starts, and ends.
//
//go:nosplit
//go:norace
func walkStone(base unsafe.Pointer) {
	h := (*header)(base)
	_, errno := rawClone3(uintptr(unsafe.Pointer(&h.initClone)), unsafe.Sizeof(h.initClone), h.initEntry, base)
	h.initErrno = uint32(errno)
	exit(0)
}

// walkProgram is where the program's process starts. It shares PID 1's memory
// and descriptors until exec.
//
//go:nosplit
//go:norace
func walkProgram(base unsafe.Pointer) {
	h := (*header)(base)
	walk(h, h.lists[2], 1, 0)
	exit(1)
}

// walk executes the steps at a place, which are those of a list from a number
// on; it comes back when they end, or not at all.
//
//go:nosplit
//go:norace
func walk(h *header, at unsafe.Pointer, list, step uint32) {
	for ; ; step++ {
		o := *(*op)(at) // a copy: a write to the list would cost a page
		if o.kind == opEnd {
			return
		}
		load(h, &o)
		errno := execute(h, &o)
		if errno != 0 {
			fail(h, list, step, uint32(errno))
		}
		at = unsafe.Add(at, opSize)
	}
}

// load replaces the numbers of registers by their values.
//
//go:nosplit
//go:norace
func load(h *header, o *op) {
	for i := uintptr(0); i < 6; i++ {
		if o.regs&(1<<i) != 0 {
			a := (*uintptr)(unsafe.Add(unsafe.Pointer(&o.a), i*unsafe.Sizeof(uintptr(0))))
			*a = *(*uintptr)(unsafe.Add(unsafe.Pointer(&h.regs), *a*unsafe.Sizeof(uintptr(0))))
		}
	}
}

//go:nosplit
//go:norace
func execute(h *header, o *op) syscall.Errno {
	switch plan.Op(o.kind) {
	case plan.OpRange:
		return ranged(o)
	case plan.OpDrain:
		for {
			n, errno := call(o)
			if errno != 0 || n == 0 {
				return errno
			}
		}
	case plan.OpTry:
		call(o)
		return 0
	case plan.OpReceive:
		n, errno := call(o)
		if n == 0 && errno == 0 {
			exit(0) // the parent is gone
		}
		return errno
	case plan.OpVfork:
		return vfork(h, o)
	case plan.OpReport:
		h.msg.Kind = Started
		return send(h, o.a[0], o.a[1], o.a[2])
	case plan.OpHandNetwork:
		h.msg.Kind = Network
		return send(h, o.a[0], o.a[1], o.a[2])
	case plan.OpHandEntrance: // the program's process may have ended before it had all: that is told by other means
		h.msg.Kind = Entrance
		send(h, o.a[0], o.a[1], o.a[2])
		return 0
	case plan.OpServe, plan.OpServeAll, plan.OpServeOne:
		return serve(h, o)
	}
	_, errno := call(o)
	return errno
}

//go:nosplit
//go:norace
func call(o *op) (uintptr, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(o.nr, o.a[0], o.a[1], o.a[2], o.a[3], o.a[4], o.a[5])
	return n, errno
}

//go:nosplit
//go:norace
func ranged(o *op) syscall.Errno {
	for v := o.lo; v <= o.hi; v++ {
		for i := uintptr(0); i < 6; i++ {
			if o.each&(1<<i) != 0 {
				*(*uintptr)(unsafe.Add(unsafe.Pointer(&o.a), i*unsafe.Sizeof(uintptr(0)))) = v
			}
		}
		if _, errno := call(o); errno != 0 && errno != syscall.EINVAL {
			return errno
		}
	}
	return 0
}

// vfork makes the program's process. When it comes back, that has executed the
// program, or has ended; in the second case with a note of why, unless it was
// killed.
//
//go:nosplit
//go:norace
func vfork(h *header, o *op) syscall.Errno {
	h.clone.flags = uint64(o.a[0])
	h.clone.cgroup = uint64(o.a[1])
	pid, errno := rawClone3(uintptr(unsafe.Pointer(&h.clone)), unsafe.Sizeof(h.clone), h.entry, unsafe.Pointer(h))
	if errno != 0 {
		return syscall.Errno(errno)
	}
	h.msg.PID = int32(pid)
	if h.msg.Kind == Failed { // noted by the program's process
		await(h) // where this is not PID 1, nobody else might
		report(h)
	}
	return 0
}

// fail notes which step failed. PID 1 sends the note; the program's process
// leaves that to PID 1, which wakes up when it ends.
//
//go:nosplit
//go:norace
func fail(h *header, list, step, errno uint32) {
	h.msg.Kind = Failed
	h.msg.List = list
	h.msg.Step = step
	h.msg.Errno = errno
	if list == 0 && h.apart != 0 && h.msg.PID != 0 {
		end(h)
	}
	switch {
	case list != 0:
	case step == 0: // which is to bring the control socket to its place
		send(h, h.regs[plan.RegCtl], 0, 0)
	default:
		report(h)
	}
	exit(1)
}

//go:nosplit
//go:norace
func report(h *header) {
	send(h, ctlFD, 0, 0)
	exit(1)
}

// send sends the message, with the control message if there is one.
//
//go:nosplit
//go:norace
func send(h *header, fd, control, controlLen uintptr) syscall.Errno {
	h.iov[0] = uintptr(unsafe.Pointer(&h.msg))
	h.iov[1] = unsafe.Sizeof(h.msg)
	hdr := (*[7]uintptr)(unsafe.Pointer(&h.hdr)) // words of struct msghdr: its pointers must be written without a barrier
	hdr[2] = uintptr(unsafe.Pointer(&h.iov))
	hdr[3] = 1
	hdr[4] = control
	hdr[5] = controlLen
	_, _, errno := syscall.RawSyscall6(syscall.SYS_SENDMSG, fd, uintptr(unsafe.Pointer(&h.hdr)), unix.MSG_NOSIGNAL, 0, 0, 0)
	return errno
}

// serve is the rest of PID 1's life: it reaps what ends, and ends itself when
// the program or the parent has. The kernel then kills what is left in the
// namespace (pid_namespaces(7)).
//
//go:nosplit
//go:norace
func serve(h *header, o *op) syscall.Errno {
	for {
		h.poll[0].Fd, h.poll[0].Events = int32(o.a[0]), unix.POLLIN
		h.poll[1].Fd, h.poll[1].Events = int32(o.a[1]), unix.POLLIN
		_, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&h.poll)), 2, 0, 0, 0, 0)
		if errno != 0 && errno != syscall.EINTR {
			return errno
		}
		if h.poll[0].Revents != 0 { // the parent says nothing after its go-ahead: this is its end
			if plan.Op(o.kind) == plan.OpServeOne {
				end(h)
			}
			exit(0)
		}
		syscall.RawSyscall6(syscall.SYS_READ, o.a[1], uintptr(unsafe.Pointer(&h.info)), unsafe.Sizeof(h.info), 0, 0, 0)
		reap(h, plan.Op(o.kind) == plan.OpServeAll)
	}
}

//go:nosplit
//go:norace
func reap(h *header, all bool) {
	for {
		var ru = uintptr(unsafe.Pointer(&h.spare))
		status := int32(0)
		pid, _, _ := syscall.RawSyscall6(syscall.SYS_WAIT4, ^uintptr(0), uintptr(unsafe.Pointer(&status)), syscall.WNOHANG, ru, 0, 0)
		if int32(pid) <= 0 {
			return
		}
		if int32(pid) != h.msg.PID {
			continue
		}
		syscall.RawSyscall6(syscall.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&h.msg.EndWall)), 0, 0, 0, 0)
		h.msg.Kind = Exited
		h.msg.Status = status
		h.msg.Rusage = h.spare
		if all {
			sumUp(h)
		}
		send(h, ctlFD, 0, 0)
		exit(0)
	}
}

// sumUp ends what the program left behind and waits for it, which the kernel
// would do after PID 1's end: then its times are in PID 1's, of children
// (getrusage(2)).
//
//go:nosplit
//go:norace
func sumUp(h *header) {
	syscall.RawSyscall6(syscall.SYS_KILL, ^uintptr(0), uintptr(syscall.SIGKILL), 0, 0, 0, 0) // ESRCH: there is nobody
	for {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_WAIT4, ^uintptr(0), 0, 0, 0, 0, 0)
		if errno != 0 && errno != syscall.EINTR {
			break // ECHILD
		}
	}
	syscall.RawSyscall6(syscall.SYS_GETRUSAGE, ^uintptr(0), uintptr(unsafe.Pointer(&h.msg.Rusage)), 0, 0, 0, 0) // RUSAGE_CHILDREN is -1
}

// end kills the program, which no PID 1's end would, and waits for it.
//
//go:nosplit
//go:norace
func end(h *header) {
	syscall.RawSyscall6(syscall.SYS_KILL, uintptr(h.msg.PID), uintptr(syscall.SIGKILL), 0, 0, 0, 0)
	await(h)
}

// await reaps the program's process.
//
//go:nosplit
//go:norace
func await(h *header) {
	for {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_WAIT4, uintptr(h.msg.PID), 0, 0, 0, 0, 0)
		if errno != syscall.EINTR {
			return
		}
	}
}

//go:nosplit
//go:norace
func exit(code uintptr) {
	for {
		syscall.RawSyscall6(syscall.SYS_EXIT_GROUP, code, 0, 0, 0, 0, 0)
	}
}
