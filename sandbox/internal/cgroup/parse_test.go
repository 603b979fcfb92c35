package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakeTree writes control files below a directory.
func fakeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func show(n *int64) string {
	if n == nil {
		return "null"
	}
	return fmt.Sprint(*n)
}

func showUsage(u Usage) string {
	return fmt.Sprintf("cpu %v user %v system %v throttled %v peak %s anon %s file %s kernel %s pids %s refused %d kills %d%s", u.CPU, u.User, u.System, u.Throttled,
		show(u.MemoryPeak), show(u.Anon), show(u.File), show(u.Kernel), show(u.PidsPeak), u.PidsRefused, u.OOMKills, map[bool]string{true: " above"}[u.OOMAbove])
}

func v1Files() map[string]string {
	return map[string]string{
		"cpuacct/judge/l/cpuacct.usage":             "1000000000\n",
		"cpuacct/judge/l/cpuacct.stat":              "user 75\nsystem 25\n",
		"memory/judge/l/memory.oom_control":         "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
		"memory/judge/l/memory.max_usage_in_bytes":  "4096000\n",
		"memory/judge/l/memory.kmem.usage_in_bytes": "8192\n",
		"memory/judge/l/memory.stat":                "cache 100\nrss 200\nrss_huge 0\nshmem 0\ntotal_cache 900\ntotal_rss 900\n",
		"pids/judge/l/pids.current":                 "0\n",
		"pids/judge/l/pids.peak":                    "7\n",
		"pids/judge/l/pids.events":                  "max 3\n",
	}
}

func v2Files() map[string]string {
	return map[string]string{
		"judge/l/cpu.stat":      "usage_usec 1000000\nuser_usec 750000\nsystem_usec 250000\nnr_periods 9\nnr_throttled 1\nthrottled_usec 4000\n",
		"judge/l/memory.events": "low 0\nhigh 0\nmax 30\noom 1\noom_kill 3\noom_group_kill 1\n",
		"judge/l/memory.peak":   "4096000\n",
		"judge/l/memory.stat":   "anon 200\nfile 100\nkernel 8192\nkernel_stack 5\nfile_mapped 1\n",
		"judge/l/pids.peak":     "7\n",
		"judge/l/pids.events":   "max 3\n",
		"judge/l/cgroup.events": "populated 0\nfrozen 0\n",
		"judge/l/cpu.pressure":  "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n",
	}
}

