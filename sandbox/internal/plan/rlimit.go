package plan

import (
	"fmt"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// An Rlimit is a limit that the kernel holds for each process. Soft and hard
// are one: the program has nothing to raise.
type Rlimit struct {
	Resource int
	Name     string
	Value    uint64 // RLIM_INFINITY for none
	Why      string // the policy key behind it, "" if every run has it
	Least    uint64 // a lower value would change what the program sees: it must be refused, not taken
}

// Infinity is RLIM_INFINITY, no limit.
const Infinity = ^uint64(0)

// Rlimits are all of them, so that a program meets the same limits whatever
// shell judge was started from.
func Rlimits(l policy.Limits) []Rlimit {
	exact := func(resource int, name string, value uint64, why string) Rlimit {
		return Rlimit{resource, name, value, why, value}
	}
	return []Rlimit{
		exact(unix.RLIMIT_FSIZE, "RLIMIT_FSIZE", orNone(int64(l.FileSize)), "limits.file_size"),
		exact(unix.RLIMIT_STACK, "RLIMIT_STACK", orNone(int64(l.Stack)), "limits.stack"),
		{unix.RLIMIT_NOFILE, "RLIMIT_NOFILE", openFiles(l), "limits.open_files", uint64(l.OpenFiles)},
		exact(unix.RLIMIT_CPU, "RLIMIT_CPU", Infinity, ""), // the cgroup's figure counts, of all processes together
		exact(unix.RLIMIT_AS, "RLIMIT_AS", Infinity, ""),
		exact(unix.RLIMIT_DATA, "RLIMIT_DATA", Infinity, ""),
		{unix.RLIMIT_RSS, "RLIMIT_RSS", Infinity, "", 0}, // has no effect (getrlimit(2))
		// A wall behind the pids controller, and far enough behind it for that to be the one that counts.
		{unix.RLIMIT_NPROC, "RLIMIT_NPROC", processes(l), "limits.pids", uint64(l.Pids)},
		exact(unix.RLIMIT_CORE, "RLIMIT_CORE", 1, ""), // 0 does not stop a piped core_pattern (core(5)), which would run a program on the host
		{unix.RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", 8 << 20, "", 0},
		{unix.RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING", 4096, "", 0}, // a long queue costs the kernel quadratic time
		{unix.RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE", 819200, "", 0},
		exact(unix.RLIMIT_NICE, "RLIMIT_NICE", 0, ""),
		exact(unix.RLIMIT_RTPRIO, "RLIMIT_RTPRIO", 0, ""),
	}
}

func orNone(n int64) uint64 {
	if n <= 0 {
		return Infinity
	}
	return uint64(n)
}

// openFiles without a limit of the policy's: as many as select(2) and most
// programs expect at the most.
func openFiles(l policy.Limits) uint64 {
	if l.OpenFiles > 0 {
		return uint64(l.OpenFiles)
	}
	return 1 << 20
}

func processes(l policy.Limits) uint64 {
	if l.Pids > 0 {
		return uint64(l.Pids) + 64
	}
	return Infinity
}

// rlimits sets them, cut to what judge itself may set.
func rlimits(b *builder, in Input) {
	for _, r := range Rlimits(in.Policy.Limits) {
		value := min(r.Value, in.Host.ceiling(r.Resource))
		b.because(r.Why, "without CAP_SYS_RESOURCE a limit cannot be above judge's own hard limit (ulimit -H)")
		b.call("prlimit64", unix.SYS_PRLIMIT64, Int(0), Sym(uint64(r.Resource), r.Name),
			Arg{Kind: Pointer, Blob: &Blob{Data: words(value, value)}, show: showRlimit}, Null())
	}
	b.because("", "")
}

// ceiling is the highest value that judge can set.
func (h Host) ceiling(resource int) uint64 {
	if value, ok := h.Ceilings[resource]; ok {
		return value
	}
	return Infinity
}

func showRlimit(a Arg) string {
	value := readWord(a.Blob.Data)
	text := fmt.Sprint(value)
	switch {
	case value == Infinity:
		text = "RLIM64_INFINITY"
	case value > 1024 && value%1024 == 0: // as strace does
		text = fmt.Sprintf("%d*1024", value/1024)
	}
	return "{rlim_cur=" + text + ", rlim_max=" + text + "}"
}
