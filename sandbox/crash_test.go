package sandbox_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox"
)

// Other people run judge on the same machine: these tests look only at what
// bears the name of their own programs, at their own children, and at leaves
// whose slot nobody holds.

// patience is after which no process of a killed judge is alive.
const patience = time.Second

// named makes a copy of the program under a name that no other process has.
func named(t *testing.T, program string) string {
	t.Helper()
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), fmt.Sprintf("jt-%011x", rand.Uint64N(1<<44))) // 14 bytes: the kernel keeps 15
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// process is what /proc says of one.
type process struct {
	pid, parent int
	name        string
	state       byte
}

func processes() []process {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is good
	var list []process
	for _, f := range files {
		if p, ok := stat(f); ok {
			list = append(list, p)
		}
	}
	return list
}

// stat reads /proc/PID/stat; false says that the process has ended.
func stat(file string) (process, bool) {
	data, err := os.ReadFile(file)
	open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if err != nil || end < 0 {
		return process{}, false
	}
	p := process{name: string(data[open+1 : end])}
	fmt.Sscan(string(data), &p.pid)
	fmt.Sscanf(string(data[end+2:]), "%c %d", &p.state, &p.parent)
	return p, true
}

// alive lists this process's children that are neither zombies nor known: PID 1s
// of judges that were killed. Of those, zombies are reaped.
func alive(t *testing.T, known map[int]bool) []process {
	t.Helper()
	var list []process
	for _, pid := range children(t, os.Getpid()) {
		if known[pid] {
			continue
		}
		p, ok := stat(fmt.Sprintf("/proc/%d/stat", pid))
		switch {
		case !ok:
		case p.state == 'Z' || p.state == 'X':
			unix.Wait4(pid, nil, unix.WNOHANG, nil)
		default:
			list = append(list, p)
		}
	}
	return list
}

// waitGone waits until no PID 1 is alive, and says how long that took. The
// kernel has then ended all that was inside.
func waitGone(t *testing.T, known map[int]bool) time.Duration {
	t.Helper()
	start := time.Now()
	for {
		left := alive(t, known)
		took := time.Since(start)
		if len(left) == 0 {
			return took
		}
		if took > patience*time.Duration(1+busy(t)) {
			t.Fatalf("alive %v after judge was killed: %+v", took, left)
		}
		time.Sleep(time.Millisecond)
	}
}

// busy is how many processes wait for each core, on average over a minute.
func busy(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	var load float64
	fmt.Sscan(string(text), &load)
	return int(load) / runtime.NumCPU()
}

// adoptOrphans makes this process the parent of what killed judges leave
// behind: so PID 1s can be told from other people's.
func adoptOrphans(t *testing.T) {
	t.Helper()
	set := func(on uintptr) {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, on, 0, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	set(1)
	t.Cleanup(func() { set(0) })
}

// forsaken lists leaves, in whatever hierarchy, whose slot nobody holds. The
// slot is held here while it is looked at.
func forsaken(t *testing.T) []string {
	t.Helper()
	tops, err := sandbox.LeafDirs()
	if err != nil {
		t.Fatal(err)
	}
	var dirs, list []string
	for _, top := range tops {
		leaves, _ := filepath.Glob(filepath.Join(top, "*-*")) // the pattern is good
		dirs = append(dirs, leaves...)
	}
	for _, dir := range dirs {
		n, own := sandbox.SlotOf(filepath.Base(dir))
		if !own {
			continue // of a judge with other leases
		}
		fd, err := unix.Open(filepath.Join(runDir, fmt.Sprintf("slot-%d", n)), unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			list = append(list, dir+": no lease: "+err.Error())
			continue
		}
		if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil {
			if _, err := os.Stat(dir); err == nil {
				list = append(list, dir)
			}
		}
		unix.Close(fd)
	}
	return list
}

// nothingLeft checks the host after the next start of judge, which tidies up.
// Another judge may be killed at any time: so it is looked more than once.
func nothingLeft(t *testing.T, judge string) {
	t.Helper()
	var left []string
	for range 3 {
		if out, err := exec.Command(judge, "run", "-q", "--report", "/dev/null", "/bin/true").CombinedOutput(); err != nil {
			t.Fatalf("the next start: %v\n%s", err, out)
		}
		if left = forsaken(t); len(left) == 0 {
			break
		}
	}
	for _, l := range left {
		t.Error("a leaf that nobody holds: ", l)
	}
	if _, err := sandbox.RemoveLeftovers(false); err != nil {
		t.Error(err)
	}
	runs, err := sandbox.Live()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs { // of whatever judge: a lock without a process would be one that something inherited
		if r.PID == 0 {
			t.Errorf("a lease that no process holds: %+v", r)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, " "+runDir) {
			t.Error("mount on the host: ", line)
		}
	}
	entries, err := os.ReadDir(runDir)
	if err != nil {
		t.Fatal(err)
	}
	snapshots := 0
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasPrefix(name, "slot-"), strings.HasPrefix(name, "core-"), name == "names", strings.HasPrefix(name, "network-"), strings.HasPrefix(name, "grade-"): // of a killed one on a bridge: the next one, or judge gc
		case strings.HasPrefix(name, "etc-new-"): // half made: what nobody holds went with the next start's snapshot, or goes with judge gc
			if abandoned(filepath.Join(runDir, name)) {
				t.Error("half a snapshot of /etc that nobody makes: ", name)
			}
		case strings.HasPrefix(name, "etc-"):
			snapshots++
		default:
			t.Error("file in "+runDir+": ", name)
		}
	}
	if snapshots > 1 {
		t.Logf("%d snapshots of /etc", snapshots)
	}
}

