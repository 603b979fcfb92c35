package harness

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// checkNeeds refuses words that @needs does not know.
func checkNeeds(words []string) error {
	for _, w := range words {
		switch w {
		case "gcc", "python3", "sh", "x86_64", "ia32", "cores2", "net", "proc":
		default:
			if name, ok := strings.CutPrefix(w, "kernel:"); !ok || name == "" {
				return fmt.Errorf("unknown need %q", w)
			}
		}
	}
	return nil
}

// missing returns the first of the needs that this machine lacks, or "".
func (s *Session) missing(needs []string) string {
	for _, need := range needs {
		have, known := s.probed[need]
		if !known {
			have = s.probe(need)
			s.probed[need] = have
		}
		if !have {
			return need
		}
	}
	return ""
}

// probe looks whether the machine has what a word of @needs stands for.
func (s *Session) probe(need string) bool {
	switch need {
	case "gcc", "python3", "sh":
		_, err := exec.LookPath(need)
		return err == nil
	case "x86_64":
		return runtime.GOARCH == "amd64"
	case "ia32":
		if runtime.GOARCH != "amd64" {
			return false
		}
		program, err := s.own("ia32")
		return err == nil && exec.Command(program).Run() == nil
	case "cores2":
		var set unix.CPUSet
		return unix.SchedGetaffinity(0, &set) == nil && set.Count() >= 2
	case "net":
		_, err := os.Stat("/proc/self/ns/net")
		return err == nil
	case "proc":
		return s.probeProc()
	}
	return probeKernel(strings.TrimPrefix(need, "kernel:"))
}

// probeProc asks a run of judge whether there is a /proc inside.
func (s *Session) probeProc() bool {
	if s.Judge == "" {
		return true
	}
	program, err := s.harmless()
	if err != nil {
		return false
	}
	// Only the program's own word counts: where judge fails the cases shall run, and fail.
	var exit *exec.ExitError
	err = s.strict(program, "proc").Run()
	return !errors.As(err, &exit) || exit.ExitCode() != 1
}

// kernelCalls names, for a kernel feature, a system call that answers ENOSYS
// where the kernel is built without it. All are made with arguments that fail.
var kernelCalls = map[string]uintptr{
	"io_uring": unix.SYS_IO_URING_SETUP, "userfaultfd": unix.SYS_USERFAULTFD, "bpf": unix.SYS_BPF,
	"keys": unix.SYS_KEYCTL, "keyctl": unix.SYS_KEYCTL, "landlock": unix.SYS_LANDLOCK_CREATE_RULESET,
	"memfd": unix.SYS_MEMFD_CREATE, "memfd_create": unix.SYS_MEMFD_CREATE, "memfd_secret": unix.SYS_MEMFD_SECRET,
	"pidfd": unix.SYS_PIDFD_OPEN, "clone3": unix.SYS_CLONE3, "fanotify": unix.SYS_FANOTIFY_INIT,
	"perf": unix.SYS_PERF_EVENT_OPEN, "perf_event": unix.SYS_PERF_EVENT_OPEN, "mqueue": unix.SYS_MQ_UNLINK,
	"sysvipc": unix.SYS_SHMCTL, "aio": unix.SYS_IO_DESTROY, "epoll": unix.SYS_EPOLL_CTL,
	"inotify": unix.SYS_INOTIFY_RM_WATCH, "timerfd": unix.SYS_TIMERFD_GETTIME, "mount_setattr": unix.SYS_MOUNT_SETATTR,
	"fsopen": unix.SYS_FSOPEN, "open_tree": unix.SYS_OPEN_TREE, "openat2": unix.SYS_OPENAT2,
	"process_madvise": unix.SYS_PROCESS_MADVISE, "process_vm": unix.SYS_PROCESS_VM_READV, "kcmp": unix.SYS_KCMP,
	"seccomp": unix.SYS_SECCOMP, "futex_waitv": unix.SYS_FUTEX_WAITV, "kexec": unix.SYS_KEXEC_LOAD,
	"quotactl": unix.SYS_QUOTACTL, "pkeys": unix.SYS_PKEY_FREE, "rseq": unix.SYS_RSEQ,
}

// probeKernel looks for a kernel feature: by its system call, or else by a
// symbol, a file system or a module of that name.
func probeKernel(name string) bool {
	if nr, ok := kernelCalls[name]; ok {
		bad := ^uintptr(0)
		_, _, errno := unix.RawSyscall6(nr, bad, bad, bad, bad, bad, bad)
		return !errors.Is(errno, unix.ENOSYS)
	}
	for _, file := range []string{"/proc/filesystems", "/proc/kallsyms", "/proc/modules"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			for word := range strings.FieldsSeq(line) {
				if word == name || word == "__x64_sys_"+name || word == "__do_sys_"+name {
					return true
				}
			}
		}
	}
	return false
}
