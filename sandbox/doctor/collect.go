package doctor

import (
	"context"
	"errors"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
	"judge/sandbox/internal/network"
	"judge/sandbox/internal/seccomp"
)

// Examine collects the facts of this host and decides what they amount to.
func Examine(ctx context.Context) Diagnosis { return Diagnose(Collect(ctx)) }

// Collect asks this host. What cannot be found out is missing from the facts.
// It starts one run, as an ordinary user makes a user namespace, and as root
// network namespaces.
func Collect(ctx context.Context) Facts {
	f, root := Facts{UID: os.Geteuid(), Calls: askCalls()}, os.DirFS("/")
	f.read(root)
	f.askMachine()
	f.readModules(root)
	for _, dir := range f.places(f.hierarchies()) {
		if f.OwnCgroups == nil {
			f.OwnCgroups = map[string]bool{}
		}
		f.OwnCgroups[dir] = unix.Access(dir, unix.W_OK) == nil
	}
	if f.UID != 0 {
		f.UserNamespace = askUserNamespace() // before a run, see sandbox.Run
	}
	p, _ := policy.Builtin("default") // it is there
	info, unheld, err := sandbox.Ready(p)
	if info.Landlock != nil {
		f.Landlock = *info.Landlock
	}
	f.place(root, info.CgroupPlace)
	f.Cgroup, f.NamedCgroup = info.Cgroup, os.Getenv("JUDGE_CGROUP")
	if err != nil {
		f.Refused = refusal(err)
	} else {
		var found []sandbox.Unenforced
		if f.Run, found = prove(ctx, p); f.Run.Status != "" && f.Run.Failure == nil {
			unheld = found // a run finds more
		}
	}
	for _, u := range unheld {
		f.Unenforced = append(f.Unenforced, u.Limit+": "+u.Why)
	}
	slices.Sort(f.Unenforced)
	if f.Refused == nil {
		f.askNetworks(p)
	}
	return f
}

// askNetworks asks what judge run --net bridge would say, and makes each part of a
// network, in namespaces that are gone then: but only where that loads no module.
func (f *Facts) askNetworks(p policy.Policy) {
	p.Network.Mode = "bridge"
	if _, _, err := sandbox.Ready(p); err != nil {
		f.NoBridge = refusal(err)
		return
	}
	if !f.loadsNothing() {
		return
	}
	f.Networks = map[string]string{}
	for _, t := range network.Try() {
		f.Networks[t.Part] = ""
		if t.Err != nil {
			f.Networks[t.Part] = t.Err.Error()
		}
	}
}

// refusal is an error in two parts.
func refusal(err error) *Refusal {
	var usage *sandbox.UsageError
	if !errors.As(err, &usage) {
		return &Refusal{What: err.Error()}
	}
	what := usage.What
	if usage.Err != nil {
		what += ": " + usage.Err.Error()
	}
	return &Refusal{What: what, Hint: usage.Hint}
}

// prove makes a real run of a program that does nothing.
func prove(ctx context.Context, p policy.Policy) (Proof, []sandbox.Unenforced) {
	var proof Proof
	for _, name := range []string{"/bin/true", "/usr/bin/true", "/run/current-system/sw/bin/true"} {
		if _, err := os.Stat(name); err == nil {
			proof.Program = name
			break
		}
	}
	if proof.Program == "" {
		return proof, nil
	}
	report, err := sandbox.Run(ctx, sandbox.Command{Args: []string{proof.Program}}, p)
	proof.Status, proof.Setup = string(report.Status), time.Duration(report.SetupTime)
	if err != nil {
		proof.Failure = refusal(err)
	}
	return proof, report.Unenforced
}

// askMachine asks for what is in no file.
func (f *Facts) askMachine() {
	var uts unix.Utsname
	if unix.Uname(&uts) == nil {
		f.Kernel, f.Arch = unix.ByteSliceToString(uts.Release[:]), unix.ByteSliceToString(uts.Machine[:])
	}
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) == nil {
		f.OpenFiles = r.Max
	}
	if unix.Getrlimit(unix.RLIMIT_NPROC, &r) == nil {
		f.Processes = r.Max
	}
	f.Free, f.ReadOnly = map[string]uint64{}, map[string]bool{}
	for _, dir := range []string{"/run", "/tmp"} {
		var st unix.Statfs_t
		if unix.Statfs(dir, &st) == nil {
			f.Free[dir] = st.Bavail * uint64(st.Bsize)
			f.ReadOnly[dir] = st.Flags&unix.ST_RDONLY != 0
		}
	}
}

// askCalls makes calls that do nothing but fail, or tell. A kernel that knows
// them finds fault with their arguments.
func askCalls() map[string]unix.Errno {
	ask := func(nr uintptr, args ...uintptr) unix.Errno {
		var a [6]uintptr
		copy(a[:], args)
		r, _, errno := unix.Syscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
		if errno == 0 && nr == unix.SYS_PIDFD_OPEN {
			unix.Close(int(r))
		}
		switch errno {
		case unix.ENOSYS, unix.EPERM, unix.EACCES:
			return errno
		}
		return 0
	}
	const none = ^uintptr(0) // -1
	answers := map[string]unix.Errno{
		"clone3":        ask(unix.SYS_CLONE3, 0, 0),
		"pidfd_open":    ask(unix.SYS_PIDFD_OPEN, uintptr(os.Getpid()), 0),
		"openat2":       ask(unix.SYS_OPENAT2, none, 0, 0, 0),
		"close_range":   ask(unix.SYS_CLOSE_RANGE, 1, 0, 0), // the last before the first
		"open_tree":     ask(unix.SYS_OPEN_TREE, none, 0, 0),
		"mount_setattr": ask(unix.SYS_MOUNT_SETATTR, none, 0, 0, 0, 0),
		"user_notif":    askNotices(),
		"wait_killable": 0,
	}
	if !seccomp.CanWait() {
		answers["wait_killable"] = unix.ENOSYS
	}
	return answers
}

// askNotices asks how large notices are, which kernels without them do not know.
func askNotices() unix.Errno {
	var errno unix.Errno
	if _, _, _, err := seccomp.Sizes(); !errors.As(err, &errno) {
		return 0
	}
	if errno == unix.EINVAL {
		return unix.ENOSYS
	}
	return errno
}

// askUserNamespace makes a process in a user namespace, which makes a mount
// namespace in it and its root private, and then executes nothing: where that
// is what fails, the rest went well. On Ubuntu the namespace is made, and
// AppArmor refuses what comes next.
func askUserNamespace() unix.Errno {
	pid, err := syscall.ForkExec("", []string{""}, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWUSER,
		Unshareflags: syscall.CLONE_NEWNS,
		UidMappings:  []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings:  []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}})
	if err == nil { // an empty name cannot be executed (execve(2))
		var status syscall.WaitStatus
		syscall.Wait4(pid, &status, 0, nil)
		return 0
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return unix.EINVAL
	}
	if errno == unix.ENOENT {
		return 0
	}
	return errno
}
