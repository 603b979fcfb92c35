package plan

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// TestHandled: a ruleset asks for nothing that its ABI does not have.
func TestHandled(t *testing.T) {
	const refer = 0x3fff // the 14 of ABI 2
	tests := []struct {
		abi             int
		loopback        bool
		fs, net, scoped uint64
	}{
		{2, false, refer, 0, 0},
		{3, false, refer | unix.LANDLOCK_ACCESS_FS_TRUNCATE, 0, 0},
		{4, false, refer | unix.LANDLOCK_ACCESS_FS_TRUNCATE, 3, 0},
		{4, true, refer | unix.LANDLOCK_ACCESS_FS_TRUNCATE, 0, 0},
		{5, false, 0xffff, 3, 0},
		{6, true, 0xffff, 0, 3},
		{7, false, 0xffff, 3, 3},
		{99, false, 0xffff, 3, 3},
	}
	for _, tt := range tests {
		in := Input{Host: Host{Landlock: tt.abi}}
		in.Policy.Network.Loopback = tt.loopback
		if fs, net, scoped := handled(in); fs != tt.fs || net != tt.net || scoped != tt.scoped {
			t.Errorf("ABI %d: %#x %#x %#x, want %#x %#x %#x", tt.abi, fs, net, scoped, tt.fs, tt.net, tt.scoped)
		}
	}
}

// TestRules: each is within what is handled, and none lets device nodes be made.
func TestRules(t *testing.T) {
	for name, in := range plans(t) {
		for abi := range 9 {
			in.Host.Landlock = abi
			p, rules := Compile(in), 0
			fs, _, _ := handled(in)
			for _, s := range p.Init {
				if s.Name != "landlock_add_rule" {
					continue
				}
				rules++
				if r := readWord(s.Args[2].Blob.Data); r&^fs != 0 || r&landlockNode != 0 {
					t.Errorf("plan %s, ABI %d: %s", name, abi, s)
				}
			}
			if entered := strings.Contains(text(p), "landlock_restrict_self("); entered != (in.Policy.Landlock.Enabled && abi >= LeastLandlock) || entered != (rules > 0) {
				t.Errorf("plan %s, ABI %d: %d rules, entered %v", name, abi, rules, entered)
			}
		}
	}
}

func TestLandlockUnenforced(t *testing.T) {
	for _, tt := range []struct {
		enabled bool
		abi     int
		want    string
	}{{true, 0, "no Landlock"}, {true, 1, "rename"}, {true, 2, ""}, {true, 7, ""}, {false, 0, ""}, {false, 1, ""}} {
		got := LandlockUnenforced(policy.Landlock{Enabled: tt.enabled}, tt.abi)
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("enabled %v, ABI %d: %q", tt.enabled, tt.abi, got)
		}
	}
}
