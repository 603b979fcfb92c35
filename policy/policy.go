// Package policy holds what a run may see and use: the types, with units, the
// strict TOML reader, inheritance, the checks and the built-in policies. It
// makes no system call and knows nothing of the host.
package policy

import "time"

// Bytes is a size in bytes.
type Bytes int64

// A Policy says what a run may see and use. The zero value of a field means
// "not set": no limit, or the sandbox's own default. A Policy that came out of
// [Load] or [Builtin] is complete and checked; inheritance is resolved.
type Policy struct {
	Name   string // what the report calls it
	Locked bool   // flags may tighten it, but not loosen it

	// OOM says what the first kill by the kernel for memory ends: "run" (the
	// default), or "process", the process alone, as the kernel does by itself.
	OOM string

	// Enforce says what becomes of a run on a host that cannot hold all that the
	// policy says: "available" (the default), it runs, and the report lists what
	// is not held; "all", it is refused.
	Enforce string

	Limits      Limits
	Filesystem  Filesystem
	Network     Network
	Namespaces  Namespaces
	Identity    Identity
	Environment Environment
	Landlock    Landlock
	Seccomp     Seccomp
}

// Limits bound a run. Zero means no limit, except WallTime: where it is zero
// and CPUTime is not, [Policy.Wall] derives it.
type Limits struct {
	CPUTime  time.Duration // of all processes together, user and system
	WallTime time.Duration // elapsed, from exec, or NoWallTime; read it through Policy.Wall
	IdleTime time.Duration // ends a run that used less than 1 % of a core for so long

	Memory        Bytes // of all processes together, with what the kernel holds for them
	MemoryPercent int   // 1 to 100: Memory as a share of the host's; used when Memory is 0

	Pids   int64   // processes and threads alive at once
	CPUs   float64 // bandwidth, in cores: 0.5, 2
	CPUSet string  // "0-2,4", or "auto": lease a free core for the time of the run

	Output    Bytes // of stdout, and of stderr, each
	FileSize  Bytes // of any one file (RLIMIT_FSIZE)
	Disk      Bytes // of all writable places together
	Inodes    int64 // files in all writable places together
	Stack     Bytes // per process (RLIMIT_STACK)
	OpenFiles int64 // per process (RLIMIT_NOFILE)
}

// Filesystem says what the run sees of files.
type Filesystem struct {
	Rootfs  string // "host", or a directory
	Workdir string // where the run starts, absolute, inside; default /box
	Box     string // a host directory whose contents /box starts with
	Proc    string // "private" (default), "pids" (private, and only the process directories), "none"
	Sys     string // "none" (default), "ro"
	Dev     string // "minimal" (default)
	Tmp     bool   // a writable /tmp (default true)
	Shm     bool   // a writable /dev/shm (default true)
	Bind    []Bind
}

// A Bind shows a path of the host inside. It is read-only unless Readonly is
// false; a missing key means true.
type Bind struct {
	Source   string
	Target   string
	Readonly bool
}

// Network says what the run can reach.
type Network struct {
	Mode      string // "none" (default): an own, empty namespace; "bridge"; "host"
	Loopback  bool   // lo is up
	AllowHost bool   // a flag may set Mode to "host"
	Bridge    Bridge
}

// Bridge is the network of mode "bridge": an interface on a bridge of judge's
// own. The host reaches the run; the run reaches nobody who is not named here.
type Bridge struct {
	Name    string // of the bridge; "" for judge0
	Subnet  string // IPv4, in CIDR form; "" for 10.200.0.0/16, or another one if the host uses that
	Gateway string // the host's address in the subnet; "" for the first

	Internet   bool     // all that the host reaches, but for the host itself and link-local addresses; with Allow, only that
	Allow      []string // destinations beyond the bridge, which need no Internet: "10.0.0.5:443/tcp", see Egress
	HostAccess bool     // the services of the host, by the gateway's address
	Groups     []string // runs of one group reach each other

	Rate    Bytes  // in a second, each way; 0 for no bound
	Publish string // where ports of the run may appear on the host: "none", "loopback" (default), "any"
}

// Namespaces beyond the five (pid, mount, uts, net, ipc) that are always fresh.
type Namespaces struct {
	User   bool
	Cgroup bool // default true
	Time   bool
}

// Identity inside. UID and GID are -1 for the slot's own, the default.
type Identity struct {
	UID, GID int
	Hostname string
}

// Environment of the program. Nothing of the caller's goes in but the names in
// Pass; Set wins over Pass, and both over PATH, HOME, LANG and TMPDIR.
type Environment struct {
	Set  map[string]string
	Pass []string
}

// Landlock is a second wall around what the run may write, where the kernel has
// it: below /, files can be read and executed; written, in the writable places
// alone. See landlock(7).
type Landlock struct {
	Enabled bool   // default true
	Rootfs  string // a root file system that is a directory: "rw" (default): as far as owner and mode let; "ro"
}

// Seccomp is the system call filter before it is compiled. A call is a name
// ("openat") or a group ("@file-system"). A call's action is that of the first
// that names it: Rules whose conditions hold, Deny (kill), Allow, Default.
// Actions: "allow", "kill" (ends the run, with status syscall), "errno:NAME",
// "log".
type Seccomp struct {
	Default string
	Allow   []string
	Deny    []string
	Rules   []Rule
}

// A Rule gives calls an action where all conditions in When hold. A condition
// is "argN OP VALUE" or "argN & MASK OP VALUE", N from 0 to 5, OP one of
// == != < <= > >=, values decimal, hexadecimal or a constant's name
// ("arg0 == AF_UNIX", "arg0 & CLONE_NEWUSER == 0"). "argN:32" compares the low
// 32 bits, as the kernel reads an int.
type Rule struct {
	Calls  []string
	When   []string
	Action string
}
