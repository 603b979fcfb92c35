package cgroup

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Leaves of these tests are called test-PID-N, which is no slot's name. Only
// they are touched.

var leafNumber int

func leafName() string {
	leafNumber++
	return fmt.Sprintf("test-%d-%d", os.Getpid(), leafNumber)
}

// realHost is where judge of this user puts its cgroups on this host.
func realHost(t *testing.T) Host {
	t.Helper()
	h, err := Find(Mount, Wish{Root: os.Geteuid() == 0})
	if err != nil {
		t.Skip("feature missing: cgroups: ", err)
	}
	return h
}

func create(t *testing.T, h Host, l Limits) (string, Leaf) {
	t.Helper()
	name := leafName()
	t.Cleanup(func() {
		if err := h.Destroy(name); err != nil {
			t.Error(err)
		}
	})
	return name, createNamed(t, h, name, l)
}

func createNamed(t *testing.T, h Host, name string, l Limits) Leaf {
	t.Helper()
	leaf, err := h.Create(name, l)
	if err == nil {
		err = leaf.Prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// leafDirs are where a leaf of that name is.
func leafDirs(h Host, name string) []string {
	if v2, ok := h.(V2); ok {
		dirs, _ := filepath.Glob(v2.dir(name)) // a leaf's name is no pattern
		return dirs
	}
	dirs, _ := filepath.Glob(filepath.Join(Mount, "*", parent, name))
	return dirs
}

// join starts a process that enters the leaf as a program does, and then runs
// the shell's command. It ends with the test, whatever happens.
func join(t *testing.T, h Host, leaf Leaf, command string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", command)
	fds := leaf.JoinFDs()
	if len(fds) == 0 {
		t.Fatal("the leaf has no descriptors to join by")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if h.Version() == 2 {
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, fds[0]
	} else {
		var script strings.Builder
		for i, fd := range fds {
			own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			cmd.ExtraFiles = append(cmd.ExtraFiles, os.NewFile(uintptr(own), "tasks"))
			fmt.Fprintf(&script, "printf 0 >&%d && ", 3+i)
		}
		cmd.Args[2] = script.String() + "{ " + command + "; }"
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	group := cmd.Process.Pid
	t.Cleanup(func() {
		unix.Kill(-group, unix.SIGKILL) // ESRCH: all have ended
		cmd.Wait()                      // an error if that was done
	})
	for _, f := range cmd.ExtraFiles {
		f.Close()
	}
	return cmd
}

// waitFull waits until the leaf has a process.
func waitFull(t *testing.T, leaf Leaf) {
	t.Helper()
	for range 2000 {
		empty, err := leaf.Empty()
		if err != nil {
			t.Fatal(err)
		}
		if !empty {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("no process has joined the leaf")
}

func TestLeafOfTheKernel(t *testing.T) {
	h := realHost(t)
	limits := Limits{Memory: 64 << 20, Pids: 7, CPUs: 0.5, CPUSet: "0", Kill: true}
	if why := h.Unenforced(limits); len(why) > 0 {
		t.Fatalf("limits that this host cannot hold: %v", why)
	}
	name, leaf := create(t, h, limits)
	if got, want := len(leaf.JoinFDs()), h.JoinFDs(limits); got != want {
		t.Errorf("%d descriptors to join by, %d were announced", got, want)
	}
	for file, want := range map[string]string{
		"memory.limit_in_bytes": "67108864", "memory.memsw.limit_in_bytes": "67108864", "pids.max": "7", "cpu.cfs_quota_us": "50000", "cpuset.cpus": "0",
		"memory.max": "67108864", "memory.swap.max": "0", "memory.oom.group": "1", "cpu.max": "50000 100000",
	} {
		for _, dir := range leafDirs(h, name) {
			if data, err := os.ReadFile(filepath.Join(dir, file)); err == nil && strings.TrimSpace(string(data)) != want {
				t.Errorf("%s: %s, want %s", filepath.Join(dir, file), data, want)
			}
		}
	}
	leaves, err := h.Leaves()
	if err != nil || !strings.Contains(strings.Join(leaves, " "), name) {
		t.Errorf("leaves: %v %v, want %s among them", leaves, err, name)
	}
	if empty, err := leaf.Empty(); !empty || err != nil {
		t.Errorf("a new leaf is empty: %t %v", empty, err)
	}
	cmd := join(t, h, leaf, "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; : & : & wait")
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	usage, err := leaf.Usage()
	if err != nil {
		t.Fatal(err)
	}
	if cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(); usage.CPU < cpu/2 || usage.CPU > 2*cpu+20*time.Millisecond {
		t.Errorf("CPU time %v, wait4 says %v", usage.CPU, cpu)
	}
	if usage.User+usage.System != usage.CPU {
		t.Errorf("%v user and %v system are not %v", usage.User, usage.System, usage.CPU)
	}
	if usage.MemoryPeak == nil || *usage.MemoryPeak < 4096 || *usage.MemoryPeak > limits.Memory {
		t.Errorf("memory peak: %v", usage.MemoryPeak)
	}
	if usage.OOMKills != 0 || usage.PidsRefused != 0 {
		t.Errorf("kills %d, refused %d, want none", usage.OOMKills, usage.PidsRefused)
	}
	if err := leaf.Remove(); err != nil {
		t.Error(err)
	}
	if left := leafDirs(h, name); len(left) > 0 {
		t.Errorf("after Remove: %v", left)
	}
}

// Only what is asked for is made: every hierarchy costs.
func TestLeafWithoutLimits(t *testing.T) {
	h := realHost(t)
	name, leaf := create(t, h, Limits{})
	cmd := join(t, h, leaf, "exit 3")
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Error(err)
	}
	if h.Version() == 1 {
		for _, dir := range leafDirs(h, name) {
			if c := filepath.Base(filepath.Dir(filepath.Dir(dir))); c == "cpu" || c == "cpuset" {
				t.Errorf("%s was made, nothing asks for it", dir)
			}
		}
	}
	if err := leaf.Remove(); err != nil {
		t.Error(err)
	}
}

func TestPidsLimitCounts(t *testing.T) {
	h := realHost(t)
	_, leaf := create(t, h, Limits{Pids: 3})
	cmd := join(t, h, leaf, "sleep 10 & sleep 10 & sleep 10 & sleep 10 & kill %1 %2") // the shell gives up at the third
	cmd.Wait()
	usage, err := leaf.Usage()
	if err != nil {
		t.Fatal(err)
	}
	if usage.PidsRefused == 0 {
		t.Error("no refused fork was counted")
	}
}

func TestOOMKillIsCountedAndTold(t *testing.T) {
	h := realHost(t)
	_, leaf := create(t, h, Limits{Memory: 8 << 20, Kill: true})
	cmd := join(t, h, leaf, "x=0123456789abcdef; while :; do x=$x$x; done")
	poll := []unix.PollFd{{Fd: int32(leaf.OOMFD()), Events: int16(leaf.OOMEvents())}}
	if n, err := unix.Poll(poll, 10_000); n != 1 || err != nil {
		t.Errorf("no event within 10 s: %v", err)
	}
	if err := leaf.TakeOOMEvent(); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
		t.Errorf("the shell ended with %v, want by SIGKILL", err)
	}
	if kills, err := leaf.OOMKills(); kills < 1 || err != nil {
		t.Errorf("%d kills, %v", kills, err)
	}
}

// A leaf of that name that a killed judge left goes first, with what lives in it.
func TestLeftoverIsDestroyed(t *testing.T) {
	h := realHost(t)
	name, old := create(t, h, Limits{Pids: 5, CPUs: 1, CPUSet: "0"})
	cmd := join(t, h, old, "sleep 10 & sleep 10 & wait")
	waitFull(t, old)
	again := createNamed(t, h, name, Limits{Pids: 6})
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
		t.Errorf("what lived in the leftover ended with %v, want by SIGKILL", err)
	}
	if empty, err := again.Empty(); !empty || err != nil {
		t.Errorf("the new leaf is empty: %t %v", empty, err)
	}
	if err := again.Remove(); err != nil {
		t.Error(err)
	}
	if left := leafDirs(h, name); len(left) > 0 && h.Version() == 2 {
		t.Errorf("after Remove: %v", left)
	}
}

// TestFiguresBeginAnew: no peak is that of the name's last leaf, be it removed or
// left behind; so memory.peak need not be reset (Linux 6.12 can, by descriptor).
func TestFiguresBeginAnew(t *testing.T) {
	h := realHost(t)
	for _, after := range []string{"removed", "left behind"} {
		name, leaf := create(t, h, Limits{Memory: 256 << 20, Pids: 64})
		run := func(command string) Usage {
			t.Helper()
			if err := join(t, h, leaf, command).Wait(); err != nil {
				t.Fatal(err)
			}
			u, err := leaf.Usage()
			if err != nil || u.MemoryPeak == nil {
				t.Fatalf("%+v %v", u, err)
			}
			return u
		}
		const much = 64 << 20
		if u := run("dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; : & : & : & wait"); *u.MemoryPeak < much {
			t.Errorf("a peak of %d, with %d bytes", *u.MemoryPeak, much)
		}
		if after == "removed" {
			if err := leaf.Remove(); err != nil {
				t.Fatal(err)
			}
		}
		leaf = createNamed(t, h, name, Limits{Memory: 256 << 20, Pids: 64})
		if u := run(":"); *u.MemoryPeak > much/4 || u.PidsPeak != nil && *u.PidsPeak != 1 {
			t.Errorf("%s: %+v, with a peak of %d", after, u, *u.MemoryPeak)
		}
		if err := leaf.Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestDestroy(t *testing.T) {
	h := realHost(t)
	name, leaf := create(t, h, Limits{Memory: 64 << 20, CPUs: 1, CPUSet: "0"})
	cmd := join(t, h, leaf, "for i in 1 2 3 4 5 6 7 8 9; do sleep 10 & sleep 0.01; done; wait")
	waitFull(t, leaf)
	if err := h.Destroy(name); err != nil {
		t.Error(err)
	}
	cmd.Wait() // killed
	if left := leafDirs(h, name); len(left) > 0 {
		t.Errorf("after Destroy: %v", left)
	}
	if err := h.Destroy(name); err != nil {
		t.Errorf("Destroy of what is not there: %v", err)
	}
}

// Remove waits for a process that is just ending.
func TestRemoveOfWhatIsAlive(t *testing.T) {
	h := realHost(t)
	_, leaf := create(t, h, Limits{})
	cmd := join(t, h, leaf, "sleep 0.05")
	waitFull(t, leaf)
	if err := leaf.Remove(); err != nil {
		t.Error(err)
	}
	cmd.Wait() // it has ended, the leaf is gone
}

// Two hierarchies that are one: cpu and cpuacct are mounted together on most
// hosts with v1.
func TestControllersMountedTogether(t *testing.T) {
	if realHost(t).Version() != 1 {
		t.Skip("feature missing: cgroup v1")
	}
	root := t.TempDir()
	for name, to := range map[string]string{"memory": "memory", "cpuacct": "cpuacct", "pids": "memory"} {
		if err := os.Symlink(filepath.Join(Mount, to), filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	h := V1{Root: root}
	name := leafName()
	leaf := createNamed(t, h, name, Limits{})
	if err := join(t, h, leaf, "exit 0").Wait(); err != nil {
		t.Error("join: ", err)
	}
	if err := leaf.Remove(); err != nil {
		t.Error(err)
	}
	if left := leafDirs(h, name); len(left) > 0 {
		t.Errorf("after Remove: %v", left)
	}
}

// The kernel answers EINTR to a limit that is set while a signal is pending,
// and Go sends its threads signals all the time.
func TestLimitsWhileSignalsCome(t *testing.T) {
	h := realHost(t)
	quit := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-quit:
				return
			default:
			}
			tasks, err := os.ReadDir("/proc/self/task")
			if err != nil {
				continue
			}
			for _, task := range tasks {
				if tid, err := strconv.Atoi(task.Name()); err == nil {
					unix.Tgkill(os.Getpid(), tid, unix.SIGURG) // Go's own: its handler does nothing more
				}
			}
		}
	}()
	defer func() {
		close(quit)
		<-stopped
	}()
	for range 100 {
		_, leaf := create(t, h, Limits{Memory: 64 << 20, Pids: 10})
		if err := leaf.Remove(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLook(t *testing.T) {
	h := realHost(t)
	name, leaf := create(t, h, Limits{Memory: 64 << 20, Pids: 8})
	cmd := join(t, h, leaf, "while :; do :; done")
	leaf.Joined()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		g, err := h.Look(name)
		if err != nil {
			t.Fatal(err)
		}
		if g.CPU != nil && *g.CPU > 0 && g.Memory != nil && g.MemoryPeak != nil && g.Pids != nil && *g.Pids == 1 && len(g.Processes) == 1 && g.Processes[0] == cmd.Process.Pid {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d: %+v", cmd.Process.Pid, g)
		}
	}
	names, err := h.Leftovers()
	if err != nil || !slices.Contains(names, name) {
		t.Errorf("all leaves: %v %v", names, err)
	}
	if err := h.Destroy(name); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // it was killed
	if g, err := h.Look(name); err != nil || g.CPU != nil || g.Memory != nil || g.Pids != nil || g.Processes != nil {
		t.Errorf("of a leaf that is gone: %+v %v", g, err)
	}
}
