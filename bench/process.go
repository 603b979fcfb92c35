package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// timed starts argv, waits for it, and says how long that took from outside: from
// before the fork until it is reaped. syscall.ForkExec shares its memory with the
// child until the exec (CLONE_VFORK|CLONE_VM), so the size of this process does
// not matter; what the start itself costs shows in the row without a sandbox.
func timed(argv []string, stdout, stderr *os.File) (time.Duration, syscall.WaitStatus, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, 0, err
	}
	defer null.Close()
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{null.Fd(), null.Fd(), null.Fd()}}
	if stdout != nil {
		attr.Files[1] = stdout.Fd()
	}
	if stderr != nil {
		attr.Files[2] = stderr.Fd()
	}
	start := time.Now()
	pid, err := syscall.ForkExec(argv[0], argv, attr)
	if err != nil {
		return 0, 0, fmt.Errorf("start %s: %w", argv[0], err)
	}
	var status syscall.WaitStatus
	for {
		_, err = syscall.Wait4(pid, &status, 0, nil)
		if err != syscall.EINTR {
			break
		}
	}
	return time.Since(start), status, err
}

// started starts argv, with nothing to read or to write to.
func started(argv []string) (pid int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	pid, err = syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{null.Fd(), null.Fd(), null.Fd()}})
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", argv[0], err)
	}
	return pid, nil
}

// ended waits for it, and says what processor time it used, with all that it waited for.
func ended(pid int) (time.Duration, error) {
	var status syscall.WaitStatus
	var used syscall.Rusage
	for {
		_, err := syscall.Wait4(pid, &status, 0, &used)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case status != 0:
			return 0, fmt.Errorf("wait status %#x", int(status))
		default:
			return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
		}
	}
}
