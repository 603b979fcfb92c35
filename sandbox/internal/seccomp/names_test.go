package seccomp

import (
	"sort"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTables(t *testing.T) {
	for _, arch := range []Arch{X86_64, ARM64, I386, ARM} {
		calls, order := arch.calls()
		if !sort.SliceIsSorted(calls, func(i, j int) bool { return calls[i].name < calls[j].name }) {
			t.Errorf("%s: not sorted by name", arch)
		}
		if len(calls) != len(order) {
			t.Errorf("%s: %d calls, %d in the order of numbers", arch, len(calls), len(order))
		}
		for _, c := range calls {
			if nr, ok := Number(arch, c.name); !ok || nr != int(c.nr) {
				t.Errorf("%s: Number(%s) = %d", arch, c.name, nr)
			}
			if name := Name(arch, int(c.nr)); name != c.name {
				t.Errorf("%s: Name(%d) = %s, want %s", arch, c.nr, name, c.name)
			}
		}
	}
	for name, want := range map[string][2]int{"openat": {257, 56}, "socket": {41, 198}, "clone3": {435, 435}, "open": {2, -1}, "newfstatat": {262, 79}} {
		for i, arch := range []Arch{X86_64, ARM64} {
			if nr, ok := Number(arch, name); ok != (want[i] >= 0) || ok && nr != want[i] {
				t.Errorf("%s: %s is %d, %v; want %d", arch, name, nr, ok, want[i])
			}
		}
	}
	if got := Name(X86_64, x32Bit|39); got != "getpid" {
		t.Errorf("39 of x32 is %s", got)
	}
	if !sort.SliceIsSorted(constants[:], func(i, j int) bool { return constants[i].name < constants[j].name }) {
		t.Error("the constants are not sorted")
	}
	for name, want := range map[string]uint64{"CLONE_NEWUSER": unix.CLONE_NEWUSER, "TIOCSTI": unix.TIOCSTI, "AF_VSOCK": unix.AF_VSOCK, "S_IFMT": unix.S_IFMT} {
		if v, ok := Constant(name); !ok || v != want {
			t.Errorf("%s = %#x, %v; want %#x", name, v, ok, want)
		}
	}
	if _, ok := Constant("O_DIRECTORY"); ok {
		t.Error("O_DIRECTORY is taken, but differs between architectures")
	}
}

func TestGroups(t *testing.T) {
	names := map[string]bool{}
	previous := ""
	for name := range Groups {
		if name != "@known" && name <= previous {
			t.Errorf("%s stands after %s", name, previous)
		}
		names[name], previous = true, name
		members, ok := Members(name)
		if !ok || len(members) == 0 {
			t.Errorf("%s has no members", name)
		}
		for _, m := range members {
			if !known(m) {
				t.Errorf("%s has the unknown call %s", name, m)
			}
		}
	}
	for _, want := range strings.Fields("@aio @basic-io @chown @clock @debug @file-system @io-event @ipc @keyring @memlock @module @mount @network-io @obsolete " +
		"@privileged @process @raw-io @reboot @resources @sandbox @setuid @signal @swap @sync @system-service @timer @known") {
		if !names[want] {
			t.Errorf("%s is missing", want)
		}
	}
	if m, _ := Members("@known"); len(m) < 370 {
		t.Errorf("@known has %d calls", len(m))
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"opennat": "openat", "umount": "umount2", "exit_grp": "exit_group", "abcdefghij": "", strings.Repeat("x", 100): ""} {
		if got := nearest(word, each(allCalls())); got != want {
			t.Errorf("nearest to %s is %q, want %q", word, got, want)
		}
	}
}

// TestSignatures: every kind of argument is known, every name in it a constant.
func TestSignatures(t *testing.T) {
	for i, s := range signatures {
		if i > 0 && signatures[i-1].name >= s.name {
			t.Errorf("%s is out of order", s.name)
		}
		if !known(s.name) {
			t.Errorf("%s is no call", s.name)
		}
		if len(s.kinds) > 6 {
			t.Errorf("%s has %d arguments", s.name, len(s.kinds))
		}
		for _, kind := range []byte(s.kinds) {
			if kindNames(kind) == "" && !strings.ContainsRune("dDxXpuUYo@SOP", rune(kind)) {
				t.Errorf("%s has an argument of the unknown kind %c", s.name, kind)
			}
		}
	}
	for kind := byte(' '); kind < 0x7f; kind++ {
		for name := range strings.FieldsSeq(kindNames(kind)) {
			if _, ok := Constant(name); !ok {
				t.Errorf("kind %c: %s is no constant", kind, name)
			}
		}
	}
}
