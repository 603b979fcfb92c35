package plan

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReadBack: what is said of a plan is what its steps do.
func TestReadBack(t *testing.T) {
	const always = unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET
	tests := []struct {
		plan       string
		namespaces uint64
		hidden     []string
		rules      []string // of Landlock, in order
	}{
		{"strict", always | unix.CLONE_NEWCGROUP, nil, []string{"/", "/box", "/tmp", "/dev", "/proc", ""}},
		{"default", always | unix.CLONE_NEWCGROUP, nil, []string{"/", "/box", "/tmp", "/dev", "/proc", "/dev/mqueue", ""}},
		{"v2", always | unix.CLONE_NEWCGROUP, nil, []string{"/", "/box", "/tmp", "/dev", "/proc", ""}},
		{"namespaces", always | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUSER | unix.CLONE_NEWTIME, nil, []string{"/", "/box", "/tmp", "/dev", ""}},
		{"keys", always | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUSER, nil, []string{"/", "/box", "/tmp", "/dev", "/proc", ""}},
		{"binds", always | unix.CLONE_NEWCGROUP, []string{"/proc/keys", "/proc/fs"},
			[]string{"/", "/box", "/tmp", "/dev", "/proc", "/box/out", "/box/log", ""}},
		{"walled", always | unix.CLONE_NEWCGROUP, nil, []string{"/", "/box", "/tmp", "/dev", "/proc", "/out", "/log", ""}},
	}
	all := plans(t)
	for _, tt := range tests {
		p := Compile(all[tt.plan])
		if got := p.Namespaces(); got != tt.namespaces {
			t.Errorf("%s: namespaces %#x, want %#x", tt.plan, got, tt.namespaces)
		}
		if got := p.Hidden(); !slices.Equal(got, tt.hidden) {
			t.Errorf("%s: hidden %q, want %q", tt.plan, got, tt.hidden)
		}
		set, ok := p.Landlock()
		var paths []string
		for _, r := range set.Rules {
			paths = append(paths, r.Path)
			writable := r.Files&RightsWrite != 0
			if wants := r.Path != "/" && r.Path != ""; writable != wants || r.Files&RightsNodes != 0 || r.Files&^set.Files != 0 {
				t.Errorf("%s: below %q there are rights %#x of %#x", tt.plan, r.Path, r.Files, set.Files)
			}
		}
		if !ok || !slices.Equal(paths, tt.rules) {
			t.Errorf("%s: Landlock's rules are of %q, want %q", tt.plan, paths, tt.rules)
		}
	}
	without := all["strict"]
	without.Policy.Landlock.Enabled = false
	if set, ok := Compile(without).Landlock(); ok {
		t.Errorf("without Landlock: %+v", set)
	}
}
