package procfs

import (
	"slices"
	"strings"
)

// CgroupOf finds, in the text of /proc/PID/cgroup, the cgroup that the process has in
// the hierarchy of a controller of v1, or in that of v2, whose number is 0, for "" (cgroups(7)).
func CgroupOf(text, controller string) (path string, ok bool) {
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3) // a path may have colons
		if len(f) == 3 && (controller == "") == (f[0] == "0") && slices.Contains(strings.Split(f[1], ","), controller) {
			return f[2], true
		}
	}
	return "", false
}
