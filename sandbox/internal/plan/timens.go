package plan

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// timeNamespace makes the namespace in which the clocks that count from the
// host's start have just begun (time_namespaces(7)). PID 1 stays outside: its
// clock, and judge's, is the host's. The program's process, which shares PID 1's
// memory until then, enters with execve (Linux 6.1, fs/exec.c, exec_task_namespaces).
//
// It happens in the old root, where there is a /proc whatever the run gets.
func timeNamespace(b *builder, in Input) {
	if !in.Policy.Namespaces.Time {
		return
	}
	b.because("namespaces.time", "it takes CAP_SYS_TIME, and a namespace that sysctl user.max_time_namespaces lets be")
	rootless := in.Host.Userns.Maps != HostIDs
	if rootless { // else the file is not PID 1's own (proc(5))
		b.prctl(unix.PR_SET_DUMPABLE, "PR_SET_DUMPABLE", Sym(1, "SUID_DUMP_USER"))
	}
	b.call("unshare", unix.SYS_UNSHARE, Sym(unix.CLONE_NEWTIME, "CLONE_NEWTIME"))
	offsets := fmt.Sprintf("monotonic -%d 0\nboottime -%d 0\n", in.Host.Monotonic/time.Second, in.Host.Boottime/time.Second)
	fd := b.open("/proc/self/timens_offsets", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	b.call("write", unix.SYS_WRITE, Int(int64(fd)), Str(offsets), Int(int64(len(offsets))))
	b.close(fd)
	if rootless {
		notDumpable(b)
	}
	b.because("", "")
}
