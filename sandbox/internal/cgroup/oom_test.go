package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// narrow makes a cgroup of the test's own with a limit of memory, and gives the host that
// makes its leaves below it.
func narrow(t *testing.T, memory int) Host {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root, for a cgroup with a limit")
	}
	name := leafName()
	var h Host
	var dirs []string
	if v2, ok := realHost(t).(V2); ok {
		h, dirs = V2{Root: filepath.Join(v2.Root, name)}, []string{filepath.Join(v2.Root, name)}
	} else {
		v1 := realHost(t).(V1)
		for _, c := range controllers(Limits{}) {
			dirs = append(dirs, filepath.Join(v1.Root, c, v1.Below, name))
		}
		v1.Below = filepath.Join(v1.Below, name)
		h = v1
	}
	for _, dir := range dirs {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := errors.Join(ignoreMissing(unix.Rmdir(filepath.Join(dir, parent))), unix.Rmdir(dir)); err != nil {
				t.Error(err)
			}
		})
	}
	file := "memory.limit_in_bytes"
	if h.Version() == 2 {
		file = "memory.max"
		if err := write(dirs[0], "cgroup.subtree_control", "+memory +pids"); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(dirs[0], file, strconv.Itoa(memory)); err != nil {
		t.Fatal(err)
	}
	return h
}

func ignoreMissing(err error) error {
	if err == unix.ENOENT {
		return nil
	}
	return err
}

// TestOOMAbove: the kernel kills at the leaf's own limit, and at that of a cgroup above.
func TestOOMAbove(t *testing.T) {
	h := narrow(t, 16<<20)
	for _, c := range []struct {
		name  string
		limit int64
		above bool
	}{{"at its own limit", 8 << 20, false}, {"at that of the cgroup above", 64 << 20, true}, {"without a limit of its own", 0, true}} {
		t.Run(c.name, func(t *testing.T) {
			_, leaf := create(t, h, Limits{Memory: c.limit})
			join(t, h, leaf, "x=0123456789abcdef; while :; do x=$x$x; done").Wait()
			u, err := leaf.Usage()
			if err != nil || u.OOMKills == 0 || u.OOMAbove != c.above {
				t.Errorf("%d kills, above %t, %v", u.OOMKills, u.OOMAbove, err)
			}
		})
	}
}