// abandoned says whether nobody holds a directory, for as long as its maker may
// need to lock it.
func abandoned(dir string) bool {
	time.Sleep(20 * time.Millisecond)
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil
}

func interfaces(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob("/sys/class/net/*")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// bystander is a run that is alive while others are killed.
type bystander struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr bytes.Buffer
}

func startBystander(t *testing.T, judge, program string) *bystander {
	t.Helper()
	b := &bystander{cmd: exec.Command(judge, "run", "-q", "--wall-time", "100s", program, "cat")}
	in, err := b.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.stdin = in
	b.cmd.Stderr = &b.stderr
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bystander) end(t *testing.T) {
	t.Helper()
	b.stdin.Close() // its program ends with its input
	if err := b.cmd.Wait(); err != nil || !strings.Contains(b.stderr.String(), `"status":"ok"`) {
		t.Errorf("a run beside those that were killed: %v\n%s", err, &b.stderr)
	}
}

// TestKilledAtAnyMoment kills judge, and looks what is left of its run.
func TestKilledAtAnyMoment(t *testing.T) {
	judge, program := judgeBinary(t), actor(t)
	adoptOrphans(t)
	before := interfaces(t)
	for _, tt := range []struct {
		name           string
		others, trials int
	}{{"alone", 0, 130}, {"beside four others", 4, 70}} {
		t.Run(tt.name, func(t *testing.T) {
			known := map[int]bool{}
			for range tt.others {
				b := startBystander(t, judge, program)
				known[b.cmd.Process.Pid] = true
				defer b.end(t)
			}
			mine := named(t, program)
			places := killedPlaces{t.TempDir(), t.TempDir()}
			var slowest time.Duration
			started := 0
			for i := range tt.trials {
				latest := []time.Duration{6 * time.Millisecond, 20 * time.Millisecond, 6 * time.Millisecond, 60 * time.Millisecond}[i%4]
				if killedAfter(t, judge, mine, places, time.Duration(rand.Int64N(int64(emulated(latest))))) {
					started++
				}
				slowest = max(slowest, waitGone(t, known))
			}
			for _, p := range processes() {
				if p.name == filepath.Base(mine) {
					t.Errorf("alive when no PID 1 was any more: %+v", p)
				}
			}
			t.Logf("of %d, %d had started their program; at the latest gone after %v", tt.trials, started, slowest)
			nothingLeft(t, judge)
			for _, dir := range places {
				if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
					t.Errorf("in %s: %v %v", dir, entries, err)
				}
			}
		})
	}
	if after := interfaces(t); after != before {
		t.Errorf("network interfaces: %s, before: %s", after, before)
	}
}

