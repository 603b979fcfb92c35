package supervise

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/seccomp"
	"judge/sandbox/internal/spawn"
)

// Status is why a run ended.
type Status string

const (
	OK          Status = "ok"
	NonzeroExit Status = "nonzero-exit"
	Signal      Status = "signal"
	CPUTime     Status = "cpu-time"
	WallTime    Status = "wall-time"
	IdleTime    Status = "idle-time"
	Memory      Status = "memory"
	Output      Status = "output"
	Syscall     Status = "syscall"
	Cancelled   Status = "cancelled"
	CannotStart Status = "cannot-start"
	Error       Status = "error"
)

// Evidence is all that was seen of a run; [Decide] looks at nothing else.
type Evidence struct {
	Limits policy.Limits
	Wall   time.Duration // the wall limit in force, 0 for none
	OOM    string        // policy.Policy.OOM

	Failed     *spawn.Message // a step of a list failed,
	ExecFailed bool           // namely the last one, execve
	Started    *spawn.Message // the program was executed
	Exited     *spawn.Message // and ended, by itself or by a signal

	InitKilledBy unix.Signal // what ended PID 1, 0 if it ended by itself

	Stopped Status // why the supervisor killed the run, if it did
	Call    *seccomp.Call
	Cancel  unix.Signal // asked for from outside, 0 if not

	Usage    cgroup.Usage // CPU less what judge itself used in the leaf
	WallTime time.Duration
	Overflow [2]bool // stdout and stderr went past the limit

	DiskFull, InodesFull bool  // the tmpfs, at the end
	DiskUsed             int64 // of it then, in bytes, with what judge put there
}

// Decision is the cause and its evidence.
type Decision struct {
	Status   Status
	Reason   string
	ExitCode *int
	Signal   *unix.Signal
	Errno    unix.Errno // for CannotStart
}

// Decide finds the cause. What the supervisor saw first, it acted upon, and
// that counts; else the program ended by itself, and the counters say whether
// it had passed a limit by then.
func Decide(e *Evidence) Decision {
	d := e.decide()
	if d.Status == Memory && e.Usage.OOMAbove { // the program kept to its limit: the host did not give what it promised
		return Decision{Status: Error, Reason: fmt.Sprintf("the kernel killed %s, because the host, or a cgroup above the run's, was out of memory: "+
			"the run had not reached its limit of %v", count(e.Usage.OOMKills, "process", "processes"), e.Limits.Memory)}
	}
	return d
}

func (e *Evidence) decide() Decision {
	switch {
	case e.Failed != nil:
		return e.decideFailed()
	case e.Cancel != 0:
		return Decision{Status: Cancelled, Reason: fmt.Sprintf("judge was asked to end it, with %s", unix.SignalName(e.Cancel))}
	case e.Stopped != "":
		return Decision{Status: e.Stopped, Reason: e.reason(e.Stopped)}
	case e.Exited == nil && e.Usage.OOMKills > 0:
		return Decision{Status: Memory, Reason: e.reason(Memory)}
	case e.Exited == nil:
		return Decision{Status: Error, Reason: fmt.Sprintf("the sandbox's init was ended by %s, which judge did not send", SignalName(e.InitKilledBy))}
	case e.Started == nil && e.Usage.OOMKills == 0:
		return Decision{Status: Error, Reason: "the program's process was killed before it could execute the program"}
	}
	if s := e.passed(); s != "" {
		return Decision{Status: s, Reason: e.reason(s)}
	}
	return e.decideExit()
}

// decideFailed: only the very last step is about the program; but where the
// memory limit is too small for exec itself, the kernel says so by an OOM kill.
func (e *Evidence) decideFailed() Decision {
	if e.ExecFailed {
		return Decision{Status: CannotStart, Errno: unix.Errno(e.Failed.Errno)}
	}
	return Decision{Status: Error}
}

// passed says which limit a program that ended by itself had passed, if any:
// the counters are exact only now.
func (e *Evidence) passed() Status {
	status := e.Exited.WaitStatus()
	killed := status.Signaled() && unix.Signal(status.Signal()) == unix.SIGKILL
	switch {
	case e.Usage.OOMKills > 0 && (e.OOM != "process" || killed):
		return Memory
	case e.Overflow[0] || e.Overflow[1]:
		return Output
	case e.Limits.CPUTime > 0 && e.Usage.CPU > e.Limits.CPUTime:
		return CPUTime
	case e.Wall > 0 && e.WallTime > e.Wall:
		return WallTime
	}
	return ""
}

func (e *Evidence) decideExit() Decision {
	status := e.Exited.WaitStatus()
	if status.Signaled() {
		sig := unix.Signal(status.Signal())
		return Decision{Status: Signal, Signal: &sig, Reason: "ended by " + SignalName(sig)}
	}
	code := status.ExitStatus()
	if code == 0 {
		return Decision{Status: OK, ExitCode: &code}
	}
	return Decision{Status: NonzeroExit, ExitCode: &code, Reason: fmt.Sprintf("exited with status %d", code)}
}

// reason is one sentence for a person, with the figures.
func (e *Evidence) reason(s Status) string {
	switch s {
	case CPUTime:
		return fmt.Sprintf("used %v of processor time, the limit is %v", e.Usage.CPU, e.Limits.CPUTime)
	case WallTime:
		return fmt.Sprintf("ran for %v, the limit is %v", e.WallTime, e.Wall)
	case IdleTime:
		return fmt.Sprintf("used less than 1 %% of a core for %v", e.Limits.IdleTime)
	case Memory:
		return fmt.Sprintf("the kernel killed %s for memory, the limit is %v", count(e.Usage.OOMKills, "process", "processes"), e.Limits.Memory)
	case Output:
		name := "stdout"
		if !e.Overflow[0] {
			name = "stderr"
		}
		return fmt.Sprintf("wrote more than %v to %s", e.Limits.Output, name)
	case Syscall:
		if e.Call != nil {
			return "the filter does not allow " + e.Call.String()
		}
	}
	return ""
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// SignalName is the name of a signal; real-time signals, which have none of
// their own, are counted from the first.
func SignalName(s unix.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return name
	}
	const rtmin = 34 // signal(7): glibc keeps 32 and 33
	switch {
	case s == rtmin:
		return "SIGRTMIN"
	case s > rtmin:
		return fmt.Sprintf("SIGRTMIN+%d", s-rtmin)
	}
	return fmt.Sprintf("signal %d", s)
}
