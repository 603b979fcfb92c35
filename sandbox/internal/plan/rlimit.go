package plan

import (
	"fmt"
	"time"

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

// Apart says which limits no cgroup holds, of all processes together, so that
// each is held apart.
type Apart struct{ CPUTime, Memory, Pids bool }

// Rlimits are all of them, so that a program meets the same limits whatever
// shell judge was started from.
func Rlimits(l policy.Limits, a Apart) []Rlimit {
	exact := func(resource int, name string, value uint64, why string) Rlimit {
		return Rlimit{resource, name, value, why, value}
	}
	return []Rlimit{
		exact(unix.RLIMIT_FSIZE, "RLIMIT_FSIZE", orNone(int64(l.FileSize)), "limits.file_size"),
		exact(unix.RLIMIT_STACK, "RLIMIT_STACK", orNone(int64(l.Stack)), "limits.stack"),
		{unix.RLIMIT_NOFILE, "RLIMIT_NOFILE", openFiles(l), "limits.open_files", uint64(l.OpenFiles)},
		cpuTime(l, a),
		exact(unix.RLIMIT_AS, "RLIMIT_AS", Infinity, ""),
		data(l, a),
		{unix.RLIMIT_RSS, "RLIMIT_RSS", Infinity, "", 0}, // has no effect (getrlimit(2))
		{unix.RLIMIT_NPROC, "RLIMIT_NPROC", processes(l, a), "limits.pids", uint64(l.Pids)},
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

// processes are counted by uid (setrlimit(2)), and by user namespace (Linux
// 5.14), and no two runs have both in common. Behind the pids controller it is
// a second wall, far enough behind for that to be the one that counts.
func processes(l policy.Limits, a Apart) uint64 {
	switch {
	case l.Pids <= 0:
		return Infinity
	case a.Pids:
		return uint64(l.Pids)
	}
	return uint64(l.Pids) + 64
}

// cpuTime of one process, in seconds: a wall behind judge's own sum, and behind
// the limit itself, so that what has run into it has passed that. Where a cgroup
// counts, of all processes together, there is none.
func cpuTime(l policy.Limits, a Apart) Rlimit {
	if !a.CPUTime || l.CPUTime <= 0 {
		return Rlimit{unix.RLIMIT_CPU, "RLIMIT_CPU", Infinity, "", Infinity}
	}
	seconds := uint64((l.CPUTime+time.Second-1)/time.Second) + 1
	return Rlimit{unix.RLIMIT_CPU, "RLIMIT_CPU", seconds, "limits.cpu_time", 0}
}

// data is the private memory that one process can write to (setrlimit(2),
// RLIMIT_DATA, since Linux 4.7). Not RLIMIT_AS: programs of Go, Java and Node
// reserve more addresses than they ever use.
func data(l policy.Limits, a Apart) Rlimit {
	if !a.Memory || l.Memory <= 0 {
		return Rlimit{unix.RLIMIT_DATA, "RLIMIT_DATA", Infinity, "", Infinity}
	}
	return Rlimit{unix.RLIMIT_DATA, "RLIMIT_DATA", uint64(l.Memory), "limits.memory", 0}
}

// rlimits sets them, cut to what judge itself may set.
func rlimits(b *builder, in Input) {
	for _, r := range Rlimits(in.Policy.Limits, in.Host.Apart) {
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
