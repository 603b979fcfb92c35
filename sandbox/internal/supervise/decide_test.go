package supervise

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/seccomp"
	"judge/sandbox/internal/spawn"
)

// exited with a code, and killed by a signal, as wait4(2) gives it.
func exited(code int32) *spawn.Message { return &spawn.Message{Kind: spawn.Exited, Status: code << 8} }
func killedBy(sig unix.Signal) *spawn.Message {
	return &spawn.Message{Kind: spawn.Exited, Status: int32(sig)}
}

func TestDecide(t *testing.T) {
	limits := policy.Limits{CPUTime: time.Second, IdleTime: time.Second, Memory: 64 << 20, Output: 1 << 20}
	started := &spawn.Message{Kind: spawn.Started}
	oom, above := cgroup.Usage{OOMKills: 1}, cgroup.Usage{OOMKills: 1, OOMAbove: true}
	tests := []struct {
		rule string
		e    Evidence
		want Status
		with string // part of the reason
	}{
		{"status 0", Evidence{Exited: exited(0)}, OK, ""},
		{"another status", Evidence{Exited: exited(3)}, NonzeroExit, "status 3"},
		{"137 is a status like any other", Evidence{Exited: exited(137)}, NonzeroExit, "status 137"},
		{"124 is a status like any other", Evidence{Exited: exited(124)}, NonzeroExit, "status 124"},
		{"a signal", Evidence{Exited: killedBy(unix.SIGSEGV)}, Signal, "SIGSEGV"},
		{"a signal with a core", Evidence{Exited: killedBy(unix.SIGABRT | 0x80)}, Signal, "SIGABRT"},
		{"SIGKILL alone is no limit", Evidence{Exited: killedBy(unix.SIGKILL)}, Signal, "SIGKILL"},
		{"SIGSYS without a notice is no violation", Evidence{Exited: killedBy(unix.SIGSYS)}, Signal, "SIGSYS"},
		{"SIGXCPU is no limit", Evidence{Exited: killedBy(unix.SIGXCPU)}, Signal, "SIGXCPU"},

		{"the supervisor saw the CPU limit", Evidence{Stopped: CPUTime, Usage: cgroup.Usage{CPU: 1004 * time.Millisecond}}, CPUTime, "1.004s"},
		{"the supervisor saw the wall limit", Evidence{Stopped: WallTime, Wall: 2 * time.Second, WallTime: 2001 * time.Millisecond}, WallTime, "2.001s"},
		{"the supervisor saw it idle", Evidence{Stopped: IdleTime}, IdleTime, "1 %"},
		{"the supervisor saw an OOM kill", Evidence{Stopped: Memory, Usage: oom}, Memory, "1 process for memory, the limit is 64MiB"},
		{"several OOM kills", Evidence{Stopped: Memory, Usage: cgroup.Usage{OOMKills: 3}}, Memory, "3 processes"},
		{"the supervisor saw too much output", Evidence{Stopped: Output, Overflow: [2]bool{false, true}}, Output, "1MiB to stderr"},
		{"the filter gave a notice", Evidence{Stopped: Syscall, Call: &seccomp.Call{}}, Syscall, "the filter does not allow"},

		{"what stopped it counts, not how it then ended", Evidence{Stopped: Syscall, Exited: killedBy(unix.SIGKILL), Usage: oom, Overflow: [2]bool{true, true}}, Syscall, ""},
		{"it was stopped, and yet ended by itself", Evidence{Stopped: WallTime, Exited: exited(0)}, WallTime, ""},
		{"CPU time passed between two looks", Evidence{Exited: exited(0), Usage: cgroup.Usage{CPU: time.Second + 1}}, CPUTime, ""},
		{"CPU time used up to the limit", Evidence{Exited: exited(0), Usage: cgroup.Usage{CPU: time.Second}}, OK, ""},
		{"wall time passed before the timer came", Evidence{Exited: exited(0), Wall: time.Second, WallTime: time.Second + 1}, WallTime, ""},
		{"wall time up to the limit", Evidence{Exited: exited(0), Wall: time.Second, WallTime: time.Second}, OK, ""},
		{"no wall limit", Evidence{Exited: exited(0), WallTime: time.Hour}, OK, ""},
		{"no CPU limit", Evidence{Limits: policy.Limits{Memory: 1}, Exited: exited(0), Usage: cgroup.Usage{CPU: time.Hour}}, OK, ""},
		{"too much output, and then status 0", Evidence{Exited: exited(0), Overflow: [2]bool{true, false}}, Output, "stdout"},
		{"an OOM kill of a child, and then status 0", Evidence{Exited: exited(0), Usage: oom}, Memory, ""},
		{"an OOM kill, and then a signal", Evidence{Exited: killedBy(unix.SIGKILL), Usage: oom}, Memory, ""},
		{"an OOM kill that the run's limit had no part in", Evidence{Exited: killedBy(unix.SIGKILL), Usage: above}, Error, "not reached its limit of 64MiB"},
		{"the supervisor saw such a kill", Evidence{Stopped: Memory, Usage: above}, Error, "the kernel killed 1 process, because the host"},
		{"such a kill, after another limit", Evidence{Stopped: CPUTime, Usage: above}, CPUTime, ""},
		{"oom = process: such a kill of a child", Evidence{OOM: "process", Exited: exited(0), Usage: above}, OK, ""},

		{"memory before output", Evidence{Exited: exited(0), Usage: oom, Overflow: [2]bool{true, false}}, Memory, ""},
		{"output before CPU time", Evidence{Exited: exited(0), Usage: cgroup.Usage{CPU: time.Hour}, Overflow: [2]bool{true, false}}, Output, ""},
		{"CPU time before wall time", Evidence{Exited: exited(0), Usage: cgroup.Usage{CPU: time.Hour}, Wall: 1, WallTime: 2}, CPUTime, ""},

		{"oom = process: a child's kill is not the run's end", Evidence{OOM: "process", Exited: exited(0), Usage: oom}, OK, ""},
		{"oom = process: nor is it with another status", Evidence{OOM: "process", Exited: exited(1), Usage: oom}, NonzeroExit, ""},
		{"oom = process: the program itself was killed", Evidence{OOM: "process", Exited: killedBy(unix.SIGKILL), Usage: oom}, Memory, ""},
		{"oom = process: another signal", Evidence{OOM: "process", Exited: killedBy(unix.SIGTERM), Usage: oom}, Signal, ""},

		{"asked for from outside", Evidence{Cancel: unix.SIGTERM, Exited: killedBy(unix.SIGTERM)}, Cancelled, "SIGTERM"},
		{"asked for, and it ended with status 0", Evidence{Cancel: unix.SIGINT, Exited: exited(0)}, Cancelled, "SIGINT"},
		{"asked for, and killed after the grace", Evidence{Cancel: unix.SIGHUP}, Cancelled, "SIGHUP"},
		{"asked for, and then too much output", Evidence{Cancel: unix.SIGTERM, Exited: exited(0), Overflow: [2]bool{true, true}}, Cancelled, ""},

		{"PID 1 is gone without a word", Evidence{}, Error, "init was"},
		{"PID 1 is gone without a word, and there was an OOM kill", Evidence{Usage: oom}, Memory, ""},
		{"a step failed", Evidence{Started: nil, Failed: &spawn.Message{Kind: spawn.Failed, Errno: uint32(unix.EPERM)}}, Error, ""},
		{"execve failed", Evidence{Failed: &spawn.Message{Kind: spawn.Failed, List: 1, Errno: uint32(unix.ENOEXEC)}, ExecFailed: true}, CannotStart, ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			e := tt.e
			if e.Limits == (policy.Limits{}) {
				e.Limits = limits
			}
			if e.Failed == nil && e.Started == nil {
				e.Started = started
			}
			d := Decide(&e)
			if d.Status != tt.want {
				t.Fatalf("status %s (%s), want %s", d.Status, d.Reason, tt.want)
			}
			if !strings.Contains(d.Reason, tt.with) {
				t.Errorf("reason %q, want %q in it", d.Reason, tt.with)
			}
			if strings.ContainsAny(d.Reason, "\n") {
				t.Errorf("the reason is more than a line: %q", d.Reason)
			}
			if (d.ExitCode != nil) != (d.Status == OK || d.Status == NonzeroExit) {
				t.Errorf("exit code %v with status %s", d.ExitCode, d.Status)
			}
			if (d.Signal != nil) != (d.Status == Signal) {
				t.Errorf("signal %v with status %s", d.Signal, d.Status)
			}
			if d.Status == CannotStart && d.Errno != unix.ENOEXEC {
				t.Errorf("errno %v", d.Errno)
			}
		})
	}
}

func TestSignalName(t *testing.T) {
	for sig, want := range map[unix.Signal]string{
		unix.SIGKILL: "SIGKILL", unix.SIGSEGV: "SIGSEGV", unix.SIGSYS: "SIGSYS", 32: "signal 32", 33: "signal 33",
		34: "SIGRTMIN", 35: "SIGRTMIN+1", 64: "SIGRTMIN+30",
	} {
		if got := SignalName(sig); got != want {
			t.Errorf("SignalName(%d) = %s, want %s", int(sig), got, want)
		}
	}
}
