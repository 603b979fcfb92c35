package sandbox

import (
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/procfs"
)

// topology is this machine's.
var topology = lease.NewTopology(lease.SysCPU)

// PhysicalCores is how many runs this host has cores for, of those that judge may
// use: threads of one core (SMT) count once.
func PhysicalCores() int {
	mine, err := lease.Mine()
	if err != nil {
		return runtime.NumCPU()
	}
	return topology.Physical(mine)
}

// leaseCore takes a free core, if the policy wants one, and waits for it in its turn if
// need be: until a signal or the end of the context, which it returns.
func (h *host) leaseCore(wake *waker, cpuset string, slot int) (*lease.Core, unix.Signal, error) {
	if cpuset != "auto" {
		return nil, 0, nil
	}
	mine, err := h.mine()
	if err != nil {
		return nil, 0, err
	}
	var sig unix.Signal
	core, err := topology.Await(h.run, mine, slot, func() bool {
		sig, _ = wake.asked()
		return sig != 0
	})
	return core, sig, err
}

// mine are the processors that a run may be put on: judge's own, of which the
// cpuset that runs are made in may have a part only.
func (h *host) mine() ([]int, error) {
	mine, err := lease.Mine()
	if err != nil {
		return nil, err
	}
	list, err := h.cgroups.Cores()
	if err != nil || list == "" {
		return mine, err
	}
	there := procfs.CPUs(list)
	both := slices.DeleteFunc(slices.Clone(mine), func(n int) bool { return !slices.Contains(there, n) })
	if len(both) == 0 {
		return nil, fmt.Errorf("lease a core: judge may use %v, and the cpuset that its runs are made in has %s", mine, list)
	}
	return both, nil
}
