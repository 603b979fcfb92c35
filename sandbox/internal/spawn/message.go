package spawn

import (
	"errors"
	"fmt"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What goes over the control socket, a SOCK_SEQPACKET pair, in this order:
//
//	parent -> PID 1   the list is in its memory; with the program's standard streams
//	parent -> PID 1   the cgroups are ready; with the descriptors by which the program joins them
//	PID 1 -> parent   Network: for a run on a bridge, before the go-ahead, with its network namespace
//	PID 1 -> parent   Entrance: for a run of an ordinary user's that has a name, before Started, with what a second command enters by
//	PID 1 -> parent   Failed: step Step of list List ended with Errno; PID 1 ends
//	PID 1 -> parent   Started: with a pidfd of the program, the writable tmpfs, the upper end of its
//	                  terminal, if it has one, and, where a filter gives notices, their listener; where the run has no
//	                  cgroup, its /proc
//	PID 1 -> parent   Exited: Status and Rusage of the program; PID 1 ends, and with it all that is left
//
// The end of file is a message too: the parent's means that it is gone, and
// PID 1 ends at once; PID 1's means that it is gone.

// Kind of a Message.
type Kind uint32

const (
	Failed Kind = iota + 1
	Started
	Exited
	Network
	Entrance
)

// A Message is what PID 1 tells the parent, laid out as it is sent.
type Message struct {
	Kind  Kind
	List  uint32 // 0: PID 1's, 1: the program's
	Step  uint32
	Errno uint32

	PID    int32 // of the program, in its namespace
	Status int32 // as wait4(2) gives it

	JoinCPU  unix.Timespec // CPU time of the program's process when it had joined its cgroups,
	ExecCPU  unix.Timespec // and right before exec: the difference is billed to the cgroup, but is judge's
	ExecWall unix.Timespec // CLOCK_MONOTONIC right before exec
	EndWall  unix.Timespec // CLOCK_MONOTONIC when PID 1 had reaped the program

	Rusage unix.Rusage // of the program's process, and of what it waited for; after plan.OpServeAll, of all processes of the run
}

// Executed says whether the program was reached: its process may have been
// killed on the last steps before it.
func (m *Message) Executed() bool { return m.ExecWall != (unix.Timespec{}) }

// SinceExec is the time that has passed since the program was executed.
func (m *Message) SinceExec() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0
	}
	return time.Duration(now.Nano() - m.ExecWall.Nano())
}

// SetupCPU is the processor time that the cgroup was billed for judge's own
// last steps before exec.
func (m *Message) SetupCPU() time.Duration {
	return time.Duration(m.ExecCPU.Nano() - m.JoinCPU.Nano())
}

// WaitStatus of the program; valid in an Exited message.
func (m *Message) WaitStatus() syscall.WaitStatus { return syscall.WaitStatus(m.Status) }

// ErrGone says that PID 1 ended without a last message: it was killed.
var ErrGone = errors.New("the sandbox's init is gone")

const messageSize = int(unsafe.Sizeof(Message{}))

// maxRights is how many descriptors come with a message at most: those of Entrance.
const maxRights = 10

// receive reads one message and the descriptors that came with it. Those of
// what is no message are closed.
func receive(ctl int) (Message, []int, error) {
	var m Message
	buf := unsafe.Slice((*byte)(unsafe.Pointer(&m)), messageSize)
	oob := make([]byte, unix.CmsgSpace(4*maxRights))
	n, oobn, _, _, err := unix.Recvmsg(ctl, buf, oob, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
	if err != nil {
		return m, nil, fmt.Errorf("recvmsg from the sandbox's init: %w", err)
	}
	fds, err := rights(oob[:oobn])
	switch {
	case err != nil:
	case n == 0:
		err = ErrGone
	case n != messageSize:
		err = fmt.Errorf("the sandbox's init sent %d bytes instead of %d", n, messageSize)
	default:
		return m, fds, nil
	}
	CloseAll(fds)
	return m, nil, err
}

// CloseAll closes descriptors that came with a message, and that nobody wants.
func CloseAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// rights are the descriptors of a control message; with an error, those found before it.
func rights(oob []byte) ([]int, error) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("control message of the sandbox's init: %w", err)
	}
	var all []int
	for i := range msgs {
		fds, err := unix.ParseUnixRights(&msgs[i])
		if err != nil {
			return all, fmt.Errorf("control message of the sandbox's init: %w", err)
		}
		all = append(all, fds...)
	}
	return all, nil
}

// sendRights sends one of the parent's messages: a byte, and descriptors. That
// PID 1 has ended is no error here: what it said last tells why.
func sendRights(ctl int, fds []int) error {
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	if err := unix.Sendmsg(ctl, []byte{1}, oob, nil, unix.MSG_NOSIGNAL); err != nil && err != unix.EPIPE {
		return fmt.Errorf("send descriptors to the sandbox's init: %w", err)
	}
	return nil
}
