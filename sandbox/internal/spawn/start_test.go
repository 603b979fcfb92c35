package spawn

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// TestFirstStepFails: even the step that brings the control socket to its place
// is told of when it fails.
func TestFirstStepFails(t *testing.T) {
	bad := []plan.Step{{Name: "dup3", NR: unix.SYS_DUP3, Args: []plan.Arg{plan.Int(-1), plan.Int(ctlFD), plan.Int(0)}, FD: -1}}
	child, err := Start(bad, unix.CLONE_CLEAR_SIGHAND)
	if err != nil {
		t.Fatal(err)
	}
	poll := []unix.PollFd{{Fd: int32(child.PIDFD), Events: unix.POLLIN}}
	if _, err := unix.Poll(poll, 10_000); err != nil {
		t.Error(err)
	}
	m, _, err := child.Receive()
	if err != nil || m.Kind != Failed || m.List != 0 || m.Step != 0 || unix.Errno(m.Errno) != unix.EBADF {
		t.Errorf("it says %+v, %v", m, err)
	}
	if _, _, err := child.Receive(); !errors.Is(err, ErrGone) {
		t.Errorf("after it: %v", err)
	}
	if err := child.Reap(); err != nil {
		t.Error(err)
	}
}
