package spawn

import (
	"errors"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func socketPair(t *testing.T) (parent, init int) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Close(pair[0])
		unix.Close(pair[1])
	})
	return pair[0], pair[1]
}

// say sends what PID 1 might.
func say(t *testing.T, fd int, data []byte, fds ...int) {
	t.Helper()
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	if err := unix.Sendmsg(fd, data, oob, nil, 0); err != nil {
		t.Fatal(err)
	}
}

func bytesOf(m *Message) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(m)), messageSize)
}

func openFDs(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestReceive(t *testing.T) {
	parent, init := socketPair(t)
	if _, _, err := receive(parent); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("no message: %v, want EAGAIN", err)
	}
	sent := Message{Kind: Started, PID: 2, ExecCPU: unix.Timespec{Nsec: 500}, JoinCPU: unix.Timespec{Nsec: 200}}
	say(t, init, bytesOf(&sent), init, init)
	got, fds, err := receive(parent)
	if err != nil || got != sent || len(fds) != 2 {
		t.Errorf("%+v %v %v", got, fds, err)
	}
	for _, fd := range fds {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor %d would be inherited: %#x %v", fd, flags, err)
		}
		unix.Close(fd)
	}
	if got.SetupCPU() != 300 || got.Executed() {
		t.Errorf("set-up %v, executed: %t", got.SetupCPU(), got.Executed())
	}
	exited := Message{Kind: Exited, Status: 7 << 8}
	say(t, init, bytesOf(&exited))
	if got, fds, err = receive(parent); err != nil || got.WaitStatus().ExitStatus() != 7 || len(fds) != 0 {
		t.Errorf("%+v %v %v", got, fds, err)
	}
}

// PID 1 may have been taken over: nothing that it sends confuses judge.
func TestReceiveNonsense(t *testing.T) {
	whole := bytesOf(&Message{Kind: Started})
	for name, data := range map[string][]byte{"a byte": {1}, "a byte less": whole[1:], "a byte more": append(append([]byte{}, whole...), 0), "much": make([]byte, 60_000)} {
		parent, init := socketPair(t)
		say(t, init, data)
		if m, _, err := receive(parent); err == nil && name != "a byte more" && name != "much" { // these are cut
			t.Errorf("%s is taken for a message: %+v", name, m)
		}
	}
	for name, data := range map[string][]byte{"a byte": {1}, "a byte less": whole[1:], "no byte": {}} {
		parent, init := socketPair(t)
		before := openFDs(t)
		say(t, init, data, init, init, init)
		if _, fds, err := receive(parent); err == nil || len(fds) > 0 {
			t.Errorf("%s with descriptors: %v, %v", name, fds, err)
		}
		if after := openFDs(t); after != before {
			t.Errorf("%s: of three descriptors %d stay", name, after-before)
		}
	}
	parent, init := socketPair(t)
	before := openFDs(t)
	say(t, init, whole, init, init, init, init, init, init, init, init, init, init)
	_, fds, err := receive(parent)
	for _, fd := range fds {
		unix.Close(fd)
	}
	if after := openFDs(t); after != before {
		t.Errorf("of ten descriptors %d stay (%v)", after-before, err)
	}
}

func TestReceiveFromNobody(t *testing.T) {
	parent, init := socketPair(t)
	last := Message{Kind: Failed, Step: 3}
	say(t, init, bytesOf(&last))
	if err := unix.Shutdown(init, unix.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	if m, _, err := receive(parent); err != nil || m.Step != 3 {
		t.Errorf("the last message: %+v %v", m, err)
	}
	if _, _, err := receive(parent); !errors.Is(err, ErrGone) {
		t.Errorf("after it: %v, want ErrGone", err)
	}
	if err := sendRights(parent, nil); err != nil {
		t.Errorf("to nobody: %v, what it said last tells why", err)
	}
}
