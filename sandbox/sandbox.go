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
// Where judge is not the host's root, PID 1 has a user namespace, too, in which
// judge's own id is 0 and which owns all the others. If judge has ids to give
// away (ids.go), the program has one of those, and all is as above; judge then
// enters the namespace to open what the run has left. If not, the program has
// the id of PID 1, and of all files: so the tree is sealed with read-only mounts
// around the writable places, and a user namespace below PID 1's takes the
// program's rights over them. Where judge's user has no cgroups, what the kernel
// limits by the process is limited so, and PID 1 sums up what all have used.
//
// Everything that the run may write lies on one tmpfs, which is bounded in
// bytes and files. It vanishes with PID 1, but for what judge holds open to
// collect from it.
//
// A run that has a name can be entered ([Exec]): another judge makes two more
// processes. The first stays outside of the pid namespace, enters the others, and
// waits for the second, which takes the last steps of PID 2. How, and behind which
// walls, internal/plan/attach.go says; what it takes to do so the run's judge writes
// into the name's file.
//
// Nothing else on the host records a run. When judge is killed, PID 1 ends at
// once, and the lease is free; whoever takes the slot next removes the leaf
// cgroup first. The lease also has a line for people, which [Live] reads: it
// decides nothing.
package sandbox

import (
	"context"
	"errors"
	"time"

	"judge/policy"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/spawn"
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
	may   rights
	child *spawn.Child // nil if err is not
	err   error        // for Run to tell
}

// Prepare begins to build a sandbox. It must come to [Sandbox.Run], which also
// tells what went wrong here, or to [Sandbox.Discard].
func Prepare() *Sandbox {
	s := &Sandbox{began: time.Now()}
	if s.may, s.err = findRights(true); s.err != nil {
		return s
	}
	s.child, s.err = spawn.Start(plan.Early(s.may.userns), s.may.userns.CloneFlags())
	s.err = s.may.explainRefusal(s.err)
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
	defer leave(cmd)
	r := &run{cmd: cmd, policy: p, began: s.began, may: s.may, child: s.child}
	if s.err != nil {
		return r.report(s.err), s.err
	}
	err := r.prepare(p)
	defer r.ahead.Close()
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
