package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A view is what is on the host, as a set of names; each says what it is.
type view map[string]bool

// look sees the mounts, the cgroups, and the files that judge could leave: all
// below its TMPDIR in dir, and what bears its name elsewhere. With dir "" the
// former are passed over: nothing may ever be left there.
func look(dir string) view {
	v := view{}
	mounts, _ := os.ReadFile("/proc/self/mountinfo") // always there
	for line := range strings.Lines(string(mounts)) {
		v["mount "+strings.TrimSpace(line)] = true
	}
	walk("/sys/fs/cgroup", func(path string, entry fs.DirEntry) {
		if entry.IsDir() && strings.Contains(path, "judge") {
			v["cgroup "+path] = true
		}
	})
	walk(dir, func(path string, entry fs.DirEntry) {
		if filepath.Dir(path) != dir && path != dir {
			v["file "+path] = true
		}
	})
	for _, place := range []string{"/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/var/lib", "/var/cache"} {
		names, _ := filepath.Glob(filepath.Join(place, "*judge*")) // the pattern is good
		for _, name := range names {
			v["file "+name] = true
		}
	}
	return v
}

// walk passes over what vanishes while it looks: another judge's.
func walk(root string, do func(string, fs.DirEntry)) {
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			do(path, entry)
		}
		return nil
	})
}

// leftovers lists what was not there before and does not go away within three
// seconds, by which other judges' runs are told apart from remains.
func leftovers(before view, dir string) []string {
	left := map[string]bool{}
	for try := range 30 {
		if try > 0 {
			time.Sleep(100 * time.Millisecond)
		}
		now := look(dir)
		for _, pid := range orphans() {
			now[pid] = true
		}
		for thing := range now {
			if try == 0 && !before[thing] {
				left[thing] = true
			}
		}
		for thing := range left {
			if !now[thing] || isBusy(thing) {
				delete(left, thing)
			}
		}
		if len(left) == 0 {
			return nil
		}
	}
	var things []string
	for thing := range left {
		things = append(things, thing)
	}
	return things
}

// isBusy says whether a thing is a cgroup that holds processes; those that are
// soak's are found as orphans.
func isBusy(thing string) bool {
	path, ok := strings.CutPrefix(thing, "cgroup ")
	if !ok {
		return false
	}
	procs, err := os.ReadFile(filepath.Join(path, "cgroup.procs"))
	return err == nil && len(bytes.TrimSpace(procs)) > 0
}

// orphans reaps the children that have ended and lists those that have not: all
// of soak's own are waited for, so they had another parent once.
func orphans() (alive []string) {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		if err != nil || pid == 0 {
			break
		}
	}
	tasks, _ := filepath.Glob("/proc/self/task/*/children") // the pattern is good
	for _, task := range tasks {
		data, _ := os.ReadFile(task) // a thread that is gone has no children
		for _, pid := range strings.Fields(string(data)) {
			comm, _ := os.ReadFile("/proc/" + pid + "/comm")
			alive = append(alive, fmt.Sprintf("process %s %s", pid, bytes.TrimSpace(comm)))
		}
	}
	return alive
}
