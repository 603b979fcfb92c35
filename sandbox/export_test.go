package sandbox

import (
	"path/filepath"

	"judge/sandbox/internal/cgroup"
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
