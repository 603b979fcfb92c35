package sandbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/network"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/rlimit"
	"judge/sandbox/internal/rootfs"
	"judge/sandbox/internal/seccomp"
	"judge/sandbox/internal/spawn"
	"judge/sandbox/internal/supervise"
)

// run is one run on its way.
type run struct {
	cmd    Command
	policy policy.Policy // complete: the host's figures in place of shares of them
	began  time.Time
	may    rights

	child  *spawn.Child // PID 1; reaped by whoever ends the run
	host   *host
	view   *rootfs.View
	prog   program
	copies []plan.Copy
	lower  string // plan.Input.BoxLower
	binds  []plan.Bind
	env    []string
	filter seccomp.Filter
	waits  bool // calls that the filter hands over are interrupted by kills alone
	limits cgroup.Limits
	unheld []Unenforced
	apart  plan.Apart
	net    *network.Network // of a run on a bridge, else nil
	ahead  *network.Ahead
	ns     int            // PID 1's user namespace, where judge must enter it to open files; 0 for none
	name   *lease.RunName // nil for none
	join   []string       // of a run with a name: by what others join its cgroups,
	ways   []int          // and by what its user enters its namespaces

	core   *lease.Core // nil for none
	before *reading    // with Command.Meter, of the time when the run began
	noise  *Noise

	evidence  *supervise.Evidence
	decision  supervise.Decision
	collected []Collected
	netUse    *NetworkUse
	hit       []string
	sinks     [2]*supervise.Sink
	execAt    time.Duration // after began
}

// prepare finds everything that the plan needs. It starts nothing, and what
// is wrong with the request is found here.
func (r *run) prepare(p policy.Policy) error {
	var err error
	where := cgroupWish{cgroup: r.cmd.Cgroup}
	if r.child != nil {
		where.child = r.child.PID()
	}
	if r.host, err = probe(r.may, where); err != nil {
		return err
	}
	if r.policy, err = fit(p, r.host); err != nil {
		return err
	}
	if err := check(r.cmd, r.policy); err != nil {
		return err
	}
	if r.policy.Network.Mode == "bridge" && r.child != nil { // and not for --explain
		r.ahead = network.Begin(r.may.run)
	}
	if r.view, err = view(r.policy.Filesystem, r.may, r.cmd.Roots); err != nil {
		return err
	}
	r.env = environment(r.policy.Environment, r.view.PathDirs)
	if r.cmd.Terminal != nil {
		r.env = withTerm(r.env)
	}
	if r.copies, err = copies(r.cmd, r.policy); err != nil {
		return err
	}
	if r.prog, err = findProgram(r.view, r.copies, r.cmd, r.policy.Filesystem.Bind, lookupEnv(r.env, "PATH")); err != nil {
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
	if err := r.lowerBox(); err != nil {
		return err
	}
	r.limits = leafLimits(r.policy)
	if err := r.findUnheld(); err != nil {
		return err
	}
	if r.cmd.Record != nil {
		r.filter = seccomp.Recorder(seccomp.Native())
		r.waits = seccomp.CanWait()
		return nil
	}
	if r.filter, err = loadFilter(r.policy.Seccomp, r.may.filters); err != nil {
		return err
	}
	return r.checkSockets()
}

// execute holds the slot, and all that belongs to it, for the time of the run.
func (r *run) execute(ctx context.Context) (err error) {
	alive := true // the child is still ours to end
	defer func() {
		if alive {
			err = errors.Join(err, r.child.Kill(), r.child.Reap())
		}
	}()
	slot, err := lease.Acquire(r.may.run)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, slot.Release()) }()
	if err := r.claimName(slot); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.releaseName()) }()
	if err := r.giveIDs(slot); err != nil {
		return err
	}
	defer r.closeNS()
	if err := r.reserveNetwork(slot); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.closeNetwork()) }()
	std, err := openStreams(r.cmd, r.may.owner(slot.UID()), int64(r.policy.Limits.Output))
	if err != nil {
		return err
	}
	r.sinks = std.out
	defer func() { err = errors.Join(err, std.finish()) }()
	steps := plan.Compile(r.input(slot.UID()))
	if err := r.load(steps, std.child); err != nil {
		return err
	}
	std.handOver()
	takeOver(r.host, slot) // meanwhile PID 1 is busy, so that nobody waits for it
	r.note(slot)
	wake, err := newWaker(ctx, r.cmd.Signals, r.cmd.SignalFD)
	if err != nil {
		return err
	}
	defer wake.stop()
	if err := tidy(r.host, slot); err != nil {
		return err
	}
	var sig unix.Signal
	r.core, sig, err = r.host.leaseCore(wake, r.policy.Limits.CPUSet, slot.N)
	if err != nil {
		return err
	}
	if sig != 0 { // before anything ran
		r.evidence = &supervise.Evidence{Cancel: sig}
		r.decision = supervise.Decide(r.evidence)
		return nil
	}
	if r.core != nil {
		defer r.core.Release()
		r.limits.CPUSet = r.core.List()
	}
	if r.cmd.Meter != nil {
		if r.before, err = r.cmd.Meter.begin(); err != nil {
			return err
		}
	}
	leaf, went, err := r.letGo(slot, steps)
	alive = !went
	if err != nil {
		return err
	}
	return r.watch(slot, steps, leaf, std, wake)
}

