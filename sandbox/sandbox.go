// Package sandbox runs one command, isolated and limited, and says what became
// of it.
//
// # Theory of operation
//
// Three processes take part, and none of them is a daemon:
//
//	judge      the caller's process. It holds a slot lease (a uid, a gid, a cgroup
//	           name), makes the leaf cgroup, watches clocks, counters and pipes, and kills.
//	PID 1      of five fresh namespaces: a raw clone of judge that executes nothing but a
//	           flat list of system calls, made beforehand. It builds the file tree, makes
//	           the program's process, gives up every capability, reaps what ends, and
//	           ends with the program or with judge, whichever is first; the kernel then
//	           kills all that is left inside.
//	PID 2      the program: in the leaf cgroup, with a uid of the slot's, no capability,
//	           no_new_privs and a filter, from its last steps before execve on.
//
// A control socket joins judge and PID 1; see internal/spawn/message.go for
// what goes over it. Its end of file, on either side, is how one learns that
// the other is gone. The program's standard streams are pipes to judge.
//
// Everything that the run may write lies on one tmpfs, which is bounded in
// bytes and files. It vanishes with PID 1, but for what judge holds open to
// collect from it.
//
// Nothing else on the host records a run. When judge is killed, PID 1 ends at
// once, and the lease is free; whoever takes the slot next removes the leaf
// cgroup first. The lease also has a line for people, which [Live] reads: it
// decides nothing.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/rootfs"
	"judge/sandbox/internal/seccomp"
	"judge/sandbox/internal/spawn"
	"judge/sandbox/internal/supervise"
)

// Run runs the command under the policy and waits for its end.
//
// The program's own faults, and limits that it passed, are in the report, with
// a nil error. A [*UsageError] says that nothing was started, since something
// was asked for that is not there or that this host cannot do. Any other error
// is a failure of judge; the report's status is then [StatusError].
//
// p comes from package policy's Load, Decode or With; one made by hand has
// been through its Check.
//
// When ctx is done, the run is killed: [StatusCancelled].
//
// From the first run on, the memory of this process is kept out of what it
// forks (MADV_DONTFORK). What Go starts shares its memory until exec and does
// not feel that, but for an [os/exec.Cmd] that asks for a user namespace
// (CLONE_NEWUSER): start such from another process.
func Run(ctx context.Context, cmd Command, p policy.Policy) (Report, error) {
	return Prepare().Run(ctx, cmd, p)
}

// A Sandbox is one that is being built: its namespaces are made while the
// caller goes on, to find out what is to run in it. It is good for one run.
type Sandbox struct {
	began time.Time
	child *spawn.Child // nil if err is not
	err   error        // for Run to tell
}

// Prepare begins to build a sandbox. It must come to [Sandbox.Run], which also
// tells what went wrong here, or to [Sandbox.Discard].
func Prepare() *Sandbox {
	s := &Sandbox{began: time.Now()}
	if s.err = mayRun(); s.err != nil {
		return s
	}
	s.child, s.err = spawn.Start(plan.Early(), plan.CloneFlags)
	return s
}

// Discard gives up a sandbox that nothing has run in.
func (s *Sandbox) Discard() error {
	if s.child == nil {
		return nil
	}
	return errors.Join(s.child.Kill(), s.child.Reap())
}

// Run is the function [Run], in this sandbox.
func (s *Sandbox) Run(ctx context.Context, cmd Command, p policy.Policy) (Report, error) {
	r := &run{cmd: cmd, policy: p, began: s.began, child: s.child}
	if s.err != nil {
		return r.report(s.err), s.err
	}
	err := r.prepare(p)
	if r.view != nil {
		defer r.view.Close()
	}
	if err != nil {
		err = errors.Join(err, s.Discard())
		return r.report(err), err
	}
	if r.prog.path == "" {
		err := s.Discard()
		return r.notFound(err), err
	}
	err = r.execute(ctx)
	return r.report(err), err
}

