package sandbox_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"judge/sandbox"
)

// TestSignalFD: a byte is a signal for the program; beside another source of
// signals it would not be listened to, which is refused.
func TestSignalFD(t *testing.T) {
	program := actor(t)
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(p[0])
	defer unix.Close(p[1])
	cmd := sandbox.Command{Args: []string{program, "sleep", "600000"}, SignalFD: p[0]}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var usage *sandbox.UsageError
	if _, err := sandbox.Run(ctx, cmd, builtin(t, "strict")); !errors.As(err, &usage) {
		t.Errorf("beside a context that can end: %v", err)
	}
	if c := children(t, os.Getpid()); len(c) > 0 {
		t.Errorf("children: %v", c)
	}
	if _, err := unix.Write(p[1], []byte{byte(unix.SIGTERM)}); err != nil {
		t.Fatal(err)
	}
	r, err := sandbox.Run(context.Background(), cmd, builtin(t, "strict"))
	if err != nil || r.Status != sandbox.StatusCancelled || r.CancelSignal() != unix.SIGTERM {
		t.Errorf("status %s: %s, signal %v, %v", r.Status, r.Reason, r.CancelSignal(), err)
	}
}
