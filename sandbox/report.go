package sandbox

import (
	_ "embed" // the schema
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/seccomp"
	"judge/sandbox/internal/supervise"
)

// Status is why a run ended; see the constants.
type Status = supervise.Status

// Each status follows from evidence that the kernel gave, never from an exit
// code or from what the program printed.
const (
	StatusOK          = supervise.OK          // ended by itself with status 0
	StatusNonzeroExit = supervise.NonzeroExit // ended by itself with another status
	StatusSignal      = supervise.Signal      // a signal ended it that judge did not send
	StatusCPUTime     = supervise.CPUTime     // used more processor time than allowed
	StatusWallTime    = supervise.WallTime    // took longer than allowed
	StatusIdleTime    = supervise.IdleTime    // did nothing for longer than allowed
	StatusMemory      = supervise.Memory      // the kernel killed a process of it for memory, at its limit
	StatusOutput      = supervise.Output      // wrote more to stdout or stderr than allowed
	StatusSyscall     = supervise.Syscall     // made a system call that the filter stops
	StatusCancelled   = supervise.Cancelled   // ended from outside, by a signal or the context
	StatusCannotStart = supervise.CannotStart // the program could not be executed
	StatusError       = supervise.Error       // judge failed, or the host; never the program's fault
)

// ReportSchema is the JSON Schema of a report.
//
//go:embed report.schema.json
var ReportSchema string

// Violation is the system call that the filter stopped.
type Violation = seccomp.Violation

// Version of the report's form. Fields may be added without a new one.
const Version = 1

// A Report says how a run ended and what it used. Times are nanoseconds, sizes
// bytes. A nil pointer is JSON's null: the kernel, or the way the run ended,
// gives no such figure.
type Report struct {
	Version    int     `json:"version"`
	Status     Status  `json:"status"`
	Reason     string  `json:"reason"`      // one sentence for a person
	ExitCode   *int    `json:"exit_code"`   // null unless it ended by itself
	Signal     *int    `json:"signal"`      // the signal that ended it, if judge did not send it
	SignalName *string `json:"signal_name"` // "SIGSEGV"

	OOMKills int64 `json:"oom_kills"` // processes that the kernel killed for memory

	CPUTime   int64 `json:"cpu_time_ns"`   // of all processes together, exact;
	CPUUser   int64 `json:"cpu_user_ns"`   // shared out as the kernel's ticks fell
	CPUSystem int64 `json:"cpu_system_ns"` //
	WallTime  int64 `json:"wall_time_ns"`  // from exec to the end of the program's first process
	SetupTime int64 `json:"setup_ns"`      // judge's own, before exec
	Teardown  int64 `json:"teardown_ns"`   // judge's own, afterwards

	// Ended is when the program's first process ended; the zero value if it never began.
	Ended time.Time `json:"-"`

	MemoryPeak   *int64 `json:"memory_peak_bytes"` // as the kernel charged it, page cache and kernel memory included
	MemoryAnon   *int64 `json:"memory_anon_bytes"` // what was still charged at the end
	MemoryFile   *int64 `json:"memory_file_bytes"`
	MemoryKernel *int64 `json:"memory_kernel_bytes"`
	PidsPeak     *int64 `json:"pids_peak"`

	// For how long something in the run was ready and waited for a core, and for how long for memory: pressure stall
	// information of cgroup v2.
	CPUPressure    *int64 `json:"cpu_pressure_ns"`
	MemoryPressure *int64 `json:"memory_pressure_ns"`

	// FilesBytes is what the run's files took at its end in the places that it may
	// write, in whole pages; up to 32 KiB more than that are not seen. With
	// limits.disk alone, else 0.
	FilesBytes int64 `json:"-"`

	// Network is what a run on a bridge, or with the host's network, had and used of it.
	Network *NetworkUse `json:"network,omitempty"`

	// RunEnded says of a second command ([Exec]) that it ended because its run did.
	RunEnded bool `json:"-"`

	StdoutBytes     int64 `json:"stdout_bytes"` // that were handed on
	StderrBytes     int64 `json:"stderr_bytes"`
	StdoutTruncated bool  `json:"stdout_truncated"`
	StderrTruncated bool  `json:"stderr_truncated"`

	// With Command.Capture: the streams, as text if valid UTF-8, else in base64.
	Stdout         *string `json:"stdout,omitempty"`
	StdoutEncoding string  `json:"stdout_encoding,omitempty"` // "utf-8" or "base64"
	Stderr         *string `json:"stderr,omitempty"`
	StderrEncoding string  `json:"stderr_encoding,omitempty"`

	// Noise, with Command.Meter, is what disturbed the run.
	Noise *Noise `json:"noise,omitempty"`

	// Recorded says of a run with Command.Record that no filter held it.
	Recorded *Recorded `json:"recorded,omitempty"`

	Violation  *Violation   `json:"violation"`
	LimitsHit  []string     `json:"limits_hit"` // also those that did not end it
	Collected  []Collected  `json:"collected"`
	Unenforced []Unenforced `json:"unenforced"`

	Policy PolicyID `json:"policy"`
	Rootfs RootfsID `json:"rootfs"`
	Host   HostInfo `json:"host"`

	startErrno  unix.Errno
	interpreter bool // the program is there, its interpreter is not
	cancel      unix.Signal
	inLine      [2]bool
}

