package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox"
)

// otherLeases is what to put before a judge's command so that it shares this
// one's cgroups, and not its leases, as in a container. Root's are hidden from
// it by a mount of its own; a user names another place.
func otherLeases(t *testing.T) []string {
	t.Helper()
	if root() {
		return []string{"/usr/bin/unshare", "-m", "/bin/sh", "-c", `mount -t tmpfs -o mode=755 other-leases "$0" && exec "$@"`, runDir}
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"/usr/bin/env", "XDG_RUNTIME_DIR=" + dir}
}

// leavesOfOthers lists the leaves of judges with other leases than this one's,
// each once.
func leavesOfOthers(t *testing.T) []string {
	t.Helper()
	tops, err := sandbox.LeafDirs()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, top := range tops {
		dirs, _ := filepath.Glob(filepath.Join(top, "slot-*-*-*")) // the pattern is good
		for _, d := range dirs {
			if _, own := sandbox.SlotOf(filepath.Base(d)); !own {
				list = append(list, filepath.Base(d))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// TestOtherLeases: judges that share cgroups, but no leases, have the same slot
// at once, and neither tidies the other's run away.
func TestOtherLeases(t *testing.T) {
	judge, program := judgeBinary(t), actor(t)
	if err := oneRun(program); err != nil { // its place and its leases are there then
		t.Fatal(err)
	}
	before := leavesOfOthers(t)
	report := filepath.Join(t.TempDir(), "report")
	cmd := exec.Command("/bin/true")
	cmd.Args = append(otherLeases(t), judge, "run", "-q", "--report", report, "--wall-time", "100s", program, "print", "begun\n", "cat")
	cmd.Path = cmd.Args[0]
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	startAndWait(t, cmd)
	theirs := slices.DeleteFunc(leavesOfOthers(t), func(l string) bool { return slices.Contains(before, l) })
	if len(theirs) == 0 && !noCgroups() {
		t.Error("a run with other leases has no leaf of another name")
	}
	for range 20 { // each tidies up
		if err := oneRun(program); err != nil {
			t.Error("a run beside one with other leases: ", err)
		}
		removed, err := sandbox.RemoveLeftovers(false)
		if err != nil {
			t.Error(err)
		}
		for _, l := range removed {
			if slices.Contains(theirs, l.Name) {
				t.Errorf("%v was alive", l)
			}
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the run with other leases: %v", err)
	}
	if text, err := os.ReadFile(report); err != nil || !strings.Contains(string(text), `"status":"ok"`) {
		t.Errorf("its report: %s %v", text, err)
	}
}

// startAndWait starts a command, and waits for the first line that it prints.
func startAndWait(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // it has ended, mostly
	})
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatalf("%v prints nothing: %v", cmd.Args, err)
	}
}

// TestLeasesThatAreGone: the leaf of a killed judge is removed by a judge with
// other leases when those are lost for ever, and no sooner.
func TestLeasesThatAreGone(t *testing.T) {
	needRoot(t, "to look at every process of the host")
	judge, program := judgeBinary(t), actor(t)
	adoptOrphans(t)
	// The mounts, and with them the leases, outlive judge: as those of a container do whose first process is another.
	cmd := exec.Command("/bin/true")
	cmd.Args = append(otherLeases(t), "/bin/sh", "-c", `"$@" & echo $!; read line`, "sh",
		judge, "run", "-q", "--report", "/dev/null", "--stdout", "/dev/null", "--wall-time", "100s", program, "sleep", "600000")
	cmd.Path = cmd.Args[0]
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	before := leavesOfOthers(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // it has ended, mostly
	})
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	var theirs string
	for theirs == "" { // the test's own time bounds it
		for _, l := range leavesOfOthers(t) {
			if !slices.Contains(before, l) {
				theirs = l
			}
		}
		time.Sleep(time.Millisecond)
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitGone(t, map[int]bool{cmd.Process.Pid: true})
	if err := oneRun(program); err != nil {
		t.Fatal(err)
	}
	isTheirs := func(l sandbox.Leftover) bool { return l.Name == theirs }
	if removed, err := sandbox.RemoveLeftovers(false); err != nil || slices.ContainsFunc(removed, isTheirs) || !slices.Contains(leavesOfOthers(t), theirs) {
		t.Errorf("%s of leases that somebody may still have: %v %v", theirs, removed, err)
	}
	in.Close()
	cmd.Wait()
	waitGone(t, nil) // who was its child is this process's now
	// The number of their device may at once be another's, whose end is to be waited for.
	for start := time.Now(); slices.Contains(leavesOfOthers(t), theirs); time.Sleep(20 * time.Millisecond) {
		if removed, err := sandbox.RemoveLeftovers(false); err != nil || slices.ContainsFunc(removed, isTheirs) {
			t.Logf("removed %v after %v: %v", removed, time.Since(start), err)
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("%s of leases that nobody has any more is not removed", theirs)
		}
	}
}

// TestRunElsewhere: a run in another place than this judge's is listed with its
// figures, and what is left of it when its judge is killed is removed: by gc,
// and by the next run with its slot.
func TestRunElsewhere(t *testing.T) {
	if noCgroups() {
		t.Skip("feature missing: cgroups")
	}
	judge, program := judgeBinary(t), actor(t)
	adoptOrphans(t)
	for _, by := range []string{"gc", "the next run", "kill -9"} {
		t.Run(by, func(t *testing.T) {
			name, dirs := elsewhere(t)
			cmd := underWay(t, judge, "--cgroup", name, "--wall-time", "100s", program, "eat", "8", "print", "begun\n", "sleep", "600000")
			r := liveRun(t, cmd.Process.Pid)
			if r == nil || r.ProgramPID == nil || r.CPUTime == nil || r.Memory == nil || *r.Memory < 8<<20 || r.Pids == nil || *r.Pids != 1 {
				t.Errorf("listed as %+v", r)
			}
			if r == nil {
				t.FailNow()
			}
			leaves := func() []string {
				var list []string
				for _, dir := range dirs {
					all, _ := filepath.Glob(filepath.Join(dir, "judge", "slot-*")) // the pattern is good
					list = append(list, all...)
				}
				return list
			}
			if len(leaves()) == 0 {
				t.Fatal("its leaf is not where it was to be")
			}
			if by == "kill -9" {
				if err := sandbox.Kill(fmt.Sprintf("%d@%d", r.ID, cmd.Process.Pid), true); err != nil {
					t.Error(err)
				}
			} else {
				cmd.Process.Kill()
			}
			cmd.Wait()
			waitGone(t, nil)
			switch by {
			case "gc":
				removed, err := sandbox.RemoveLeftovers(false)
				if err != nil || !slices.Contains(removed, sandbox.Leftover{Kind: "cgroup", Name: leafName(r.ID)}) {
					// another judge of this host may have been faster: that is no error, while a leaf would be
					t.Logf("removed %v: %v", removed, err)
				}
			case "the next run":
				for start := time.Now(); len(leaves()) > 0 && time.Since(start) < time.Minute; {
					if err := oneRun(program); err != nil { // takes the lowest slot, which on a busy host may be another one
						t.Fatal(err)
					}
				}
			}
			if left := leaves(); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// elsewhere makes a cgroup for judge beside its own, in each hierarchy: its
// name, and where it is.
func elsewhere(t *testing.T) (name string, dirs []string) {
	t.Helper()
	tops, err := sandbox.LeafDirs()
	if err != nil {
		t.Fatal(err)
	}
	base := fmt.Sprintf("judge-test-%d", os.Getpid())
	for _, top := range tops {
		dir := filepath.Join(filepath.Dir(top), base)
		if err := os.Mkdir(dir, 0o755); err != nil {
			if !os.IsExist(err) { // hierarchies that are mounted together
				t.Fatal(err)
			}
			continue
		}
		dirs = append(dirs, dir)
		t.Cleanup(func() {
			for _, d := range []string{filepath.Join(dir, "judge"), dir} {
				if err := unix.Rmdir(d); err != nil && err != unix.ENOENT {
					t.Errorf("remove the test's cgroup %s: %v", d, err)
				}
			}
		})
	}
	place, err := sandbox.Place()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(place, base), dirs
}