// run is one run on its way.
type run struct {
	cmd    Command
	policy policy.Policy // complete: the host's figures in place of shares of them
	began  time.Time

	child  *spawn.Child // PID 1; reaped by whoever ends the run
	host   *host
	view   *rootfs.View
	prog   program
	copies []plan.Copy
	binds  []plan.Bind
	env    []string
	filter seccomp.Filter
	waits  bool // calls that the filter hands over are interrupted by kills alone
	limits cgroup.Limits
	unheld []Unenforced

	evidence  *supervise.Evidence
	decision  supervise.Decision
	collected []Collected
	hit       []string
	sinks     [2]*supervise.Sink
	execAt    time.Duration // after began
	endAt     time.Duration
}

// prepare finds everything that the plan needs. It starts nothing, and what
// is wrong with the request is found here.
func (r *run) prepare(p policy.Policy) error {
	var err error
	if r.host, err = probe(); err != nil {
		return err
	}
	if r.policy, err = fit(p, r.host); err != nil {
		return err
	}
	if err := check(r.cmd, r.policy); err != nil {
		return err
	}
	if r.view, err = view(r.policy.Filesystem); err != nil {
		return err
	}
	r.env = environment(r.policy.Environment)
	if r.copies, err = copies(r.cmd, r.policy); err != nil {
		return err
	}
	if r.prog, err = findProgram(r.view, r.copies, r.cmd.Args[0], lookupEnv(r.env, "PATH")); err != nil {
		return err
	}
	if r.prog.copy != nil { // over a file of that name
		if r.copies, err = put(r.copies, *r.prog.copy); err != nil {
			return err
		}
	}
	if r.binds, err = findBinds(r.view, r.policy.Filesystem); err != nil {
		return err
	}
	r.limits = leafLimits(r.policy)
	for limit, why := range r.host.cgroups.Unenforced(r.limits) {
		r.unheld = append(r.unheld, Unenforced{limit, why})
	}
	if why := plan.LandlockUnenforced(r.policy.Landlock, r.host.landlock); why != "" {
		r.unheld = append(r.unheld, Unenforced{"landlock", why})
	}
	if r.cmd.Record != nil {
		r.filter = seccomp.Recorder(seccomp.Native())
		r.waits = seccomp.CanWait()
		return nil
	}
	r.filter, err = loadFilter(r.policy.Seccomp)
	return err
}

// execute holds the slot, and all that belongs to it, for the time of the run.
func (r *run) execute(ctx context.Context) (err error) {
	alive := true // the child is still ours to end
	defer func() {
		if alive {
			err = errors.Join(err, r.child.Kill(), r.child.Reap())
		}
	}()
	slot, err := lease.Acquire(runDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, slot.Release()) }()
	std, err := openStreams(r.cmd, slot.UID(), int64(r.policy.Limits.Output))
	if err != nil {
		return err
	}
	r.sinks = std.out
	defer func() { err = errors.Join(err, std.finish()) }()
	steps := plan.Compile(r.input(slot.UID()))
	if err := r.child.Load(steps, std.child); err != nil {
		return err
	}
	std.handOver()
	r.note(slot) // meanwhile PID 1 is busy, so that nobody waits for it
	wake, err := newWaker(ctx, r.cmd.Signals, r.cmd.SignalFD)
	if err != nil {
		return err
	}
	defer wake.stop()
	if err := tidy(r.host.cgroups, slot.N); err != nil {
		return err
	}
	core, sig, err := leaseCore(wake, r.policy.Limits.CPUSet)
	if err != nil {
		return err
	}
	if sig != 0 { // before anything ran
		r.evidence = &supervise.Evidence{Cancel: sig}
		r.decision = supervise.Decide(r.evidence)
		return nil
	}
	if core != nil {
		defer core.Release()
		r.limits.CPUSet = core.List()
	}
	leaf, err := r.host.cgroups.Create(slot.Name(), r.limits)
	if err != nil {
		return err
	}
	err = r.child.Go(leaf.JoinFDs())
	leaf.Joined()
	if err := errors.Join(err, leaf.Prepare()); err != nil {
		alive = false
		return errors.Join(err, r.child.Kill(), r.child.Reap(), leaf.Remove())
	}
	alive = false
	return r.watch(steps, leaf, std, wake)
}

