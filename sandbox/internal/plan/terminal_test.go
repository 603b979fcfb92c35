package plan

import (
	"slices"
	"strings"
	"testing"
)

// TestTerminalPlan: the lower end is never looked up by a name, becomes the three
// streams and the controlling terminal, and neither end is left open for the
// program; a run without one has no step for it.
func TestTerminalPlan(t *testing.T) {
	in := plans(t)["terminal"]
	without := in
	without.Terminal, without.Pseudoterminals = nil, false
	for name, make := range map[string]func(Input) *Plan{"run": Compile, "second": Attach} {
		p := make(in)
		lines := strings.Split(text(p), "\n")
		find := func(parts ...string) int {
			return slices.IndexFunc(lines, func(l string) bool {
				return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(l, part) })
			})
		}
		open, peer, control := find("openat2", `"/dev/pts/ptmx"`, "O_NOCTTY|O_CLOEXEC", "RESOLVE_NO_SYMLINKS"), find("TIOCGPTPEER", "O_NOCTTY|O_CLOEXEC"), find("program", "TIOCSCTTY")
		if open < 0 || peer < open || control < peer || control < find("program", "setsid") {
			t.Errorf("%s: opened %d, lower end %d, controlling %d", name, open, peer, control)
		}
		for i, l := range lines {
			if i != open && strings.Contains(l, "open") && strings.Contains(l, "/dev/pts") {
				t.Errorf("%s: by a name: %s", name, l)
			}
		}
		for _, fd := range []string{", 0, 0)", ", 1, 0)", ", 2, 0)"} {
			if find("init", "dup3(", fd) < peer {
				t.Errorf("%s: not in the place of stream %s", name, fd)
			}
		}
		if find("fchown(", "1900000000, 1900000000") < peer {
			t.Errorf("%s: the lower end is not the program's", name)
		}
		for _, l := range strings.Split(text(make(without)), "\n") {
			if strings.Contains(l, "pts") || strings.Contains(l, "TIOC") {
				t.Errorf("%s without a terminal: %s", name, l)
			}
		}
	}
	if p := text(Compile(in)); strings.Count(p, `mount("devpts", "/dev/pts", "devpts", MS_NOSUID|MS_NOEXEC, "ptmxmode=0666,mode=0620,max=64")`) != 1 {
		t.Error("no file system of the run's own, bounded")
	}
}
