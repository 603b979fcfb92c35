package sandbox

import (
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
