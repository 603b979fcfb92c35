package sandbox

import (
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/lease"
)

// tidy removes the leaves of runs whose judge was killed: those whose slot
// nobody holds. mine is the slot that this run holds; its leaf goes when it is
// made anew.
func tidy(h *host, mine int) error {
	names, err := h.cgroups.Leaves()
	if err != nil {
		return err
	}
	for _, name := range names {
		n, ok := lease.Number(name)
		if !ok || n == mine {
			continue
		}
		slot, err := lease.Try(h.run, n)
		if err != nil {
			return err
		}
		if slot == nil {
			continue // alive
		}
		err = h.cgroups.Destroy(name)
		slot.Release() // closing a file that nothing was written to
		if err != nil {
			return err
		}
	}
	return nil
}

// leaseCore takes a free core, if the policy wants one, and waits for it if
// need be: until a signal or the end of the context, which it returns.
func leaseCore(dir string, wake *waker, cpuset string) (*lease.Core, unix.Signal, error) {
	if cpuset != "auto" {
		return nil, 0, nil
	}
	for {
		core, err := lease.TryCore(dir)
		if core != nil || err != nil {
			return core, 0, err
		}
		if sig, _ := wake.asked(); sig != 0 {
			return nil, sig, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}