func TestUsage(t *testing.T) {
	without := func(files map[string]string, names ...string) map[string]string {
		for name := range files {
			if slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(name, "/"+n) }) {
				delete(files, name)
			}
		}
		return files
	}
	with := func(files map[string]string, more ...string) map[string]string {
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	put := func(files map[string]string, name, text string) map[string]string {
		for old := range files {
			if strings.HasSuffix(old, "/"+name) {
				files[old] = text
				return files
			}
		}
		t.Fatalf("no file %s", name)
		return nil
	}
	tests := []struct {
		name    string
		version int
		files   map[string]string
		want    string // the beginning of an error's text, or the figures
	}{
		{"v1", 1, v1Files(), "cpu 1s user 750ms system 250ms throttled 0s peak 4096000 anon 200 file 100 kernel 8192 pids 7 refused 3 kills 2"},
		{"v1 before Linux 6.11", 1, without(v1Files(), "pids.peak"), "cpu 1s user 750ms system 250ms throttled 0s peak 4096000 anon 200 file 100 kernel 8192 pids null refused 3 kills 2"},
		{"v1 without kernel memory", 1, without(v1Files(), "memory.kmem.usage_in_bytes"), "cpu 1s user 750ms system 250ms throttled 0s peak 4096000 anon 200 file 100 kernel null pids 7 refused 3 kills 2"},
		{"v1 before a tick", 1, put(v1Files(), "cpuacct.stat", "user 0\nsystem 0\n"), "cpu 1s user 1s system 0s throttled 0s peak 4096000 anon 200 file 100 kernel 8192 pids 7 refused 3 kills 2"},
		{"v1 without a count of kills", 1, put(v1Files(), "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n"), "error"},
		{"v1, killed below its limit", 1, put(v1Files(), "memory.max_usage_in_bytes", "3096000\n"),
			"cpu 1s user 750ms system 250ms throttled 0s peak 3096000 anon 200 file 100 kernel 8192 pids 7 refused 3 kills 2 above"},
		{"v1, at its limit of memory and swap", 1, with(put(v1Files(), "memory.max_usage_in_bytes", "3096000\n"), "memory/judge/l/memory.memsw.max_usage_in_bytes", "4190000\n"),
			"cpu 1s user 750ms system 250ms throttled 0s peak 3096000 anon 200 file 100 kernel 8192 pids 7 refused 3 kills 2"},
		{"v2, killed by the host", 2, put(v2Files(), "memory.events", "low 0\nhigh 0\nmax 30\noom 0\noom_kill 1\noom_group_kill 0\n"),
			"cpu 1s user 750ms system 250ms throttled 4ms peak 4096000 anon 200 file 100 kernel 8192 pids 7 refused 3 kills 1 above"},
		{"v1 with what is no number", 1, put(v1Files(), "cpuacct.usage", "many\n"), "error"},
		{"v1 with an empty file", 1, put(v1Files(), "memory.max_usage_in_bytes", ""), "error"},
		{"v2", 2, v2Files(), "cpu 1s user 750ms system 250ms throttled 4ms peak 4096000 anon 200 file 100 kernel 8192 pids 7 refused 3 kills 2"},
		{"v2 of old kernels", 2, without(v2Files(), "memory.peak", "pids.peak"), "cpu 1s user 750ms system 250ms throttled 4ms peak null anon 200 file 100 kernel 8192 pids null refused 3 kills 2"},
		{"v2 before Linux 5.18", 2, put(v2Files(), "memory.stat", "anon 200\nfile 100\nkernel_stack 5\n"), "cpu 1s user 750ms system 250ms throttled 4ms peak 4096000 anon 200 file 100 kernel null pids 7 refused 3 kills 2"},
		{"v2 without the cpu controller", 2, put(v2Files(), "cpu.stat", "usage_usec 10\nuser_usec 10\nsystem_usec 0\n"), "cpu 10µs user 10µs system 0s throttled 0s peak 4096000 anon 200 file 100 kernel 8192 pids 7 refused 3 kills 2"},
		{"v2 before Linux 5.17", 2, put(v2Files(), "memory.events", "low 0\nhigh 0\nmax 30\noom 1\noom_kill 1\n"), "cpu 1s user 750ms system 250ms throttled 4ms peak 4096000 anon 200 file 100 kernel 8192 pids 7 refused 3 kills 1"},
		{"v2 with what is no number", 2, put(v2Files(), "memory.peak", "max\n"), "error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := fakeTree(t, tt.files)
			var leaf Leaf
			if tt.version == 1 {
				leaf = newV1Leaf(V1{Root: root}, "l", Limits{Pids: 1, Memory: 4 << 20})
			} else {
				l := &v2Leaf{dir: filepath.Join(root, "judge/l"), self: -1}
				l.events = file{dir: l.dir, name: "memory.events"}
				if err := l.events.hold(); err != nil {
					t.Fatal(err)
				}
				leaf = l
			}
			if err := leaf.Prepare(); err != nil {
				t.Fatal(err)
			}
			u, err := leaf.Usage()
			got := showUsage(u)
			if err != nil {
				got = "error"
			}
			if got != tt.want {
				t.Errorf("%s (%v)\nwant %s", got, err, tt.want)
			}
			if empty, err := leaf.Empty(); !empty || err != nil {
				t.Errorf("empty: %t, %v", empty, err)
			}
		})
	}
}

func TestKey(t *testing.T) {
	data := []byte("cache 1\nrss 22\nrss_huge 333\nodd\nword x\nlast 4")
	for name, want := range map[string]string{"cache": "1", "rss": "22", "rss_huge": "333", "last": "4", "odd": "null", "word": "null", "rs": "null", "": "null", "none": "null"} {
		if got := show(key(data, name)); got != want {
			t.Errorf("key %q is %s, want %s", name, got, want)
		}
	}
}

func TestShare(t *testing.T) {
	for _, tt := range []struct {
		total        time.Duration
		user, system int64
		want         time.Duration // of user
	}{
		{time.Second, 0, 0, time.Second},
		{time.Second, 1, 1, 500 * time.Millisecond},
		{time.Second, 0, 9, 0},
		{time.Second, 9, 0, time.Second},
		{0, 3, 4, 0},
		{3, 1, 2, 1},
		{10 * time.Hour, 1 << 40, 1 << 40, 5 * time.Hour},
	} {
		user, system := share(tt.total, tt.user, tt.system)
		if user != tt.want || user+system != tt.total || user < 0 || system < 0 {
			t.Errorf("share(%v, %d, %d) is %v and %v", tt.total, tt.user, tt.system, user, system)
		}
	}
}

