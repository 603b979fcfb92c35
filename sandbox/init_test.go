package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// canary is a text that nothing in the world holds but what the test puts it into.
func canary() string {
	return fmt.Sprintf("canary-%016x%016x", rand.Uint64(), rand.Uint64())
}

// lines passes on what is written to it, as it comes.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// children of a process.
func children(t *testing.T, pid int) []int {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue // the thread has ended
		}
		for field := range strings.FieldsSeq(string(data)) {
			n, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, n)
		}
	}
	return list
}

// initOf finds the PID 1 of the one run that a process has.
func initOf(t *testing.T, judge int) int {
	t.Helper()
	for _, pid := range children(t, judge) {
		if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && string(name) == "judge-init\n" {
			return pid
		}
	}
	t.Fatalf("process %d has no child judge-init", judge)
	return 0
}

// TestInitKeepsNothing looks into PID 1 while the program runs: whoever took
// it over would find nothing of judge's, and no right.
func TestInitKeepsNothing(t *testing.T) {
	ofTheCommand := func(t *testing.T, as []string, flags ...string) {
		judge, program := judgeBinary(t), actor(t)
		secret := canary()
		dir := t.TempDir()
		file := filepath.Join(dir, "own.toml")
		if err := os.WriteFile(file, []byte("# "+secret+"\nname = \"own\"\nextends = \"strict\"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		open(t, dir)
		line := slices.Concat(as, []string{judge, "run", "-q", "--report", "/dev/null", "-p", file}, flags, []string{program, "print", "started", "cat", "sleep", "600000"})
		cmd := exec.Command(line[0], line[1:]...)
		cmd.Env = append(os.Environ(), "JUDGE_CANARY="+secret)
		cmd.Stdin = strings.NewReader(strings.Repeat(secret+"\n", 1000)) // goes through judge's buffers
		seen := make(lines, 100)
		cmd.Stdout = seen
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			cmd.Process.Kill()
			cmd.Wait()
		}()
		waitLine(t, seen, secret)
		lookInto(t, initOf(t, cmd.Process.Pid), secret)
	}
	t.Run("of the command", func(t *testing.T) { ofTheCommand(t, nil) })
	t.Run("of an ordinary user's command", func(t *testing.T) {
		needRoot(t, "to be another user, and to look into his PID 1")
		ofTheCommand(t, ordinaryUser(t))
	})
	t.Run("of an ordinary user's command that he may enter", func(t *testing.T) {
		needRoot(t, "to be another user, and to look into his PID 1")
		ofTheCommand(t, ordinaryUser(t), "--name", "kept")
	})
	t.Run("of a program with a large heap", func(t *testing.T) {
		program := actor(t)
		secret := canary()
		heap := bytes.Repeat([]byte(secret), 256<<20/len(secret))
		ctx, cancel := context.WithCancel(context.Background())
		seen := make(lines, 100)
		var done sync.WaitGroup
		done.Go(func() {
			p, err := builtinPolicy("strict")
			if err == nil {
				_, err = sandbox.Run(ctx, sandbox.Command{Args: []string{program, "print", "started", "sleep", "600000"}, Stdout: seen}, p)
			}
			if err != nil {
				t.Error(err)
			}
		})
		waitLine(t, seen, "started")
		lookInto(t, initOf(t, os.Getpid()), secret)
		runtime.KeepAlive(heap)
		cancel()
		done.Wait()
	})
}

// What PID 1 keeps of a run must be gone with it, whatever memory serves the next.
func TestInitKnowsNoOtherRun(t *testing.T) {
	program, secret := actor(t), canary()
	earlier := builtin(t, "strict")
	earlier.Environment.Set = map[string]string{"SECRET": secret}
	file := filepath.Join(t.TempDir(), secret)
	if err := os.WriteFile(file, []byte(secret), 0o644); err != nil {
		t.Fatal(err)
	}
	start := func(p policy.Policy, cmd sandbox.Command) (end func()) {
		ctx, cancel := context.WithCancel(context.Background())
		seen := make(lines, 100)
		cmd.Stdout = seen
		var done sync.WaitGroup
		done.Go(func() {
			if _, err := sandbox.Run(ctx, cmd, p); err != nil {
				t.Error(err)
			}
		})
		waitLine(t, seen, "started")
		return func() {
			cancel()
			done.Wait()
		}
	}
	long := []string{program, "print", "started", "sleep", "600000"}
	var files []sandbox.File // a long list
	for i := range 200 {
		files = append(files, sandbox.File{Source: file, Name: fmt.Sprintf("%s-%d", secret, i)})
	}
	for range 3 {
		start(earlier, sandbox.Command{Args: append(long, secret), Files: files})()
	}
	end := start(builtin(t, "strict"), sandbox.Command{Args: long})
	lookInto(t, initOf(t, os.Getpid()), secret)
	end()

	// And none that is alive at the same time.
	end = start(earlier, sandbox.Command{Args: append(long, secret), Files: files})
	defer end()
	first := initOf(t, os.Getpid())
	end2 := start(builtin(t, "strict"), sandbox.Command{Args: long})
	defer end2()
	for _, pid := range children(t, os.Getpid()) {
		if pid != first {
			lookInto(t, pid, secret)
		}
	}
}

func waitLine(t *testing.T, seen lines, text string) {
	t.Helper()
	var all strings.Builder
	for late := time.After(10 * time.Second); ; {
		select {
		case s := <-seen:
			all.WriteString(s)
			if strings.Contains(all.String(), text) {
				go func() { // nobody waits for the rest
					for range seen {
					}
				}()
				return
			}
		case <-late:
			t.Fatalf("the program printed %q in 10 s, not %q", all.String(), text)
		}
	}
}

func lookInto(t *testing.T, pid int, secret string) {
	t.Helper()
	if !root() {
		closed(t, pid)
		return
	}
	waitServing(t, pid)
	proc := func(name string) string {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil {
			t.Errorf("%s of PID 1: %v", name, err)
		}
		return string(data)
	}
	for _, name := range []string{"environ", "cmdline"} {
		if text := proc(name); text != "" {
			t.Errorf("%s of PID 1: %q", name, text)
		}
	}
	status := map[string]string{}
	for line := range strings.Lines(proc("status")) {
		key, value, _ := strings.Cut(line, ":")
		status[key] = strings.TrimSpace(value)
	}
	const none = "0000000000000000"
	for key, want := range map[string]string{"CapInh": none, "CapPrm": none, "CapEff": none, "CapBnd": none, "CapAmb": none,
		"NoNewPrivs": "1", "Threads": "1", "SigCgt": none, "SigIgn": none} {
		if status[key] != want {
			t.Errorf("%s of PID 1: %s, want %s", key, status[key], want)
		}
	}
	if name := thirdOf(t, pid); name != "" {
		t.Error(name)
	}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, fd := range fds {
		target, err := os.Readlink(fd)
		if err != nil {
			t.Error(err)
		}
		open = append(open, filepath.Base(fd)+" "+strings.TrimRight(target, "[]0123456789"))
	}
	if got, want := strings.Join(open, ", "), "3 socket:, 4 anon_inode:[signalfd"; got != want {
		t.Errorf("descriptors of PID 1: %s, want %s", got, want)
	}
	searchMemory(t, pid, proc("maps"), secret)
}

// closed is what an ordinary user sees of his own PID 1: no more than that it
// has no right. What is in it, the tests see when root runs them.
func closed(t *testing.T, pid int) {
	t.Helper()
	for range 1000 {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		none := "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
		if noCgroups() && !oneID() { // CAP_KILL, to sum up what all have used
			none = "CapPrm:\t0000000000000020\nCapEff:\t0000000000000020\nCapBnd:\t0000000000000000\n"
		}
		if !strings.Contains(string(status), "NoNewPrivs:\t1") || !strings.Contains(string(status), none) { // the last steps of its list
			time.Sleep(time.Millisecond)
			continue
		}
		if problem := thirdOf(t, pid); problem != "" {
			t.Error(problem)
		}
		return
	}
	t.Error("PID 1 never came to the end of its list, or kept a right")
}

// waitServing waits until PID 1 has come to the end of its list.
func waitServing(t *testing.T, pid int) {
	t.Helper()
	var call string
	for start := time.Now(); time.Since(start) < time.Minute; { // on a busy emulated machine it took seconds
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
		if err != nil {
			t.Fatal(err)
		}
		if call, _, _ = strings.Cut(string(data), " "); call == strconv.Itoa(unix.SYS_PPOLL) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("PID 1 is not in ppoll but in call %s", call)
}

// thirdOf tries what a process of the same uid could, which has no capability
// that PID 1 lacks: its memory must be closed to it, for it is not dumpable.
func thirdOf(t *testing.T, pid int) (problem string) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock it: the thread ends with its rights
		hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&hdr, &none[0]); err != nil {
			problem = "capset: " + err.Error()
			return
		}
		for _, name := range []string{"mem", "environ", "maps", "root/etc", "fd/3"} {
			fd, err := unix.Open(fmt.Sprintf("/proc/%d/%s", pid, name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != unix.EACCES {
				problem = fmt.Sprintf("a process without rights opens %s of PID 1: %v", name, err)
			}
			unix.Close(fd)
		}
	}()
	<-done
	return problem
}

// searchMemory reads all of PID 1's memory that can be read.
func searchMemory(t *testing.T, pid int, maps, secret string) {
	t.Helper()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	self, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		t.Fatal(err)
	}
	writable, read := 0, int64(0)
	for line := range strings.Lines(maps) {
		var start, end, offset, inode uint64
		var perm, device, path string
		fmt.Sscanf(line, "%x-%x %s %x %s %d %s", &start, &end, &perm, &offset, &device, &inode, &path)
		switch {
		case path == "[vsyscall]": // at a fixed address outside of what a process can unmap; executable only
			continue
		case strings.Contains(perm, "w"):
			writable++
		case path != self:
			t.Error("mapping of PID 1 that is neither code nor list: ", line)
		}
		var data []byte
		if strings.Contains(perm, "s") {
			data = shared(t, fmt.Sprintf("/proc/%d/map_files/%x-%x", pid, start, end), int64(offset), int64(offset+end-start))
		} else if data, err = io.ReadAll(io.NewSectionReader(mem, int64(start), int64(end-start))); err != nil {
			t.Errorf("read %s: %v", strings.TrimSpace(line), err)
		}
		read += int64(len(data))
		if bytes.Contains(data, []byte(secret)) {
			t.Error("the canary is in ", line)
		}
	}
	if writable != 1 {
		t.Errorf("PID 1 has %d writable mappings, its list should be the only one:\n%s", writable, maps)
	}
	t.Logf("searched %d bytes", read)
}

// shared reads what there is of memory that is shared: to read the rest would
// make it.
func shared(t *testing.T, file string, start, end int64) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var data []byte
	for start < end {
		from, err := f.Seek(start, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) || err == nil && from >= end { // no more
			return data
		}
		if err != nil {
			t.Fatal(err)
		}
		to, err := f.Seek(from, unix.SEEK_HOLE)
		if err != nil {
			t.Fatal(err)
		}
		piece, err := io.ReadAll(io.NewSectionReader(f, from, min(to, end)-from))
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, piece...)
		start = to
	}
	return data
}
