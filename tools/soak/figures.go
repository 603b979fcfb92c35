package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A figure is what the host, and this process, hold after a part of the way, and
// how long its plain runs took.
type figure struct {
	descriptors, threads, mounts, cgroups, leases int
	held                                          int                 // cgroups that the kernel has, those too that are removed and still charged
	memory                                        int64               // anonymous, of this process, in bytes
	took                                          [ways]time.Duration // the quickest tenth's slowest
}

// measure is called when nothing runs.
func (s *session) measure() figure {
	runtime.GC()
	runtime.GC() // the second frees what the first one's finalizers held
	f := figure{
		descriptors: count("/proc/self/fd"), threads: count("/proc/self/task"),
		held: heldCgroups(), memory: anonymous(),
	}
	for thing := range look("") {
		switch kind, name, _ := strings.Cut(thing, " "); {
		case kind == "mount":
			f.mounts++
		case kind == "cgroup":
			f.cgroups++
		case kind == "file" && (filepath.Base(name) == "judge" || strings.HasPrefix(filepath.Base(name), "judge-")):
			f.leases += count(name)
		}
	}
	fmt.Printf("%4d descriptors %3d threads %4d KiB, %3d mounts %2d cgroups (%d in the kernel) %3d leases;", f.descriptors, f.threads, f.memory>>10,
		f.mounts, f.cgroups, f.held, f.leases)
	for way, times := range s.times {
		if len(times) > 0 {
			f.took[way] = slices.Sorted(slices.Values(times))[len(times)/10]
		}
		fmt.Printf(" %s %v", [ways]string{"judge run", "sandbox.Run"}[way], f.took[way].Round(10*time.Microsecond))
	}
	fmt.Println()
	s.times = [ways][]time.Duration{}
	return f
}

// count is the number of entries of a directory, 0 if there is none.
func count(dir string) int {
	entries, _ := os.ReadDir(dir)
	return len(entries)
}

// anonymous is RssAnon of proc_pid_status(5), in bytes.
func anonymous() int64 {
	text, _ := os.ReadFile("/proc/self/status") // always there
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "RssAnon:" {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

// heldCgroups is the largest num_cgroups of /proc/cgroups (cgroups(7)).
func heldCgroups() int {
	text, _ := os.ReadFile("/proc/cgroups") // always there
	most := 0
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 4 && fields[0] != "#subsys_name" {
			n, _ := strconv.Atoi(fields[2])
			most = max(most, n)
		}
	}
	return most
}

// growth compares the last part with the second: in the first, what is made once
// and kept is still being made. Each figure has room for what differs by chance, and
// for what was killed last and is cleared up by who takes its slot next.
func growth(f []figure) (grown []string) {
	first, last := f[1], f[len(f)-1]
	check := func(name string, first, last, room int64) {
		if last > first+room {
			grown = append(grown, fmt.Sprintf("%s, from %d to %d", name, first, last))
		}
	}
	check("descriptors", int64(first.descriptors), int64(last.descriptors), 0)
	check("threads", int64(first.threads), int64(last.threads), 2*atOnce)
	check("memory in KiB", first.memory>>10, last.memory>>10, 4<<10)
	check("mounts", int64(first.mounts), int64(last.mounts), 0)
	check("cgroups", int64(first.cgroups), int64(last.cgroups), 4*atOnce)
	check("cgroups in the kernel", int64(first.held), int64(last.held), 500)
	check("leases", int64(first.leases), int64(last.leases), atOnce)
	for way, name := range [ways]string{"judge run, in us", "sandbox.Run, in us"} {
		if first.took[way] == 0 { // of a short soak: no plain run was made so
			continue
		}
		check(name, first.took[way].Microseconds(), last.took[way].Microseconds(), first.took[way].Microseconds()/4)
	}
	return grown
}
