package sandbox

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/seccomp"
)

// Walls says for people what stands around root's run under the policy on this host,
// besides its limits and its filter: namespaces, what is hidden of /proc and
// /sys, and Landlock's rules, a line each. It is read off the steps that a run
// would take. Nothing is started.
func Walls(p policy.Policy) ([]string, error) {
	in, err := wallsInput(p)
	if err != nil {
		return nil, err
	}
	steps := plan.Compile(in)
	lines := []string{"namespaces: " + names(steps.Namespaces(), namespaceNames[:])}
	if hidden := steps.Hidden(); len(hidden) > 0 {
		lines = append(lines, "hidden, of what this host has: "+strings.Join(hidden, ", "))
	}
	set, ok := steps.Landlock()
	if !ok {
		why := plan.LandlockUnenforced(in.Policy.Landlock, in.Host.Landlock)
		if why == "" {
			why = "not asked for"
		}
		return append(lines, "Landlock: none; "+why), nil
	}
	return append(lines, landlockLines(set, in.Host.Landlock)...), nil
}

// wallsInput is a run of some program, under the policy alone.
func wallsInput(p policy.Policy) (plan.Input, error) {
	h := plan.Host{MountPoint: rootsPlaces.run, Cgroup: 1, Landlock: landlockABI(), Masked: present(plan.Masks(p.Filesystem))}
	in := plan.Input{Policy: p, Host: h, Argv: []string{"program"}, Path: "program", UID: lease.FirstUID, GID: lease.FirstUID}
	if root := p.Filesystem.Rootfs; root != "" && root != "host" {
		in.Root.Lower = root
	}
	for _, b := range p.Filesystem.Bind {
		in.Binds = append(in.Binds, plan.Bind{Source: b.Source, Target: path.Clean("/" + b.Target), Readonly: b.Readonly, Dir: true})
	}
	spec, err := seccomp.Resolve(p.Seccomp)
	switch {
	case errors.Is(err, seccomp.ErrEmpty):
		in.Queues, in.Keys = true, true
		return in, nil
	case err != nil:
		return in, fmt.Errorf("the policy's filter: %w", err)
	}
	in.Queues = spec.MayPass("mq_open")
	in.Keys = slices.ContainsFunc(keyCalls, spec.MayPass)
	return in, nil
}

type bitName struct {
	bits uint64
	name string
}

var namespaceNames = [...]bitName{
	{unix.CLONE_NEWPID, "PID"}, {unix.CLONE_NEWNS, "mount"}, {unix.CLONE_NEWNET, "network"}, {unix.CLONE_NEWIPC, "IPC"},
	{unix.CLONE_NEWUTS, "UTS"}, {unix.CLONE_NEWCGROUP, "cgroup"}, {unix.CLONE_NEWUSER, "user"}, {unix.CLONE_NEWTIME, "time"},
}

var rightNames = [...]bitName{
	{plan.RightsRead, "read"}, {unix.LANDLOCK_ACCESS_FS_EXECUTE, "execute"}, {plan.RightsWrite, "write"}, {plan.RightsMake, "make, rename and remove"},
	{plan.RightsNodes, "make devices"},
}

// names are those whose bits, or some of them, are there.
func names(bits uint64, table []bitName) string {
	var out []string
	for _, n := range table {
		if bits&n.bits != 0 {
			out = append(out, n.name)
		}
	}
	return strings.Join(out, ", ")
}

func landlockLines(set plan.Ruleset, abi int) []string {
	lines := []string{fmt.Sprintf("Landlock, ABI %d of this kernel, lets nothing be done with files but, by owner and mode:", abi)}
	for _, r := range set.Rules {
		where := r.Path
		if where == "" {
			where = "standard input, if it is a file"
		}
		lines = append(lines, fmt.Sprintf("  below %s: %s", where, names(r.Files, rightNames[:])))
	}
	if set.Net != 0 {
		lines = append(lines, "  no TCP")
	}
	for _, scope := range []bitName{
		{unix.LANDLOCK_SCOPE_SIGNAL, "no signal to a process outside"}, {unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, "no abstract socket of a process outside"},
	} {
		if set.Scoped&scope.bits != 0 {
			lines = append(lines, "  "+scope.name)
		}
	}
	return lines
}
