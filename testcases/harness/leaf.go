package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

var digits = regexp.MustCompile(`[0-9]+`)

// learnLeaf finds out, once, what the control groups of judge's runs are
// called, by looking at a run that waits. Other programs on the machine make
// control groups too, and theirs are not judge's to remove.
func (s *Session) learnLeaf() {
	if s.learned {
		return
	}
	s.learned = true
	program, err := s.harmless()
	if err != nil {
		return // then every new control group counts
	}
	cmd := s.strict(program, "wait")
	if cmd.Start() != nil {
		return
	}
	seen := map[string]bool{}
	for range 25 {
		time.Sleep(10 * time.Millisecond)
		for _, p := range processes(s.token) {
			if p.has && p.pid != cmd.Process.Pid {
				for _, path := range cgroupsOf(p.pid) {
					seen[path] = true
				}
			}
		}
	}
	own := append(cgroupsOf(cmd.Process.Pid), cgroupsOf(os.Getpid())...)
	_ = cmd.Wait() // whether it went well is for the cases to say,
	lingering(s.token, nil)
	var paths []string
	for path := range seen {
		if !slices.Contains(own, path) {
			paths = append(paths, path)
		}
	}
	s.leaf = leafForm(paths)
	if s.leaf == nil && os.Geteuid() != 0 {
		s.leaf = regexp.MustCompile("^$") // an ordinary user who is given no place for cgroups can make none
	}
}

// cgroupsOf returns the paths of a process's control groups in their
// hierarchies.
func cgroupsOf(pid int) []string {
	var paths []string
	for _, line := range linesOf(fmt.Sprintf("/proc/%d/cgroup", pid)) {
		if f := strings.SplitN(line, ":", 3); len(f) == 3 {
			paths = append(paths, f[2])
		}
	}
	return paths
}

// leafForm makes a pattern for control groups that are called like these but
// for their numbers, for those above and those below them. It is nil if there
// are none.
func leafForm(paths []string) *regexp.Regexp {
	var forms []string
	for _, path := range paths {
		form := func(path string) string {
			return digits.ReplaceAllString(regexp.QuoteMeta(path), "[0-9]+")
		}
		if path == "/" {
			continue
		}
		forms = append(forms, form(path)+"(/.*)?")
		for dir := filepath.Dir(path); dir != "/"; dir = filepath.Dir(dir) {
			forms = append(forms, form(dir))
		}
	}
	if forms == nil {
		return nil
	}
	slices.Sort(forms)
	return regexp.MustCompile("(" + strings.Join(slices.Compact(forms), "|") + ")$")
}
