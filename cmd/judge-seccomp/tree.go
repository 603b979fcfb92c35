package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	libseccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/sys/unix"

	"judge/sandbox/seccomptree"
)

func libseccompVersion() string {
	major, minor, micro := libseccomp.GetLibraryVersion()
	return fmt.Sprintf("%d.%d.%d", major, minor, micro)
}

// build has libseccomp make the tree.
func build(r seccomptree.Request) (seccomptree.Answer, error) {
	a := seccomptree.Answer{Format: seccomptree.Format, Libseccomp: libseccompVersion()}
	arch, err := architecture(r.Arch)
	if err != nil {
		return a, err
	}
	filter, err := newFilter(arch, leaf(r.Default), leaf(r.Foreign))
	if err != nil {
		return a, err
	}
	defer filter.Release()
	for _, c := range r.Calls {
		if c.Leaf == r.Default {
			continue // seccomp_rule_add refuses the default with EACCES
		}
		call, ok := resolve(c, arch)
		if !ok {
			a.Unknown = append(a.Unknown, c.Name)
			continue
		}
		if err := filter.AddRuleExact(call, leaf(c.Leaf)); err != nil {
			return a, fmt.Errorf("seccomp_rule_add_exact %s: %w", c.Name, err)
		}
	}
	a.Program, err = export(filter)
	return a, err
}

// newFilter makes a filter for arch alone.
func newFilter(arch libseccomp.ScmpArch, def, foreign libseccomp.ScmpAction) (filter *libseccomp.ScmpFilter, err error) {
	filter, err = libseccomp.NewFilter(def)
	if err != nil {
		return nil, fmt.Errorf("seccomp_init: %w", err)
	}
	defer func() {
		if err != nil {
			filter.Release()
		}
	}()
	native, err := libseccomp.GetNativeArch()
	if err != nil {
		return nil, fmt.Errorf("seccomp_arch_native: %w", err)
	}
	if native != arch {
		if err := filter.AddArch(arch); err != nil {
			return nil, fmt.Errorf("seccomp_arch_add %s: %w", arch, err)
		}
		if err := filter.RemoveArch(native); err != nil {
			return nil, fmt.Errorf("seccomp_arch_remove %s: %w", native, err)
		}
	}
	if err := filter.SetBadArchAction(foreign); err != nil {
		return nil, fmt.Errorf("seccomp_attr_set SCMP_FLTATR_ACT_BADARCH: %w", err)
	}
	// Level 2 is the binary tree: seccomp_attr_set(3), SCMP_FLTATR_CTL_OPTIMIZE.
	if err := filter.SetOptimize(2); err != nil {
		return nil, fmt.Errorf("seccomp_attr_set SCMP_FLTATR_CTL_OPTIMIZE: %w", err)
	}
	return filter, nil
}

// resolve finds a call in libseccomp, which wants the native number, or its own
// pseudo number for a call that the native architecture lacks, and translates
// it (arch_syscall_translate in its src/arch.c).
func resolve(c seccomptree.Call, arch libseccomp.ScmpArch) (libseccomp.ScmpSyscall, bool) {
	there, err := libseccomp.GetSyscallFromNameByArch(c.Name, arch)
	if err != nil || int(there) != c.Number {
		return 0, false
	}
	call, err := libseccomp.GetSyscallFromName(c.Name)
	return call, err == nil
}

func leaf(n uint16) libseccomp.ScmpAction {
	return libseccomp.ActTrace.SetReturnCode(int16(n))
}

func architecture(name string) (libseccomp.ScmpArch, error) {
	switch name {
	case "x86_64":
		return libseccomp.ArchAMD64, nil
	case "aarch64":
		return libseccomp.ArchARM64, nil
	}
	return libseccomp.ArchInvalid, fmt.Errorf("no filters for architecture %q", name)
}

// export reads the program back. libseccomp 2.5 writes to a descriptor only
// (seccomp_export_bpf(3)), so it is given a file in memory.
func export(filter *libseccomp.ScmpFilter) (program []byte, err error) {
	fd, err := unix.MemfdCreate("filter", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	f := os.NewFile(uintptr(fd), "filter")
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := filter.ExportBPF(f); err != nil {
		return nil, fmt.Errorf("seccomp_export_bpf: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}
