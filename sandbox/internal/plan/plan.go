// Package plan turns a policy, a command and what is known of the host into the
// list of system calls that makes the sandbox. It calls none of them: the list
// that it returns is what the child executes, what --explain prints, and what
// an error message quotes.
package plan

import (
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// A Plan is all that the spawner needs to know.
type Plan struct {
	CloneFlags uint64 // of PID 1
	Init       []Step // PID 1's list; it begins with the steps of [Early]
	Program    []Step // the list of the program's process, which ends in execve
}

// Lists are both lists, by the number that a message names them with.
func (p *Plan) Lists() [2][]Step { return [2][]Step{p.Init, p.Program} }

// Input is what a plan is made of; all of it plain values.
type Input struct {
	Policy policy.Policy // complete and checked
	Host   Host

	Argv []string // of the program
	Path string   // what is executed, as the run sees it
	Env  []string

	Root   Root
	Copies []Copy // files put into the box before the start, parents before children
	Binds  []Bind

	// What /etc/hosts and /etc/resolv.conf say in a run with a network; "" leaves them as they are.
	Hosts, Resolv string

	Enterable       bool      // PID 1 hands over its namespaces, for second commands of an ordinary user: see [handEntrance]
	Pseudoterminals bool      // the run has a file system of these
	Terminal        *Terminal // nil for none: the streams are what judge sends

	ReadonlyBox bool   // the program may write nothing in the box
	BoxLower    string // a directory that lies under it, below the copies; "" for none

	UID, GID int // of the program, as the host sees them; with OneID and ManyIDs, as it sees itself
	Filter   []byte
	Notify   bool // the filter gives notices
	Waits    bool // and a call whose notice was taken is interrupted by nothing but a kill
	ClockOK  bool // the filter lets clock_gettime pass, whatever its arguments
	Queues   bool // it lets mq_open pass, with some arguments at least
	Keys     bool // the same of calls that make keys
}

// Host is what is known of the host.
type Host struct {
	Userns     Userns // PID 1's
	MountPoint string // a directory that exists and that no input lies under: the writable tmpfs is mounted there
	Cgroup     int    // version, 1 or 2; 0 for none
	JoinFDs    int    // how many descriptors the program joins its cgroups by
	Apart      Apart  // what no cgroup holds
	Landlock   int    // ABI, 0 for none
	Masked     []Mask // those of [Masks] that it has
	PageSize   int64  // bytes; 0 for 4096

	// What its clocks have counted, where the policy wants them to begin anew.
	Monotonic, Boottime time.Duration

	// Ceilings are the highest values that judge can set as a hard limit, by resource; no entry means any.
	Ceilings map[int]uint64
}

// Root is what lies under the run.
type Root struct {
	Lower string // one directory, shown whole under a writable overlay; or, when empty,
	Trees []Tree // parts of the host, each under a read-only overlay,
	Links []Link // and symbolic links beside them

	// Shared says that no overlay can be made over the trees: they are shown as they are, read-only.
	Shared bool
}

// A Tree shows Source of the host as the directory Target of the root, whose parent is the root or empty.
type Tree struct{ Source, Target string }

// A Link is a symbolic link in the root.
type Link struct{ Name, Target string }

// A Copy is a file, directory or symbolic link for the box.
type Copy struct {
	Source string // on the host; for a link what it points to
	Name   string // relative to the box
	Mode   uint32 // type and permissions, as st_mode
	Size   int64
	Owned  bool // by the program, which may then change it
	InBox  bool // it was found in the box directory
}

// Descriptors of the child that keep their numbers from the first steps on.
const (
	fdControl = 3
	fdSignal  = 4
)

// Compile makes the plan. The order of its parts is the order of their steps.
func Compile(in Input) *Plan {
	table := &fdTable{}
	b := newBuilder(table, 96)
	early(b, in.Host.Userns)
	network(b, in)
	b.opens("signalfd4", unix.SYS_SIGNALFD4, Int(-1), Mem(words(1<<(unix.SIGCHLD-1)), "[CHLD]"), Int(8),
		Sym(unix.SFD_CLOEXEC|unix.SFD_NONBLOCK, "SFD_CLOEXEC|SFD_NONBLOCK"))
	giveStreams(b, in)
	timeNamespace(b, in)
	entrance := openEntrance(b, in)
	filesystem(b, in)
	bound := openBinds(b, in)
	identity(b, in)
	proc := procForMaps(b, in)
	aside := virtualAside(b, in)
	writable := enter(b, in)
	ownPlaces(b, in)
	attachBinds(b, in, bound)
	closeBox(b, in)
	virtual(b, in, aside)
	pseudoterminals(b, in)
	upper := terminal(b, in)
	seal(b, in)
	ruleset := landlock(b, in, writable)
	entrance = withRoot(b, in, entrance)
	join := await(b, in)
	pidfd := b.vfork(in, join)
	program := newBuilder(table, 32)
	listener, users := prog(program, in, handed{join, ruleset, proc})
	handEntrance(b, in, entrance, users)
	sent := []int{pidfd, writable}
	if upper >= 0 {
		sent = append(sent, upper)
	}
	if listener >= 0 {
		sent = append(sent, listener)
	}
	if aside.watch >= 0 {
		sent = append(sent, aside.watch)
	}
	b.report(sent)
	disarm(b, in)
	serve := OpServe
	if in.Host.Cgroup == 0 {
		serve = OpServeAll
	}
	b.serve(serve)
	return &Plan{
		CloneFlags: in.Host.Userns.CloneFlags(), Init: b.steps, Program: program.steps,
	}
}

// serve is the last step of PID 1.
func (b *builder) serve(op Op) {
	b.op(op, "ppoll", unix.SYS_PPOLL, Int(fdControl), Int(fdSignal))
	last := &b.steps[len(b.steps)-1]
	last.Args[0].show = func(Arg) string { return "[{fd=3, events=POLLIN}" }
	last.Args[1].show = func(Arg) string { return "{fd=4, events=POLLIN}], 2, NULL, NULL, 0" }
}

// Early are the first steps of every plan. They need to know nothing of the
// run, so PID 1 can walk them before there is a run. The last waits until the parent has made the
// plan: the rest of the list is in PID 1's memory then, and the program's
// standard streams come with the message.
func Early(u Userns) []Step {
	b := newBuilder(&fdTable{}, 32)
	early(b, u)
	return b.steps
}

func early(b *builder, u Userns) {
	settle(b, u)
	if u.Maps == OneID {
		ownMaps(b, u)
	}
	forget(b, u)
	b.call("unshare", unix.SYS_UNSHARE, Sym(unix.CLONE_NEWNS|unix.CLONE_NEWUTS|unix.CLONE_NEWIPC|unix.CLONE_NEWNET,
		"CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET"))
	b.call("mount", unix.SYS_MOUNT, Null(), Of(RegRoot, `"/"`), Null(),
		Arg{Val: unix.MS_REC | unix.MS_PRIVATE, show: showMount}, Null())
	newSession(b)
	dropCapabilities(b)
	fds := receiveStreams(b)
	if u.Maps == ManyIDs { // newuidmap(1) would not write the maps of a process that may not be dumped
		notDumpable(b)
		b.streams = fds
	}
}

// receiveStreams waits until the rest of the list is there. The program's
// standard streams come with the message.
func receiveStreams(b *builder) []int {
	var fds []int
	for range Streams {
		fds = append(fds, b.fds.lowest())
	}
	b.op(OpReceive, "recvmsg", unix.SYS_RECVMSG, Int(fdControl),
		Arg{Kind: Register, Val: uint64(RegStreams), show: func(Arg) string { return showRights(fds) }}, Int(0))
	return fds
}

// Streams is how many descriptors the last early step takes over: the program's
// standard streams. One more may come with them, for [network].
const Streams = 3

// newSession leaves the caller's session keyring, which is inherited over a
// change of uid: who possesses it may read its keys, and sees their names in
// /proc/keys (session-keyring(7)). A kernel without keys has nothing to leave.
func newSession(b *builder) {
	b.op(OpTry, "keyctl", unix.SYS_KEYCTL, Sym(unix.KEYCTL_JOIN_SESSION_KEYRING, "KEYCTL_JOIN_SESSION_KEYRING"), Null())
}

// settle gives the child the control socket as its only descriptor, and all
// signals their defaults: a handler would lift PID 1's protection, and an
// ignored signal would stay ignored in the program (execve(2)).
func settle(b *builder, u Userns) {
	b.call("dup3", unix.SYS_DUP3, Of(RegCtl, "control"), Int(fdControl), Sym(unix.O_CLOEXEC, "O_CLOEXEC"))
	b.fds.open = []bool{true, true, true, true}
	b.closeRange(0, fdControl-1)
	b.closeRange(fdControl+1, -1)
	b.ranged("rt_sigaction", unix.SYS_RT_SIGACTION, 1, 64,
		Running("signal "), Of(RegZero, "{sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}"), Null(), Int(8))
	b.call("setsid", unix.SYS_SETSID)
	b.call("umask", unix.SYS_UMASK, perm(0))
	nice := OpCall
	if u.Maps != HostIDs { // an ordinary user cannot take back a nice(1) before judge
		nice = OpTry
	}
	b.op(nice, "setpriority", unix.SYS_SETPRIORITY, Sym(unix.PRIO_PROCESS, "PRIO_PROCESS"), Int(0), Int(0))
}

// forget leaves PID 1 nothing of judge's memory but the code and this list.
func forget(b *builder, u Userns) {
	threadPointer(b)
	for _, r := range [][2]Reg{{RegLow, RegLowLen}, {RegMid, RegMidLen}, {RegHigh, RegHighLen}} {
		b.call("munmap", unix.SYS_MUNMAP, Of(r[0], "start"), Of(r[1], "length"))
	}
	if u.Maps != ManyIDs {
		notDumpable(b)
	}
	b.prctl(unix.PR_SET_NAME, "PR_SET_NAME", Of(RegName, Quote(InitName)))
}

func notDumpable(b *builder) {
	b.prctl(unix.PR_SET_DUMPABLE, "PR_SET_DUMPABLE", Sym(0, "SUID_DUMP_DISABLE"))
}

// InitName is what ps(1) calls PID 1.
const InitName = "judge-init"

func (b *builder) ranged(name string, nr uintptr, lo, hi int, args ...Arg) {
	b.op(OpRange, name, nr, args...)
	s := &b.steps[len(b.steps)-1]
	s.Lo, s.Hi = uintptr(lo), uintptr(hi)
}

// identity names the machine and brings up what network there is.
func identity(b *builder, in Input) {
	b.because("identity.hostname", "")
	name := in.Policy.Identity.Hostname
	b.call("sethostname", unix.SYS_SETHOSTNAME, Str(name), Int(int64(len(name))))
	b.because("", "")
	b.call("setdomainname", unix.SYS_SETDOMAINNAME, Str(""), Int(0))
	if in.Policy.Network.Loopback && in.Policy.Network.Mode != "host" {
		loopback(b)
	}
}

// loopback brings lo up: a request with the flags of netdevice(7).
func loopback(b *builder) {
	b.because("network.loopback", "")
	defer b.because("", "")
	fd := b.opens("socket", unix.SYS_SOCKET, Sym(unix.AF_INET, "AF_INET"),
		Sym(unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, "SOCK_DGRAM|SOCK_CLOEXEC"), Sym(0, "IPPROTO_IP"))
	req := make([]byte, 40) // struct ifreq
	copy(req, "lo")
	req[16] = unix.IFF_UP
	b.call("ioctl", unix.SYS_IOCTL, Int(int64(fd)), Sym(unix.SIOCSIFFLAGS, "SIOCSIFFLAGS"),
		Mem(req, `{ifr_name="lo", ifr_flags=IFF_UP}`))
	b.close(fd)
}
