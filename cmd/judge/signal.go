package main

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// listen has a byte, the signal's number, written to a pipe for each signal
// that the program shall have, and for more, and returns the pipe's other end. Those that
// judge was told to ignore when it was started it goes on ignoring: nohup(1)
// must work.
//
// This is what package os/signal is for; but that starts a goroutine and two
// threads, which on two cores costs a run of two milliseconds a seventh of it.
func listen(more ...unix.Signal) (int, error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return -1, fmt.Errorf("pipe for signals: %w", err)
	}
	signalPipe = int32(p[1])
	handler, restorer := handlers()
	for _, sig := range append([]unix.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP}, more...) {
		var old sigaction
		if err := rtSigaction(sig, nil, &old); err != nil {
			return -1, err
		}
		if old.handler == sigIgn {
			continue
		}
		if err := rtSigaction(sig, &sigaction{
			handler: handler, flags: saOnStack | saRestart | saRestorer, restorer: restorer, mask: ^uint64(0),
		}, nil); err != nil {
			return -1, err
		}
	}
	return p[0], nil
}

// signalPipe is for the handler.
//
//lint:ignore U1000 the assembly reads it
var signalPipe int32

// handlers are the addresses of two pieces of assembly: a signal handler that
// writes its argument's lowest byte to signalPipe, without a g and a stack of
// Go's, and where that returns to.
func handlers() (onSignal, sigreturn uintptr)

// sigaction is the kernel's struct sigaction (include/linux/signal_types.h), as
// rt_sigaction(2) takes it on amd64 and arm64.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// include/uapi/asm-generic/signal-defs.h, and SA_RESTORER of amd64, which must be
// set there, and of arm64, which has the kernel's own else (setup_return in
// arch/arm64/kernel/signal.c).
const (
	sigIgn     = 1
	saRestorer = 0x04000000
	saOnStack  = 0x08000000 // Go's threads have a stack for handlers
	saRestart  = 0x10000000
)

func rtSigaction(sig unix.Signal, act, old *sigaction) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	if errno != 0 {
		return fmt.Errorf("rt_sigaction(%s): %w", unix.SignalName(sig), errno)
	}
	return nil
}
