package sandbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/spawn"
	"judge/sandbox/internal/supervise"
)

// A Second is a second command in a run that is alive.
type Second struct {
	Run     string   // its name
	Env     []string // NAME=VALUE, over the run's own environment
	Workdir string   // where it starts; "" for where the run did

	// NoLandlock leaves out the rules of Landlock, so that the command can see,
	// signal and, if the filter lets it, trace the run's other processes. Refused
	// if the run's policy is locked.
	NoLandlock bool

	// Of Command, only Args, which are looked up inside (in the run's PATH, if there
	// is no slash), the streams, Terminal, Signals, SignalFD and Grace count.
	Command
}

// Exec runs a second command in a run that is alive: in its namespaces and its
// cgroup, with its uid, its limits, its filter and its rules of Landlock. It ends
// with the run, and with its caller. Of the report only how it ended, and what it
// wrote, is filled in; what it used is the run's. The run's own user can do so, and
// nobody else: where that is not root, he owns the user namespace that the run is in.
//
// Landlock parts it from the run's other processes: it cannot see, signal or
// trace them, nor they it (landlock(7), "Ptrace restrictions"; hidepid of proc(5)
// asks the same question).
func Exec(ctx context.Context, s Second) (Report, error) {
	h, err := keeper()
	if err != nil {
		return Report{}, err
	}
	t, err := h.findBegun(s.Run)
	if err != nil {
		return Report{}, err
	}
	defer t.close()
	in, err := s.enterable(h, t)
	if err != nil {
		return Report{}, err
	}
	e, err := openEntrance(t)
	if err != nil {
		return Report{}, err
	}
	defer e.close()
	in.Path = s.lookUp(e, in)
	r := &run{cmd: s.Command, policy: in.Policy, may: h.rights, began: time.Now()}
	if in.Path == "" {
		r.decision = supervise.Decision{Status: StatusCannotStart, Errno: unix.ENOENT, Reason: s.Args[0] + ": not found in the run"}
		return r.report(nil), nil
	}
	r.prog.path = in.Path
	err = r.second(ctx, in, e, func(child int) error { return h.letIn(t, child) })
	err = errors.Join(err, t.addUsed(r.evidence))
	rep := r.report(err)
	if err == nil && rep.Status == StatusSignal && *rep.Signal == int(unix.SIGKILL) && e.over(patienceForInit) {
		rep.RunEnded, rep.Reason = true, "the run has ended"
	}
	return rep, err
}

// patienceToBegin is how long a run that was just started may take to write down
// that its program is there.
const patienceToBegin = 5 * time.Second

// findBegun is find, and waits until a run with a name has begun.
func (h *host) findBegun(ref string) (*target, error) {
	for start := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		t, err := h.find(ref)
		if err != nil || t.name == nil || t.rec.Joint != nil || t.rec.Why != "" || time.Since(start) > patienceToBegin {
			return t, err
		}
		t.close()
	}
}

func cannotEnter(t *target, what, hint string) error {
	return &UsageError{What: "enter run " + t.called + ": " + what, Hint: hint}
}

// enterable says what the command is made by, and refuses what cannot be.
func (s Second) enterable(h *host, t *target) (plan.Input, error) {
	refuse := func(what, hint string) (plan.Input, error) {
		return plan.Input{}, cannotEnter(t, what, hint)
	}
	switch {
	case len(s.Args) == 0 || s.Args[0] == "":
		return plan.Input{}, &UsageError{What: "no program named", Hint: "judge exec NAME PROG [ARG...]"}
	case t.name == nil:
		return refuse("it has no name", "start it with judge run --name NAME")
	case t.rec.Joint == nil && t.rec.Why != "":
		return refuse(t.rec.Why, "start it without")
	case t.rec.Joint == nil:
		return refuse("its program has not begun, or its judge could not write down how it is made", "try again; is the disk of "+h.run+" full?")
	case t.rec.Joint.Input.Host.Userns.Maps == plan.HostIDs && h.userns.Maps != plan.HostIDs:
		return refuse("judge runs "+h.as, "root started it, and only root can enter it")
	case t.rec.Joint.Input.Host.Userns.Maps != plan.HostIDs:
		if err := h.enterableByUser(t); err != nil {
			return plan.Input{}, err
		}
	}
	if s.Workdir != "" && (!path.IsAbs(s.Workdir) || leadsOut(s.Workdir)) {
		return refuse("start in "+s.Workdir, "name a directory of files, by an absolute path")
	}
	if s.NoLandlock && t.rec.Joint.Input.Policy.Locked {
		return refuse("without Landlock", "the run's policy is locked, which nothing may loosen")
	}
	for _, text := range append(slices.Clone(s.Args), s.Env...) {
		if strings.ContainsRune(text, 0) {
			return refuse(fmt.Sprintf("argument %q", text), "an argument cannot hold a NUL byte")
		}
	}
	// With 1, a change of uid would leave the command's process open to those of the run (proc_sys_fs(5)).
	if v, err := os.ReadFile("/proc/sys/fs/suid_dumpable"); err != nil || strings.TrimSpace(string(v)) == "1" {
		return refuse("fs.suid_dumpable is 1, or cannot be read", "sysctl fs.suid_dumpable=0: else what runs there could take hold of the command before it has given up its rights")
	}
	in := t.rec.Joint.Input
	in.Argv, in.Terminal = s.Args, s.Terminal.size()
	in.Env = environ(in.Env, s.Env)
	if s.Terminal != nil {
		in.Env = withTerm(in.Env)
	}
	in.Policy.Landlock.Enabled = in.Policy.Landlock.Enabled && !s.NoLandlock
	in.Host.JoinFDs = len(t.rec.Joint.Join)
	in.Host.Ceilings = lower(in.Host.Ceilings, h.ceilings)
	if s.Workdir != "" {
		in.Policy.Filesystem.Workdir = path.Clean(s.Workdir)
	}
	return in, nil
}

