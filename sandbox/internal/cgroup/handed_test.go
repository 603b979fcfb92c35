package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// subtree makes a cgroup as somebody would hand it to judge, with these
// controllers.
func subtree(t *testing.T, controllers ...string) string {
	t.Helper()
	h, ok := realHost(t).(V2)
	if !ok {
		t.Skip("feature missing: cgroup v2")
	}
	if err := h.mkParent(controllers...); err != nil {
		t.Fatal(err)
	}
	above := filepath.Join(h.Root, parent, leafName())
	dir := filepath.Join(above, "handed")
	if err := errors.Join(os.Mkdir(above, 0o755), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := write(above, "cgroup.kill", "1"); err != nil {
			t.Error(err)
		}
		for _, d := range []string{"judge/x", "judge/y", "judge", outside, "."} {
			if err := remove(filepath.Join(dir, d)); err != nil {
				t.Error(err)
			}
		}
		if err := remove(above); err != nil {
			t.Error(err)
		}
	})
	for _, c := range controllers {
		if err := write(above, "cgroup.subtree_control", "+"+c); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// in starts a process in a cgroup.
func in(t *testing.T, dir, command string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", command)
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd.SysProcAttr = &unix.SysProcAttr{UseCgroupFD: true, CgroupFD: int(f.Fd()), Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Kill(-cmd.Process.Pid, unix.SIGKILL) // ESRCH: all have ended
		cmd.Wait()                                // an error if that was done
	})
	return cmd
}

func procs(t *testing.T, dir string) []string {
	t.Helper()
	data, err := read(dir, "cgroup.procs")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data))
}

// What is in a subtree that is handed to judge is moved into a child, however
// many judges begin at once and though it forks meanwhile.
func TestHandedSubtree(t *testing.T) {
	dir := subtree(t, "memory", "pids", "cpu", "cpuset")
	resident := in(t, dir, "while :; do sleep 0.01 & wait; done")
	h := V2{Root: dir}
	limits := Limits{Memory: 64 << 20, Pids: 9, CPUs: 1, CPUSet: "0", Kill: true}
	if why := h.Unenforced(limits); len(why) > 0 {
		t.Errorf("not enforced: %v", why)
	}
	leaves := make([]Leaf, 2)
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i, name := range []string{"x", "y"} {
		both.Go(func() { leaves[i], errs[i] = h.Create(name, limits) })
	}
	both.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if left := procs(t, dir); len(left) > 0 {
		t.Errorf("processes %v are left in the subtree itself", left)
	}
	if moved := procs(t, filepath.Join(dir, outside)); !slices.Contains(moved, strconv.Itoa(resident.Process.Pid)) {
		t.Errorf("%d is not among %v", resident.Process.Pid, moved)
	}
	for _, leaf := range leaves {
		if err := leaf.Prepare(); err != nil {
			t.Fatal(err)
		}
		if err := join(t, h, leaf, "exit 0").Wait(); err != nil {
			t.Error(err)
		}
		u, err := leaf.Usage()
		if err != nil || u.MemoryPeak == nil || u.CPU == 0 {
			t.Errorf("%s %v", showUsage(u), err)
		}
		if err := leaf.Remove(); err != nil {
			t.Error(err)
		}
	}
}

// A limit whose controller was not delegated is left out, and told of.
func TestSubtreeWithoutSomeControllers(t *testing.T) {
	dir := subtree(t, "pids")
	h := V2{Root: dir}
	limits := Limits{Memory: 64 << 20, Pids: 3, CPUs: 1, CPUSet: "0", Kill: true}
	var lacking []string
	for key := range h.Unenforced(limits) {
		lacking = append(lacking, key)
	}
	slices.Sort(lacking)
	if got := strings.Join(lacking, " "); got != "cpus cpuset memory" {
		t.Errorf("not enforced: %s", got)
	}
	leaf, err := h.Create("x", limits)
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.Prepare(); err != nil {
		t.Fatal(err)
	}
	cmd := join(t, h, leaf, ": & : & : & : & wait") // one of them is refused
	cmd.Wait()
	u, err := leaf.Usage()
	if err != nil || u.MemoryPeak != nil || u.PidsPeak == nil || *u.PidsPeak != 3 || u.PidsRefused == 0 || u.CPU == 0 {
		t.Errorf("%s %v", showUsage(u), err)
	}
	if leaf.OOMFD() >= 0 {
		t.Errorf("events of memory: %d", leaf.OOMFD())
	}
	if kills, err := leaf.OOMKills(); kills != 0 || err != nil {
		t.Errorf("%d kills, %v", kills, err)
	}
	if err := leaf.Remove(); err != nil {
		t.Error(err)
	}
}

