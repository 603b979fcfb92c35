package main

import (
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ociArch is this machine in the words of the OCI runtime specification.
var ociArch = map[string]string{"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64"}[runtime.GOARCH]

func kernelRelease() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(name.Release[:])
}

// tick is the period of the kernel's timer interrupt: coarse clocks advance by
// it (clock_getres(2)).
func tick() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// load tells the reader whether the machine had other work: ratios stand it
// better than milliseconds do, but not well.
func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "load unknown"
	}
	minute, _, _ := strings.Cut(string(data), " ")
	return "load " + minute + " in the last minute"
}