// watch sees the run to its end.
func (r *run) watch(steps *plan.Plan, leaf cgroup.Leaf, std *streams, wake *waker) error {
	watched := &supervise.Run{
		Child: r.child, Leaf: leaf, Limits: r.policy.Limits, Wall: r.policy.Wall(), OOM: r.policy.OOM,
		ExecStep: uint32(len(steps.Program) - 1), Cores: cores(r.limits), Grace: r.grace(),
		KeepDir: len(r.cmd.Collect) > 0 || r.cmd.Keep != "",
		Out:     std.out, In: std.feed, Wake: wake.fd, Asked: wake.asked,
	}
	if r.cmd.Record != nil {
		watched.Record = r.cmd.Record.Answer
	}
	ev, tmpfs, err := supervise.Watch(watched)
	r.evidence = ev
	if tmpfs >= 0 {
		defer unix.Close(tmpfs)
	}
	if err != nil {
		return err
	}
	return r.conclude(steps, tmpfs)
}

// conclude reads what is left to read, and decides.
func (r *run) conclude(steps *plan.Plan, tmpfs int) error {
	ev := r.evidence
	r.endAt = time.Since(r.began)
	if ev.Started != nil {
		r.billed(ev)
		r.execAt = r.endAt - sinceExec(ev)
	}
	r.decision = supervise.Decide(ev)
	switch {
	case r.decision.Status == StatusError && ev.Failed != nil:
		return stepError(steps, ev.Failed)
	case r.decision.Status == StatusError:
		return errors.New(r.decision.Reason)
	}
	r.hit = limitsHit(r.policy.Limits, ev, r.decision.Status)
	if tmpfs < 0 {
		return nil
	}
	var err error
	r.collected, err = collect(tmpfs, r.cmd, r.policy.Limits.FileSize)
	if r.cmd.Keep != "" {
		err = errors.Join(err, keep(tmpfs, r.cmd.Keep))
	}
	return err
}

// billed takes judge's own last steps before exec out of the leaf's figures.
func (r *run) billed(ev *supervise.Evidence) {
	u := &ev.Usage
	mine := min(ev.Started.SetupCPU(), u.CPU)
	u.CPU -= mine
	u.System = max(u.System-mine, 0)
	u.User = u.CPU - u.System
}

func sinceExec(ev *supervise.Evidence) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0
	}
	return time.Duration(now.Nano() - ev.Started.ExecWall.Nano())
}

func (r *run) grace() time.Duration {
	if r.cmd.Grace > 0 {
		return r.cmd.Grace
	}
	return time.Second
}

// input is what the plan is made of.
func (r *run) input(uid int) plan.Input {
	return plan.Input{
		Policy: r.policy,
		Host: plan.Host{
			MountPoint: runDir, Ceilings: r.host.ceilings,
			Cgroup: r.host.cgroups.Version(), JoinFDs: r.host.cgroups.JoinFDs(r.limits),
			Masked: present(plan.Masks(r.policy.Filesystem)), Landlock: r.host.landlock, Monotonic: r.host.monotonic, Boottime: r.host.boottime,
		},
		Argv: r.cmd.Args, Path: r.prog.path, Env: r.env,
		Root: r.view.Root, Copies: r.copies, Binds: r.binds,
		UID: uid, GID: uid,
		Filter: r.filter.Program, Notify: r.filter.UsesNotify, Waits: r.waits, ClockOK: clockAllowed(r.filter),
	}
}

// Explain gives, a line a step, what a run would do, in strace's notation.
// Nothing is started; the slot's number is that of the lowest.
func Explain(cmd Command, p policy.Policy) ([]string, error) {
	r := &run{cmd: cmd}
	if err := r.prepare(p); err != nil {
		return nil, err
	}
	defer r.view.Close()
	if r.prog.path == "" {
		return nil, &UsageError{What: "find " + cmd.Args[0], Err: os.ErrNotExist, Hint: r.notFound(nil).Reason}
	}
	steps := plan.Compile(r.input(lease.FirstUID))
	var lines []string
	for i, list := range steps.Lists() {
		for j, s := range list {
			line := fmt.Sprintf("%s %3d  %s", [...]string{"init   ", "program"}[i], j, s)
			if s.Why != "" {
				line += "  /* " + s.Why + " */"
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}