// letGo makes the leaf, plugs the run in, and lets PID 1 start the program. If PID 1 went,
// it is the caller's to watch; after an error it is gone.
func (r *run) letGo(slot *lease.Slot, steps *plan.Plan) (leaf cgroup.Leaf, went bool, err error) {
	if err := r.pin(); err != nil {
		return nil, false, err
	}
	if leaf, err = r.host.cgroups.Create(slot.Leaf(), r.limits); err != nil {
		return nil, false, err
	}
	if err := r.joinNetwork(steps); err != nil { // late: what it is plugged into is being made meanwhile
		leaf.Joined()
		return nil, false, errors.Join(err, leaf.Remove())
	}
	err = r.child.Go(leaf.JoinFDs())
	var err2 error
	if r.name != nil {
		r.join, err2 = joinPaths(leaf.JoinFDs())
	}
	leaf.Joined()
	if err := errors.Join(err, err2, leaf.Prepare()); err != nil {
		return nil, true, errors.Join(err, r.child.Kill(), r.child.Reap(), leaf.Remove())
	}
	return leaf, true, nil
}

// watch sees the run to its end.
func (r *run) watch(slot *lease.Slot, steps *plan.Plan, leaf cgroup.Leaf, std *streams, wake *waker) error {
	watched := &supervise.Run{
		Child: r.child, Leaf: leaf, Limits: r.policy.Limits, Wall: r.policy.Wall(), OOM: r.policy.OOM,
		ExecStep: uint32(len(steps.Program) - 1), Cores: cores(r.limits), Grace: r.grace(),
		KeepDir: len(r.cmd.Collect) > 0 || r.cmd.CollectAll != "" || r.cmd.Keep != "",
		Out:     std.out, In: std.feed, Wake: wake.fd, Asked: wake.asked, Size: r.cmd.Terminal.sizes(),
	}
	if l, ok := leaf.(*rlimit.Leaf); ok {
		watched.WatchProc = l.Watch
		if r.name != nil {
			l.Ended = r.usedBySeconds
		}
	}
	if r.name != nil {
		watched.Handed = func(fds []int) { r.ways = fds }
		watched.Begun = func() { r.publish(slot, r.join) }
		watched.GraceNow = r.graceNow
	}
	if r.cmd.Record != nil {
		watched.Record = r.cmd.Record.Answer
	}
	ev, tmpfs, err := supervise.Watch(watched)
	r.evidence = ev
	spawn.CloseAll(r.ways) // not before PID 1 is reaped: see openHanded
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
	var run time.Duration
	if ev.Started != nil {
		run = ev.Started.SinceExec() // before the end is read: on a busy host much time may pass between the two
	}
	now := time.Since(r.began)
	if err := r.readNetwork(); err != nil {
		return err
	}
	if ev.Started != nil {
		r.billed(ev)
		if err := r.measure(); err != nil {
			return err
		}
		r.execAt = now - run
	}
	r.decision = supervise.Decide(ev)
	switch {
	case r.decision.Status == StatusError && ev.Failed != nil:
		return r.may.explainRefusal(stepError(steps, ev.Failed))
	case r.decision.Status == StatusError:
		return errors.New(r.decision.Reason)
	}
	r.hit = limitsHit(r.policy.Limits, ev, r.decision.Status)
	if tmpfs < 0 {
		return nil
	}
	var err error
	r.collected, err = collect(r.opener(), tmpfs, r.cmd, r.policy.Limits.FileSize)
	if r.cmd.CollectAll != "" {
		refused, all := collectAll(r.opener(), tmpfs, r.cmd.CollectAll, r.policy.Limits)
		r.collected, err = append(r.collected, refused...), errors.Join(err, all)
	}
	if r.cmd.Keep != "" {
		err = errors.Join(err, keep(r.opener(), tmpfs, r.cmd.Keep))
	}
	return err
}

func (r *run) grace() time.Duration {
	if r.cmd.Grace > 0 {
		return r.cmd.Grace
	}
	return time.Second
}

// input is what the plan is made of.
func (r *run) input(uid int) plan.Input {
	hosts, resolv := r.names()
	return plan.Input{
		Policy: r.policy, Hosts: hosts, Resolv: resolv,
		Host: plan.Host{
			Userns: r.may.userns, Apart: r.apart, MountPoint: r.may.run, Ceilings: r.host.ceilings,
			Cgroup: r.host.cgroups.Version(), JoinFDs: r.host.cgroups.JoinFDs(r.limits),
			Masked: present(plan.Masks(r.policy.Filesystem)), PageSize: int64(unix.Getpagesize()), Landlock: r.host.landlock, Monotonic: r.host.monotonic, Boottime: r.host.boottime,
		},
		Argv: r.cmd.Args, Path: r.prog.path, Env: r.env,
		Root: r.view.Root, Copies: r.copies, Binds: r.binds, ReadonlyBox: r.cmd.ReadonlyBox, BoxLower: r.lower,
		Enterable:       r.cmd.Name != "" && r.cmd.Record == nil && r.may.userns.Maps != plan.HostIDs,
		Pseudoterminals: r.cmd.Terminal != nil || r.cmd.Name != "", Terminal: r.cmd.Terminal.size(),
		UID: uid, GID: uid,
		Filter: r.filter.Program, Notify: r.filter.UsesNotify, Waits: r.waits, ClockOK: clockAllowed(r.filter),
		Queues: r.mayCall("mq_open"), Keys: r.cmd.Record == nil && r.mayCall(keyCalls...),
	}
}

// keyCalls make keys, or let one reach keyrings.
var keyCalls = []string{"add_key", "request_key", "keyctl"}

// mayCall says whether the run may make one of the calls, with some arguments
// at least. When it is recorded, all that its policy does not refuse are made;
// it is trusted then.
func (r *run) mayCall(names ...string) bool {
	if r.cmd.Record != nil {
		return true
	}
	return slices.ContainsFunc(names, func(name string) bool { return r.filter.MayPass(seccomp.Native(), name) })
}
