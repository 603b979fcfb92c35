package harness

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// World is what of the host a run might leave something in. Other people may
// run judge, or anything else, on the machine at the same time; so what is new
// after a run counts as left behind only if it stays for vanishGrace and
// cannot be somebody else's.
type World struct {
	Mounts  map[string]bool // lines of mountinfo without their mount numbers
	Cgroups map[string]bool // directories below /sys/fs/cgroup
	Files   map[string]bool // names in the places for temporary things
	Sockets map[string]bool // names in /proc/net/unix
}

// vanishGrace is how long the kernel may take to tidy up, and another judge's
// run to make itself known.
const vanishGrace = time.Second

// temporaryPlaces are looked at, not the directories in them.
var temporaryPlaces = []string{"/tmp", "/var/tmp", "/run", "/dev/shm", "/dev/mqueue"}

// kernelsOwn are file systems that the kernel or its tools mount when somebody
// looks there, and that no run is given.
var kernelsOwn = []string{"tracefs", "debugfs", "securityfs", "configfs", "binfmt_misc", "autofs", "bpf", "pstore"}

// look takes the world in.
func look() World {
	w := World{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, line := range linesOf("/proc/self/mountinfo") {
		f := strings.Fields(line)
		if sep := slices.Index(f, "-"); sep > 4 && sep+1 < len(f) && !slices.Contains(kernelsOwn, f[sep+1]) {
			w.Mounts[strings.Join(f[2:], " ")] = true
		}
	}
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() { // a cgroup that goes away meanwhile is none
			w.Cgroups[path] = true
		}
		return nil
	})
	for _, place := range temporaryPlaces {
		entries, _ := os.ReadDir(place) // a place that is not there holds nothing
		for _, e := range entries {
			w.Files[filepath.Join(place, e.Name())] = true
		}
	}
	for _, line := range linesOf("/proc/net/unix") {
		if f := strings.Fields(line); len(f) > 7 {
			w.Sockets[f[7]] = true
		}
	}
	return w
}

// linesOf returns the lines of a file of /proc, none if it cannot be read.
func linesOf(path string) []string {
	text, _ := os.ReadFile(path)
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// suspects returns what is new since before and may be the run's: files and
// sockets by the token, control groups by the form of judge's leaves (all of
// them if leaf is nil).
func (w World) suspects(before World, token string, leaf *regexp.Regexp) []string {
	var all []string
	for m := range w.Mounts {
		if !before.Mounts[m] {
			all = append(all, "mount "+m)
		}
	}
	for c := range w.Cgroups {
		if !before.Cgroups[c] && (leaf == nil || leaf.MatchString(c)) && !mayStay(c) && !inUse(c) {
			all = append(all, "cgroup "+c)
		}
	}
	for f := range w.Files {
		if !before.Files[f] && ours(f, token) {
			all = append(all, "file "+f)
		}
	}
	for s := range w.Sockets {
		if !before.Sockets[s] && ours(s, token) {
			all = append(all, "socket "+s)
		}
	}
	slices.Sort(all)
	return all
}

// mayStay reports whether a cgroup is the one empty `judge` at the top of its
// hierarchy, which judge keeps.
func mayStay(cgroup string) bool {
	rel, err := filepath.Rel("/sys/fs/cgroup", cgroup)
	if err != nil || filepath.Base(rel) != "judge" || strings.Count(rel, "/") > 1 {
		return false
	}
	return !inUse(cgroup)
}

// inUse reports whether somebody's processes are in the cgroup or below it.
// The processes of a run that are left behind are found by themselves, so that
// a cgroup in use is another run's.
func inUse(cgroup string) bool {
	used := false
	_ = filepath.WalkDir(cgroup, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // what goes away meanwhile is not in use
		}
		text, err := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		if used = err == nil && len(text) > 0; used {
			return fs.SkipAll
		}
		return nil
	})
	return used
}

// ours reports whether a file or socket can have been left by a run: its name
// has the session's token or speaks of judge, or its owner is nobody's
// account. The harness's own names and judge's directory of leases are not.
func ours(path, token string) bool {
	base := filepath.Base(path)
	switch {
	case path == "/run/judge", strings.HasPrefix(base, "judge-canary-"), strings.HasPrefix(base, "judge-harness-"):
		return false
	case strings.Contains(path, token), strings.Contains(base, "judge-mark"), strings.Contains(base, "judge-conformance"):
		return true
	}
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	stat := info.Sys().(*syscall.Stat_t)
	return !hasAccount("/etc/passwd", stat.Uid) && !hasAccount("/etc/group", stat.Gid)
}

// leftovers waits for what is new since before to vanish, and returns what
// does not. What is gone, or somebody else's, at any look is no leftover.
func leftovers(before World, token string, leaf *regexp.Regexp) []string {
	left := look().suspects(before, token, leaf)
	for end := time.Now().Add(vanishGrace); len(left) > 0 && time.Now().Before(end); {
		time.Sleep(vanishGrace / 20)
		now := look().suspects(before, token, leaf)
		left = slices.DeleteFunc(left, func(s string) bool { return !slices.Contains(now, s) })
	}
	return left
}
