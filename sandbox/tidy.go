package sandbox

import (
	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/lease"
)

// tidy removes the leaves of runs whose judge was killed: those whose slot
// nobody holds. mine is the slot that this run holds; its leaf goes when it is
// made anew. Leaves of judges with other leases are not this one's to judge of.
func tidy(h *host, mine *lease.Slot) error {
	names, err := h.cgroups.Leaves()
	if err != nil {
		return err
	}
	for _, name := range names {
		n, mark, ok := lease.ParseLeaf(name)
		if !ok || n == mine.N || mark != mine.Mark {
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

// takeOver removes what the slot's last holder left in another place than this
// run's, where nobody else would look for it. A run does not fail for that: the
// place may be gone, or not be judge's any more.
func takeOver(h *host, mine *lease.Slot) {
	if place := mine.LastNote().Place; place != "" && place != h.cgroups.Place() {
		if there := cgroup.At(cgroup.Mount, place); there != nil {
			_ = there.Destroy(mine.Leaf())
		}
	}
}