// The memory controller decides: an empty cgroup2 beside it is no v2 host.
func TestFind(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  int // 0 for none
	}{
		{"v1", map[string]string{"memory/cgroup.procs": "", "cpu/cgroup.procs": ""}, 1},
		{"hybrid", map[string]string{"memory/cgroup.procs": "", "unified/cgroup.controllers": ""}, 1},
		{"nothing is mounted", map[string]string{"memory/other": ""}, 0},
		{"v1 without memory", map[string]string{"cpu/cgroup.procs": ""}, 0},
	}
	for _, tt := range tests {
		h, err := Find(fakeTree(t, tt.files), Wish{Root: true})
		switch {
		case tt.want == 0 && !errors.Is(err, ErrNone):
			t.Errorf("%s: %v, %v", tt.name, h, err)
		case tt.want != 0 && (err != nil || h.Version() != tt.want):
			t.Errorf("%s: %v, %v", tt.name, h, err)
		}
	}
	if _, err := Find(filepath.Join(t.TempDir(), "none"), Wish{Root: true}); !errors.Is(err, ErrNone) {
		t.Errorf("where nothing is: %v", err)
	}
	if unified := filepath.Join(Mount, "unified"); exists(filepath.Join(unified, "cgroup.controllers")) {
		if h, err := Find(unified, Wish{Root: true}); err != nil || h.Version() != 2 {
			t.Errorf("a cgroup2 by itself: %v, %v", h, err)
		}
		if h, err := Find(Mount, Wish{Root: true}); err != nil || h.Version() != 1 {
			t.Errorf("this hybrid host: %v, %v", h, err)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestUnenforced(t *testing.T) {
	all := Limits{Memory: 1, Pids: 1, CPUs: 1, CPUSet: "0"}
	keys := func(m map[string]string) string {
		var list []string
		for k, why := range m {
			if why == "" {
				t.Errorf("%s has no reason", k)
			}
			list = append(list, k)
		}
		slices.Sort(list)
		return strings.Join(list, " ")
	}
	v1 := V1{Root: fakeTree(t, map[string]string{"memory/x": "", "pids/x": "", "cpuacct/x": ""})}
	v2 := V2{Root: fakeTree(t, map[string]string{"cgroup.controllers": "cpu memory cpuset_x\n"})}
	for _, tt := range []struct {
		h    Host
		l    Limits
		want string
	}{
		{v1, all, "cpus cpuset"}, {v1, Limits{Memory: 1, Pids: 1}, ""}, {v1, Limits{}, ""},
		{v2, all, "cpuset pids"}, {v2, Limits{CPUs: 1}, ""}, {V2{Root: t.TempDir()}, all, "cpus cpuset memory pids"},
	} {
		if got := keys(tt.h.Unenforced(tt.l)); got != tt.want {
			t.Errorf("%T, %+v: %q, want %q", tt.h, tt.l, got, tt.want)
		}
	}
}

func TestLeaves(t *testing.T) {
	root := fakeTree(t, map[string]string{"memory/judge/slot-1/tasks": "", "memory/judge/slot-22/tasks": "", "memory/judge/tasks": "", "memory/other/tasks": "",
		"judge/slot-3/cgroup.procs": "", "judge/cgroup.procs": ""})
	for _, tt := range []struct {
		h    Host
		want string
	}{
		{V1{Root: root}, "slot-1 slot-22"}, {V2{Root: root}, "slot-3"}, {V1{Root: t.TempDir()}, ""}, {V2{Root: t.TempDir()}, ""},
	} {
		got, err := tt.h.Leaves()
		slices.Sort(got)
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%T: %v %v, want %s", tt.h, got, err, tt.want)
		}
	}
}

func TestJoinFDs(t *testing.T) {
	for _, tt := range []struct {
		h    Host
		l    Limits
		want int
	}{
		{V1{}, Limits{}, 3}, {V1{}, Limits{CPUs: 1}, 4}, {V1{}, Limits{CPUs: 1, CPUSet: "0"}, 5}, {V2{}, Limits{CPUs: 1, CPUSet: "0"}, 1},
	} {
		if got := tt.h.JoinFDs(tt.l); got != tt.want {
			t.Errorf("%T, %+v: %d, want %d", tt.h, tt.l, got, tt.want)
		}
	}
}

func TestNoController(t *testing.T) {
	h := V1{Root: fakeTree(t, map[string]string{"memory/x": ""})}
	if leaf, err := h.Create("l", Limits{}); err == nil {
		t.Errorf("a leaf in no hierarchy: %v", leaf)
	}
	if _, err := os.Stat(filepath.Join(h.Root, "memory/judge/l")); err == nil {
		t.Error("what was made of the leaf was not removed")
	}
	if err := (V1{Root: t.TempDir()}).mkParent("pids"); !errors.Is(err, ErrNoController) {
		t.Errorf("%v", err)
	}
}

// TestMoveOut: each process of the place is named to the child, on its own; one
// that has no number here stops it.
func TestMoveOut(t *testing.T) {
	root := fakeTree(t, map[string]string{"cgroup.procs": "11\n4190000\n12\n", outside + "/cgroup.procs": ""})
	if err := (V2{Root: root}).moveOut(); err != nil {
		t.Fatal(err)
	}
	// A plain file keeps what is longer: the last 12 stands over the first bytes of 4190000.
	if got, err := os.ReadFile(filepath.Join(root, outside, "cgroup.procs")); err != nil || string(got) != "1290000" {
		t.Errorf("%q %v", got, err)
	}
	root = fakeTree(t, map[string]string{"cgroup.procs": "0\n12\n", outside + "/cgroup.procs": ""})
	if err := (V2{Root: root}).moveOut(); err == nil || !strings.Contains(err.Error(), "pid namespace") {
		t.Errorf("%v", err)
	}
}