// killedPlaces are where judge is started, and its TMPDIR.
type killedPlaces [2]string

// killedAfter starts a run and kills judge. It says whether the program's
// first line was there by then.
func killedAfter(t *testing.T, judge, program string, places killedPlaces, wait time.Duration) bool {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(judge, "run", "-q", "--report", "/dev/null", "--wall-time", "100s", program,
		"print", "started", "forks", "3", "sleep", "600000")
	cmd.Stdout = out
	cmd.Dir, cmd.Env = places[0], append(os.Environ(), "TMPDIR="+places[1])
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(wait)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if state, err := cmd.Process.Wait(); err != nil || !strings.Contains(state.String(), "killed") {
		t.Fatalf("judge ended before it was killed: %v %v", state, err)
	}
	info, err := out.Stat()
	return err == nil && info.Size() > 0
}

// TestManyRuns makes a thousand, two at a time, and looks for what they leave.
func TestManyRuns(t *testing.T) {
	judge, program := judgeBinary(t), named(t, actor(t))
	const inside, outside = 800, 200 // in this process, and by the command
	temporary := t.TempDir()
	twoAtATime(t, 10, func() error { return oneRun(program) }) // what is made once
	before := descriptors(t)
	twoAtATime(t, inside, func() error { return oneRun(program) })
	twoAtATime(t, outside, func() error {
		cmd := exec.Command(judge, "run", "-q", "--report", "/dev/null", program, "exit", "0")
		cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
	if after := descriptors(t); len(after) > len(before) {
		t.Errorf("descriptors: %v, before: %v", after, before)
	}
	for _, p := range processes() {
		if p.parent == os.Getpid() || p.name == filepath.Base(program) {
			t.Errorf("process left: %+v", p)
		}
	}
	if entries, err := os.ReadDir(temporary); err != nil || len(entries) > 0 {
		t.Errorf("in TMPDIR: %v %v", entries, err)
	}
	nothingLeft(t, judge)
}

func oneRun(program string) error {
	p, _ := builtinPolicy("strict")
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{program, "exit", "0"}}, p)
	if err == nil && r.Status != sandbox.StatusOK {
		err = fmt.Errorf("status %s: %s", r.Status, r.Reason)
	}
	return err
}

func twoAtATime(t *testing.T, n int, run func() error) {
	t.Helper()
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for range n / 2 {
				if err := run(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
}

// descriptors lists this process's own, with what they are, but for the one that it keeps:
// its mountinfo (procfs.Mounts).
func descriptors(t *testing.T) map[int]string {
	t.Helper()
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		t.Fatal(err)
	}
	list := map[int]string{}
	for _, name := range names {
		n, err := strconv.Atoi(name)
		if err != nil || n == int(dir.Fd()) {
			continue
		}
		if target, err := os.Readlink("/proc/self/fd/" + name); err == nil && path.Base(target) != "mountinfo" {
			list[n] = target
		}
	}
	return list
}

// TestKilledWhileCollecting kills judge when it copies a file out of the box:
// nothing of it is to be seen outside.
func TestKilledWhileCollecting(t *testing.T) {
	judge, program := judgeBinary(t), actor(t)
	adoptOrphans(t)
	caught := 0
	for range 20 {
		dir := t.TempDir()
		cmd := exec.Command(judge, "run", "-q", "--report", "/dev/null", "--collect", "big", program, "file", "big", strconv.Itoa(60<<20))
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for !holdsFileIn(cmd.Process.Pid, dir) && !exists(filepath.Join(dir, "big")) {
			time.Sleep(100 * time.Microsecond)
		}
		cmd.Process.Kill()
		cmd.Wait()
		waitGone(t, nil)
		entries, err := os.ReadDir(dir)
		switch {
		case err != nil:
			t.Fatal(err)
		case len(entries) == 0:
			caught++
		case len(entries) > 1 || entries[0].Name() != "big":
			t.Fatalf("left: %v", entries)
		}
	}
	if caught == 0 {
		t.Error("judge was never killed while it copied")
	}
	nothingLeft(t, judge)
}

// holdsFileIn says whether a process has a file of a directory open, be it one without a name.
func holdsFileIn(pid int, dir string) bool {
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, dir+"/") {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
