package judge

import (
	"os"
	"path/filepath"
	"runtime"
)

// physicalCores is how many programs can run side by side without sharing a core:
// SMT siblings count once. Source: Documentation/admin-guide/cputopology.rst,
// thread_siblings_list.
func physicalCores() int {
	n := runtime.NumCPU() // those that judge may use
	lists, err := filepath.Glob("/sys/devices/system/cpu/cpu[0-9]*/topology/thread_siblings_list")
	if err != nil || len(lists) == 0 {
		return n
	}
	cores := map[string]bool{}
	for _, file := range lists {
		text, err := os.ReadFile(file)
		if err != nil { // a core that is offline, or no such file in this container
			return n
		}
		cores[string(text)] = true
	}
	return max(1, min(n, len(cores)))
}