// lower are the lower ones of two hosts' ceilings.
func lower(a, b map[int]uint64) map[int]uint64 {
	out := map[int]uint64{}
	maps.Copy(out, b)
	for resource, value := range a {
		if other, bounded := out[resource]; !bounded || value < other {
			out[resource] = value
		}
	}
	return out
}

// environ lays variables over others.
func environ(env, over []string) []string {
	out := slices.Clone(env)
	for _, e := range over {
		name, _, _ := strings.Cut(e, "=")
		out = slices.DeleteFunc(out, func(o string) bool { return strings.HasPrefix(o, name+"=") })
		out = append(out, e)
	}
	slices.Sort(out)
	return out
}

// lookUp finds the program in the run's tree, "" for nowhere. It is executed by
// that name, inside: what the tree's owner changes meanwhile, he changes for himself.
func (s Second) lookUp(e *entrance, in plan.Input) string {
	name := s.Args[0]
	inside := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	if strings.Contains(name, "/") {
		full := name
		if !path.IsAbs(full) {
			full = path.Join(in.Policy.Filesystem.Workdir, name)
		}
		fd, err := e.open(full, inside)
		if err == unix.ENOENT || err == unix.ENOTDIR {
			return ""
		}
		if err == nil {
			unix.Close(fd)
		}
		return name // what is wrong with it execve will say
	}
	for dir := range strings.SplitSeq(lookupEnv(in.Env, "PATH"), ":") {
		if !path.IsAbs(dir) {
			continue
		}
		candidate := path.Join(dir, name)
		fd, err := e.open(candidate, inside)
		if err != nil {
			continue
		}
		var st unix.Stat_t
		err = unix.Fstat(fd, &st)
		unix.Close(fd)
		if err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&0o111 != 0 {
			return candidate
		}
	}
	return ""
}

// second starts the command and sees it to its end. letIn is told the number of the process that makes the command's.
func (r *run) second(ctx context.Context, in plan.Input, e *entrance, letIn func(child int) error) (err error) {
	child, err := spawn.Start(plan.EarlyAttach(in.Host.Userns), plan.AttachFlags)
	if err != nil {
		return err
	}
	r.child = child
	alive := true // the child is still ours to end
	defer func() {
		if alive {
			err = errors.Join(err, child.Kill(), child.Reap())
		}
	}()
	std, err := openStreams(r.cmd, rights{userns: in.Host.Userns}.owner(in.UID), int64(in.Policy.Limits.Output))
	if err != nil {
		return err
	}
	r.sinks = std.out
	defer func() { err = errors.Join(err, std.finish()) }()
	steps := plan.Attach(in)
	if err := child.Load(steps, std.child); err != nil {
		return err
	}
	std.handOver()
	wake, err := newWaker(ctx, r.cmd.Signals, r.cmd.SignalFD)
	if err != nil {
		return err
	}
	defer wake.stop()
	if err := letIn(child.PID()); err != nil {
		return err
	}
	if err := child.Go(e.fds); err != nil {
		return err
	}
	alive = false
	ev, tmpfs, err := supervise.Watch(&supervise.Run{
		Child: child, Leaf: borrowed{}, Limits: policy.Limits{Output: in.Policy.Limits.Output}, Second: true,
		ExecStep: uint32(len(steps.Program) - 1), Cores: 1, Grace: r.grace(),
		Out: std.out, In: std.feed, Wake: wake.fd, Asked: wake.asked, Size: r.cmd.Terminal.sizes(),
	})
	if tmpfs >= 0 {
		unix.Close(tmpfs)
	}
	r.evidence = ev
	if err != nil {
		return err
	}
	r.decision = supervise.Decide(ev)
	switch {
	case r.decision.Status != StatusError:
		return nil
	case e.over(patienceForInit):
		sig := unix.SIGKILL
		r.decision = supervise.Decision{Status: StatusSignal, Signal: &sig}
		return nil
	case ev.Failed != nil:
		return stepError(steps, ev.Failed)
	}
	return errors.New(r.decision.Reason)
}

// borrowed is a leaf that is the run's: its judge counts, limits and removes it.
type borrowed struct{}

func (borrowed) JoinFDs() []int               { return nil }
func (borrowed) Joined()                      {}
func (borrowed) Prepare() error               { return nil }
func (borrowed) CPU() (time.Duration, error)  { return 0, nil }
func (borrowed) Active() (bool, error)        { return true, nil }
func (borrowed) OOMFD() int                   { return -1 }
func (borrowed) OOMEvents() uint32            { return 0 }
func (borrowed) TakeOOMEvent() error          { return nil }
func (borrowed) OOMKills() (int64, error)     { return 0, nil }
func (borrowed) Empty() (bool, error)         { return false, nil }
func (borrowed) Usage() (cgroup.Usage, error) { return cgroup.Usage{}, nil }
func (borrowed) Remove() error                { return nil }