// Another judge may have made the directory, and not have come to its
// controllers; somebody may have taken them away.
func TestControllersThatWereTakenAway(t *testing.T) {
	dir := subtree(t, "memory", "pids", "cpu", "cpuset")
	h := V2{Root: dir}
	limits := Limits{Memory: 64 << 20, Pids: 3}
	for _, taken := range [][]string{{"judge"}, {"judge", "."}} {
		leaf, err := h.Create("x", limits)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(h.dir("x"), "memory.max"); err != nil || string(got) != "67108864\n" {
			t.Errorf("memory.max %q %v", got, err)
		}
		if err := leaf.Remove(); err != nil {
			t.Fatal(err)
		}
		for _, d := range taken {
			if err := write(filepath.Join(dir, d), "cgroup.subtree_control", "-memory"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A leaf has no cpuset, until a run asks for one: then it has, and those that are
// alive meanwhile are none the worse.
func TestControllerThatFewNeed(t *testing.T) {
	dir := subtree(t, "memory", "pids", "cpu", "cpuset")
	h := V2{Root: dir}
	plain, err := h.Create("x", Limits{Memory: 64 << 20, Pids: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(h.dir("x"), "cpuset.cpus")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a cpuset that nobody wants: %v", err)
	}
	cmd := join(t, h, plain, "sleep 0.5; exit 7")
	pinned, err := h.Create("y", Limits{Memory: 64 << 20, Pids: 3, CPUSet: "0"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(h.dir("y"), "cpuset.cpus"); err != nil || string(got) != "0\n" {
		t.Errorf("cpuset.cpus %q %v", got, err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("the run beside it: %v", err)
	}
	if err := errors.Join(plain.Remove(), pinned.Remove()); err != nil {
		t.Error(err)
	}
}

// What is named must be a cgroup of this user's.
func TestNamedPlace(t *testing.T) {
	root := os.Geteuid() == 0
	h := realHost(t)
	wish := func(path string) (Host, error) { return Find(Mount, Wish{Path: path, Root: root}) }
	for _, path := range []string{"relative", "/none/" + leafName(), Mount + "x"} {
		if found, err := wish(path); !errors.Is(err, ErrNamed) {
			t.Errorf("%s: %v, %v", path, found, err)
		}
	}
	name, leaf := create(t, h, Limits{})
	defer leaf.Remove()
	v2, ok := h.(V2)
	if !ok {
		path := "/" + parent + "/" + name
		got, err := wish(path)
		if err != nil || got != Host(V1{Root: Mount, Below: path}) {
			t.Fatalf("%s: %v, %v", path, got, err)
		}
		inner := createNamed(t, got, "x", Limits{})
		for _, c := range controllers(Limits{}) {
			if _, err := os.Stat(filepath.Join(Mount, c, path, parent, "x")); err != nil {
				t.Error(err)
			}
		}
		err = inner.Remove()
		for _, c := range controllers(Limits{}) {
			err = errors.Join(err, remove(filepath.Join(Mount, c, path, parent)))
		}
		if err != nil {
			t.Error(err)
		}
		return
	}
	below, _ := strings.CutPrefix(v2.dir(name), Mount)
	for _, path := range []string{below, v2.dir(name), below + "/"} {
		if got, err := wish(path); err != nil || got != Host(V2{Root: v2.dir(name)}) {
			t.Errorf("%s: %v, %v", path, got, err)
		}
	}
	if !root {
		return
	}
	if err := os.Chown(v2.dir(name), 1234, 1234); err != nil {
		t.Fatal(err)
	}
	if got, err := wish(below); !errors.Is(err, ErrNamed) {
		t.Errorf("one of another user's: %v, %v", got, err)
	}
}

// Pressure is there, and grows: two that want a core have to wait for it.
func TestPressure(t *testing.T) {
	h := realHost(t)
	_, leaf := create(t, h, Limits{CPUSet: "0"})
	if h.Version() == 1 {
		leaf.Joined()
		if u, err := leaf.Usage(); err != nil || u.CPUPressure != nil || u.MemoryPressure != nil {
			t.Errorf("on v1: %v %v %v", u.CPUPressure, u.MemoryPressure, err)
		}
		return
	}
	if _, err := os.Stat("/proc/pressure/cpu"); err != nil {
		t.Skip("feature missing: pressure stall information: ", err)
	}
	begin := time.Now()
	join(t, h, leaf, "(while :; do :; done) & while :; do :; done")
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		u, err := leaf.Usage()
		if err != nil || u.CPUPressure == nil || u.MemoryPressure == nil {
			t.Fatalf("%v %v %v", u.CPUPressure, u.MemoryPressure, err)
		}
		if *u.CPUPressure > 20*time.Millisecond && *u.CPUPressure <= time.Since(begin)+time.Second {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("pressure %v, CPU time %v", *u.CPUPressure, u.CPU)
		}
	}
}
