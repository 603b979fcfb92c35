package procfs

import (
	"fmt"
	"slices"
)

// Since says whether a kernel's release, as uname(2) and /proc/sys/kernel/osrelease
// have it, is a version "major.minor" or a later one. Of what is no release it
// says no, as [Older] does.
func Since(release, version string) bool {
	c, known := compare(release, version)
	return known && c >= 0
}

// Older says whether a release comes before a version.
func Older(release, version string) bool {
	c, known := compare(release, version)
	return known && c < 0
}

func compare(release, version string) (order int, known bool) {
	var have, want [2]int
	if n, _ := fmt.Sscanf(release, "%d.%d", &have[0], &have[1]); n != 2 {
		return 0, false
	}
	if n, _ := fmt.Sscanf(version, "%d.%d", &want[0], &want[1]); n != 2 {
		return 0, false
	}
	return slices.Compare(have[:], want[:]), true
}
