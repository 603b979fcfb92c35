package sandbox

import (
	"errors"
	"slices"

	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/lease"
)

// oldLeaves removes the leaves that killed judges left: in the place where judge
// would put them now, and where a lease says that its last holder had his.
func oldLeaves(h *host, only bool) ([]string, error) {
	removed, err := leavesHere(h, only)
	slots, err2 := lease.Slots(h.run)
	errs := []error{err, err2}
	for _, n := range slots {
		name, err := removeElsewhere(h, n, only)
		if name != "" {
			removed = append(removed, name)
		}
		errs = append(errs, err)
	}
	return removed, errors.Join(errs...)
}

// leavesHere: of another judge's leaves, with leases that this one cannot see, it
// removes those alone that nobody can ever have again.
func leavesHere(h *host, only bool) ([]string, error) {
	own, err := lease.MarkOf(h.run)
	if err != nil {
		return nil, err
	}
	names, err := h.cgroups.Leftovers()
	if err != nil {
		return nil, err
	}
	gone := map[lease.Mark]bool{own: false}
	var removed []string
	var errs []error
	for _, name := range names {
		n, mark, ok := lease.ParseLeaf(name)
		if !ok {
			continue // not of judge's making
		}
		if _, known := gone[mark]; !known {
			gone[mark] = mark.Gone()
		}
		switch {
		case mark == own:
			ok, err = removeLeaf(h, h.cgroups, n, only)
		case gone[mark]:
			ok, err = removeIfThere(h.cgroups, name, only)
		default:
			continue
		}
		if ok {
			removed = append(removed, name)
		}
		errs = append(errs, err)
	}
	return removed, errors.Join(errs...)
}

// removeLeaf removes the leaf of a slot if nobody holds that. It holds the slot
// meanwhile: no run can take it, and nobody else remove its leaf.
func removeLeaf(h *host, at cgroup.Host, n int, only bool) (bool, error) {
	slot, err := lease.Try(h.run, n)
	if slot == nil || err != nil {
		return false, err // alive
	}
	defer slot.Release() // closing a file that nothing was written to
	return removeIfThere(at, slot.Leaf(), only)
}

// removeElsewhere removes the leaf of a slot that nobody holds from the place
// that its last holder noted, if that is another one than this judge's, and
// gives its name.
func removeElsewhere(h *host, n int, only bool) (string, error) {
	slot, err := lease.Try(h.run, n)
	if slot == nil || err != nil {
		return "", err // alive
	}
	defer slot.Release()
	place := slot.LastNote().Place
	if place == "" || place == h.cgroups.Place() {
		return "", nil
	}
	at := cgroup.At(cgroup.Mount, place)
	if at == nil {
		return "", nil
	}
	if ok, err := removeIfThere(at, slot.Leaf(), only); !ok {
		return "", err
	}
	return slot.Leaf(), nil
}

// removeIfThere: another may have removed it since it was listed.
func removeIfThere(at cgroup.Host, name string, only bool) (bool, error) {
	names, err := at.Leftovers()
	if err != nil || !slices.Contains(names, name) {
		return false, err
	}
	if only {
		return true, nil
	}
	err = at.Destroy(name)
	return err == nil, err
}

// removeKilled removes the leaf of a judge that was killed, wherever it had that.
func removeKilled(h *host, l *lease.Held) error {
	at := h.cgroups
	if there := cgroup.At(cgroup.Mount, l.Note.Place); there != nil {
		at = there
	}
	_, err := removeLeaf(h, at, l.N, false)
	return err
}
