package sandbox_test

import (
	"bufio"
	"errors"
	"fmt"
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

	"judge/sandbox"
)

// underWay starts a run whose program prints a line and then sleeps, and waits
// for the line.
func underWay(t *testing.T, judge string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(judge, append([]string{"run", "-q", "--report", filepath.Join(t.TempDir(), "report")}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // it was killed, mostly
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%v says %q: %v", cmd.Args, line, err)
	}
	return cmd
}

// liveRun is the run of that judge; nil if there is none.
func liveRun(t *testing.T, judge int) *sandbox.LiveRun {
	t.Helper()
	runs, err := sandbox.Live()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(runs, func(r sandbox.LiveRun) bool { return r.PID == judge })
	if i < 0 {
		return nil
	}
	return &runs[i]
}

func TestLive(t *testing.T) {
	judge, program := judgeBinary(t), actor(t)
	odd := filepath.Join(t.TempDir(), "a\nb\x1b[2J\xff")
	if err := os.Link(program, odd); err != nil {
		data, err := os.ReadFile(program)
		if err == nil {
			err = os.WriteFile(odd, data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := underWay(t, judge, "-p", "strict", "--memory", "64MiB", "--wall-time", "100s", odd, "eat", "8", "forks", "2", "print", "begun\n", "sleep", "600000")
	r := liveRun(t, cmd.Process.Pid)
	if r == nil {
		t.Fatal("the run is not listed")
	}
	if r.Command != odd || r.Policy != "strict" || r.WallLimit != 100*time.Second || r.CPULimit != 5*time.Second || r.MemoryLimit != 64<<20 || r.PidsLimit != 64 {
		t.Errorf("listed as %+v", r)
	}
	if age := time.Since(r.Started); age < 0 || age > time.Minute {
		t.Errorf("it is %v old", age)
	}
	if noCgroups() {
		if r.CPUTime == nil || *r.CPUTime < 0 || r.Memory != nil || r.PeakUsed != nil || r.Pids == nil || *r.Pids != 3 {
			t.Errorf("figures: %+v", r)
		}
	} else if r.CPUTime == nil || *r.CPUTime <= 0 || r.Memory == nil || *r.Memory < 8<<20 || r.PeakUsed == nil || *r.PeakUsed < *r.Memory || r.Pids == nil || *r.Pids != 3 {
		t.Errorf("figures: %+v", r)
	}
	if r.ProgramPID == nil {
		t.Fatal("no program")
	}
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", *r.ProgramPID)); err != nil || !strings.HasPrefix(string(stat), odd+"\x00eat\x008") {
		t.Errorf("process %d is %q: %v", *r.ProgramPID, stat, err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if r := liveRun(t, cmd.Process.Pid); r != nil {
		t.Errorf("killed, and still listed: %+v", r)
	}
}

func TestKill(t *testing.T) {
	judge, program := judgeBinary(t), actor(t)
	other := underWay(t, judge, program, "print", "begun\n", "sleep", "600000")
	t.Run("asked", func(t *testing.T) {
		cmd := underWay(t, judge, "--grace", "1h", program, "ignore", "15", "print", "begun\n", "sleep", "600000")
		id := liveRun(t, cmd.Process.Pid).ID
		if err := sandbox.Kill(fmt.Sprintf("%d@%d", id, cmd.Process.Pid), false); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		report, err := os.ReadFile(cmd.Args[4])
		if err != nil || !strings.Contains(string(report), `"status":"cancelled"`) || cmd.ProcessState.ExitCode() != 128+15 {
			t.Errorf("%v, %v: %s", cmd.ProcessState, err, report)
		}
	})
	t.Run("killed", func(t *testing.T) {
		cmd := underWay(t, judge, program, "print", "begun\n", "sleep", "600000")
		id := liveRun(t, cmd.Process.Pid).ID
		if err := sandbox.Kill(fmt.Sprintf("%d@%d", id, other.Process.Pid), true); err == nil || liveRun(t, cmd.Process.Pid) == nil {
			t.Errorf("with the pid of another judge: %v", err)
		}
		if err := sandbox.Kill(strconv.Itoa(id), true); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if w := cmd.ProcessState.String(); !strings.Contains(w, "killed") {
			t.Errorf("judge ended with %s", w)
		}
		for _, l := range forsaken(t) {
			if filepath.Base(l) == leafName(id) {
				t.Errorf("left: %s", l)
			}
		}
	})
	t.Run("not there", func(t *testing.T) {
		for _, id := range []int{-1, 9999, 10_000, 1 << 40} {
			var usage *sandbox.UsageError
			if err := sandbox.Kill(strconv.Itoa(id), true); !errors.As(err, &usage) || !strings.Contains(err.Error(), "judge ps") {
				t.Errorf("run %d: %v", id, err)
			}
		}
	})
	if liveRun(t, other.Process.Pid) == nil {
		t.Error("another run was ended")
	}
}

// plant makes what a killed judge leaves behind, under names that no other
// test uses, and gives it as RemoveLeftovers would tell it.
func plant(t *testing.T) []sandbox.Leftover {
	t.Helper()
	half, err := os.MkdirTemp(runDir, "etc-new-")
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(runDir, "etc-"+filepath.Base(half)[len("etc-new-"):])
	if err := os.MkdirAll(filepath.Join(old, "ssl", "certs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filterDir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(filterDir, ".new-")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	long := time.Now().Add(-2 * time.Minute)
	if err := os.Chtimes(f.Name(), long, long); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		os.RemoveAll(half)
		os.RemoveAll(old)
		os.Remove(f.Name())
	})
	list := []sandbox.Leftover{{Kind: "snapshot", Name: half}, {Kind: "snapshot", Name: old}, {Kind: "filter", Name: f.Name()}}
	if noCgroups() {
		return list
	}
	for n := 9_990; n < 9_993; n++ { // slots that no run gets
		for _, dir := range leafDirs(n) {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { unix.Rmdir(dir) })
		}
		list = append(list, sandbox.Leftover{Kind: "cgroup", Name: leafName(n)})
	}
	return list
}

func leafName(slot int) string {
	name, err := sandbox.LeafName(slot)
	if err != nil {
		panic(err)
	}
	return name
}

// leafDirs is where a leaf of plant's is: of slot 9992, on v1, in one hierarchy
// only, and not in the one where judge's own start looks.
func leafDirs(slot int) []string {
	var dirs []string
	tops, err := sandbox.LeafDirs()
	if err != nil {
		panic(err)
	}
	for _, top := range tops[:min(2, len(tops))] {
		if _, err := os.Stat(top); err == nil && (slot%10 != 2 || len(dirs) == 0) {
			dirs = append(dirs, filepath.Join(top, leafName(slot)))
		}
	}
	return dirs
}

type leftoverSet []sandbox.Leftover

func (p leftoverSet) remains() []sandbox.Leftover {
	var left []sandbox.Leftover
	for _, l := range p {
		path := l.Name
		if l.Kind == "cgroup" {
			n, _ := sandbox.SlotOf(l.Name)
			path = leafDirs(n)[0]
		}
		if _, err := os.Lstat(path); err == nil {
			left = append(left, l)
		}
	}
	return left
}

// wouldGo plants, and asks what would be removed: all that, and it is there
// afterwards. Whatever judge starts or ends on this host meanwhile may remove
// some of it: then it tries again.
func wouldGo(t *testing.T) leftoverSet {
	t.Helper()
	for try := 1; ; try++ {
		planted := leftoverSet(plant(t))
		would, err := sandbox.RemoveLeftovers(true)
		if err != nil {
			t.Fatal(err)
		}
		missing := slices.DeleteFunc(slices.Clone(planted), func(l sandbox.Leftover) bool { return slices.Contains(would, l) })
		left := planted.remains()
		if len(missing) == 0 && len(left) == len(planted) {
			return planted
		}
		time.Sleep(time.Duration(try) * time.Millisecond)
		if try == 100 {
			t.Fatalf("would not remove %v, but %v; of all there is %v", missing, would, left)
		}
	}
}

// TestRemoveLeftovers: what is left goes, and runs that are alive, and begin
// meanwhile, notice nothing of it.
func TestRemoveLeftovers(t *testing.T) {
	judge, program := judgeBinary(t), actor(t)
	if err := oneRun(program); err != nil { // makes all that stays on a host
		t.Fatal(err)
	}
	var beside []*bystander
	for range 3 {
		beside = append(beside, startBystander(t, judge, program))
	}
	var fresh string
	if f, err := os.CreateTemp(filterDir, ".new-"); err == nil { // somebody is writing it
		fresh = f.Name()
		f.Close()
		defer os.Remove(fresh)
	}
	planted := wouldGo(t)
	var mu sync.Mutex
	times := map[sandbox.Leftover]int{}
	var all sync.WaitGroup
	for range 4 { // at once
		all.Go(func() {
			for range 5 {
				removed, err := sandbox.RemoveLeftovers(false)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, l := range removed {
					times[l]++
				}
				mu.Unlock()
			}
		})
	}
	for range 2 {
		all.Go(func() {
			for range 20 {
				if err := oneRun(program); err != nil {
					t.Error("a run that began meanwhile: ", err)
				}
			}
		})
	}
	all.Wait()
	if left := planted.remains(); len(left) > 0 {
		t.Errorf("not removed: %v", left)
	}
	for _, l := range planted {
		if times[l] > 1 {
			t.Errorf("%v was removed %d times", l, times[l])
		}
	}
	if _, err := os.Stat(fresh); fresh != "" && err != nil {
		t.Errorf("a file that was just being written: %v", err)
	}
	for _, b := range beside {
		b.end(t)
	}
	if removed, err := sandbox.RemoveLeftovers(false); err != nil || slices.ContainsFunc(removed, func(l sandbox.Leftover) bool { return slices.Contains(planted, l) }) {
		t.Errorf("the next time: %v %v", removed, err)
	}
}
