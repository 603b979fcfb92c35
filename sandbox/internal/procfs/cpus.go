package procfs

import (
	"strconv"
	"strings"
)

// CPUs reads a list of processors as the kernel writes it, "0-2,4" (cpuset(7),
// "List format"). What is no number or range there is left out.
func CPUs(list string) []int {
	var cpus []int
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		lo, hi, isRange := strings.Cut(part, "-")
		first, err1 := strconv.Atoi(lo)
		last := first
		var err2 error
		if isRange {
			last, err2 = strconv.Atoi(hi)
		}
		for c := first; err1 == nil && err2 == nil && c <= last; c++ {
			cpus = append(cpus, c)
		}
	}
	return cpus
}
