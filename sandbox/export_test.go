package sandbox

import (
	"path/filepath"

	"judge/sandbox/internal/cgroup"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/plan"
)

// Places are where judge keeps its leases and its filters, for tests that look there.
func Places() (run, filters string, err error) {
	may, err := findRights(false)
	return may.run, may.filters, err
}

// OneID says that runs have the uid of judge's user, outside: he is not root, and
// has no subordinate ids.
func OneID() (bool, error) {
	may, err := findRights(false)
	return may.userns.Maps == plan.OneID, err
}

// LeafName is the name of slot n's leaf.
func LeafName(n int) (string, error) {
	may, err := findRights(false)
	if err != nil {
		return "", err
	}
	mark, err := lease.MarkOf(may.run)
	return mark.Leaf(n), err
}

// SlotOf is the slot that a leaf of judge's user belongs to; false says that it is
// of a judge with other leases, or of none.
func SlotOf(leaf string) (int, bool) {
	n, _, ok := lease.ParseLeaf(leaf)
	own, err := LeafName(n)
	return n, ok && err == nil && own == leaf
}

// Place is where judge's user has his leaves, as cgroup.Host tells it.
func Place() (string, error) {
	h, err := keeper()
	if err != nil {
		return "", err
	}
	return h.cgroups.Place(), nil
}

// LeafDirs are the directories, one a hierarchy, that hold the leaves of judge's user.
func LeafDirs() ([]string, error) {
	h, err := keeper()
	if err != nil {
		return nil, err
	}
	var dirs []string
	switch c := h.cgroups.(type) {
	case cgroup.V1:
		for _, name := range []string{"pids", "memory", "cpuacct", "cpu", "cpuset"} {
			dirs = append(dirs, filepath.Join(c.Root, name, c.Below, "judge"))
		}
	case cgroup.V2:
		dirs = []string{filepath.Join(c.Root, "judge")}
	}
	return dirs, nil
}

// Landlock is the ABI of this host's, 0 for none.
func Landlock() int { return landlockABI() }