// Collected is one file that was to be taken out of the box: where it is now,
// or why it was refused.
type Collected struct {
	Name    string `json:"name"`
	Path    string `json:"path,omitempty"`
	Bytes   *int64 `json:"bytes,omitempty"`
	Refused string `json:"refused,omitempty"`
}

// NetworkUse says how a run was connected, and what went through.
type NetworkUse struct {
	Mode    string   `json:"mode"` // "bridge" or "host"; the rest is of a bridge
	Address string   `json:"address,omitempty"`
	Gateway string   `json:"gateway,omitempty"`
	Subnet  string   `json:"subnet,omitempty"`
	Groups  []string `json:"groups,omitempty"`

	// Ports of the run on the host.
	Published []Published `json:"published,omitempty"`

	// As the run sees it, with the 14 bytes of each frame's head.
	InBytes    *uint64 `json:"in_bytes,omitempty"`
	InPackets  *uint64 `json:"in_packets,omitempty"`
	OutBytes   *uint64 `json:"out_bytes,omitempty"`
	OutPackets *uint64 `json:"out_packets,omitempty"`

	// Of what it sent, what the rules refused.
	RefusedBytes   *uint64 `json:"refused_bytes,omitempty"`
	RefusedPackets *uint64 `json:"refused_packets,omitempty"`
}

// Published is a TCP port of the run, and where on the host it appeared.
type Published struct {
	Host string `json:"host"` // "127.0.0.1:8080"
	Port int    `json:"port"`
}

// Recorded is what was taken down so far, in this run and in those before it
// with the same recording.
type Recorded struct {
	Calls    int64 `json:"calls"`
	Names    int   `json:"names"`    // different calls
	Complete bool  `json:"complete"` // the program ended by itself
}

// Unenforced is a limit that was asked for and that this host cannot hold.
type Unenforced struct {
	Limit string `json:"limit"`
	Why   string `json:"why"`
}

// PolicyID says under which policy the run was, flags included.
type PolicyID struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// RootfsID says what lay under the run. The host view has no digest.
type RootfsID struct {
	Name   string  `json:"name"`
	Digest *string `json:"digest"`
}

// HostInfo says where the run was.
type HostInfo struct {
	Kernel   string `json:"kernel"`
	Cgroup   string `json:"cgroup"` // "v1", "v2", or "none" that judge can use
	Arch     string `json:"arch"`
	Landlock *int   `json:"landlock"` // its ABI
	// CgroupPlace is the directory below which judge makes its cgroups on v2; "" if it
	// has none, or each run would be given a scope.
	CgroupPlace string `json:"-"`
}

// NotFound says of a report with [StatusCannotStart] that there is no such
// program; else it is there and cannot be executed.
func (r Report) NotFound() bool { return r.startErrno == unix.ENOENT && !r.interpreter }

// InLine says whether what was handed on of stdout (0) or stderr (1) ended
// inside a line.
func (r Report) InLine(stream int) bool { return r.inLine[stream] }

// CancelSignal is the signal that ended a run with [StatusCancelled].
func (r Report) CancelSignal() unix.Signal { return r.cancel }
