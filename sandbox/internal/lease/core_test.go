package lease

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// TestCores leases the host's own, beside a process that is killed.
func TestCores(t *testing.T) {
	dir := t.TempDir()
	mine, err := Mine()
	if err != nil {
		t.Fatal(err)
	}
	_, others, kill := holder(t, dir)
	taken := map[int]*Core{}
	for range len(mine) - 1 {
		c, err := NewTopology(SysCPU).Try(dir, mine, 0)
		if err != nil || c == nil {
			t.Fatalf("core %v, %v", c, err)
		}
		if taken[c.N] != nil || c.N == others || !slices.Contains(mine, c.N) || c.List() != strconv.Itoa(c.N) {
			t.Errorf("core %d (%s)", c.N, c.List())
		}
		taken[c.N] = c
	}
	if c, err := NewTopology(SysCPU).Try(dir, mine, 0); c != nil || err != nil {
		t.Errorf("one more than there are: %v %v", c, err)
	}
	kill()
	c, err := NewTopology(SysCPU).Try(dir, mine, 0)
	if err != nil || c == nil || c.N != others {
		t.Fatalf("the core of a killed process: %v %v", c, err)
	}
	taken[c.N] = c
	for _, c := range taken {
		if err := c.Release(); err != nil {
			t.Error(err)
		}
	}
}

// sysTree is a host's /sys/devices/system/cpu: for each processor its siblings, ""
// for one that is offline, which has no topology.
func sysTree(t *testing.T, active string, siblings ...string) string {
	t.Helper()
	sys := t.TempDir()
	put := func(name, text string) {
		file := filepath.Join(sys, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if active != "" {
		put("smt/active", active)
	}
	for n, list := range siblings {
		if list != "" {
			put("cpu"+strconv.Itoa(n)+"/topology/thread_siblings_list", list)
		}
	}
	return sys
}

// smt4 is 2 cores of 2 threads, numbered as Intel does: first all first threads.
var smt4 = []string{"0,2\n", "1,3\n", "0,2\n", "1,3\n"}

func TestCoreOrder(t *testing.T) {
	for _, c := range []struct {
		name     string
		active   string
		siblings []string
		mine     []int
		held     []int // by others
		want     []int // in which order they come
	}{
		{"first threads before second ones", "1\n", smt4, []int{0, 1, 2, 3}, nil, []int{0, 1, 2, 3}},
		{"pairs beside one another, as AMD numbers them", "1\n", []string{"0-1\n", "0-1\n", "2-3\n", "2-3\n"}, []int{0, 1, 2, 3}, nil, []int{0, 2, 1, 3}},
		{"a core whose sibling works comes after a whole one", "1\n", smt4, []int{0, 1, 2, 3}, []int{2}, []int{1, 0, 3}},
		{"a kernel before 4.19, without smt/active", "", smt4, []int{0, 1, 2, 3}, []int{2}, []int{1, 0, 3}},
		{"of the affinity mask alone", "1\n", smt4, []int{1, 2, 3}, nil, []int{1, 2, 3}},
		{"the second thread leads where the first may not be used", "1\n", smt4, []int{2, 3}, nil, []int{2, 3}},
		{"SMT that is off", "0\n", []string{"0\n", "1\n"}, []int{0, 1}, nil, []int{0, 1}},
		{"a sibling that is offline", "1\n", []string{"0\n", "1,3\n", "", "1,3\n"}, []int{0, 1, 3}, nil, []int{0, 1, 3}},
		{"one core", "0\n", []string{"0\n"}, []int{0}, nil, []int{0}},
		{"one core, which is taken", "0\n", []string{"0\n"}, []int{0}, []int{0}, nil},
		{"a container without /sys", "", nil, []int{4, 7}, nil, []int{4, 7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, sys := t.TempDir(), sysTree(t, c.active, c.siblings...)
			for _, n := range c.held {
				fd, err := lock(corePath(dir, n))
				if err != nil || fd < 0 {
					t.Fatal(fd, err)
				}
				defer release(fd)
			}
			var got []int
			for range len(c.mine) + 1 {
				core, err := NewTopology(sys).Try(dir, c.mine, 0)
				if err != nil {
					t.Fatal(err)
				}
				if core == nil {
					break
				}
				defer core.Release()
				got = append(got, core.N)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("cores came as %v, want %v", got, c.want)
			}
		})
	}
}

func TestPhysical(t *testing.T) {
	for _, c := range []struct {
		name     string
		active   string
		siblings []string
		mine     []int
		want     int
	}{
		{"2 cores of 2 threads", "1\n", smt4, []int{0, 1, 2, 3}, 2},
		{"both threads of one core", "1\n", smt4, []int{1, 3}, 1},
		{"SMT that is off", "0\n", smt4, []int{0, 1}, 2},
		{"nothing known", "", nil, []int{0, 1, 2}, 3},
	} {
		if got := NewTopology(sysTree(t, c.active, c.siblings...)).Physical(c.mine); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestCoreSiblings: who measures on a core must know whose work disturbs it.
func TestCoreSiblings(t *testing.T) {
	c, err := NewTopology(sysTree(t, "1\n", smt4...)).Try(t.TempDir(), []int{1, 3}, 5)
	if err != nil || c == nil || c.N != 1 || !slices.Equal(c.Siblings, []int{3}) {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := c.Release(); err != nil {
		t.Error(err)
	}
}

// BenchmarkTry is what a run pays for its core where all 64 are free, and where
// the last alone is, which the number of its slot points to.
func BenchmarkTry(b *testing.B) {
	mine := make([]int, 64)
	for n := range mine {
		mine[n] = n
	}
	for _, held := range []int{0, 63} {
		dir := b.TempDir()
		for n := range held {
			fd, err := lock(corePath(dir, n))
			if err != nil {
				b.Fatal(err)
			}
			defer release(fd)
		}
		topology := NewTopology(SysCPU)
		b.Run(strconv.Itoa(held)+" of 64 taken", func(b *testing.B) {
			for b.Loop() {
				c, err := topology.Try(dir, mine, held)
				if err != nil || c == nil {
					b.Fatal(c, err)
				}
				c.Release()
			}
		})
	}
}
