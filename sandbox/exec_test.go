package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/sandbox"
	"judge/testcases/built"
)

// namedRun starts a run of that name that has printed a line.
func namedRun(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	return underWay(t, judgeBinary(t), append([]string{"--name", name, "--wall-time", "100s"}, args...)...)
}

// second runs a command in a run.
func second(t *testing.T, run string, args ...string) (sandbox.Report, string) {
	t.Helper()
	var out bytes.Buffer
	s := sandbox.Second{Run: run}
	s.Args, s.Stdout, s.Stderr = args, &out, &out
	r, err := sandbox.Exec(context.Background(), s)
	if err != nil {
		t.Fatalf("%q in %s: %v; it said %q", args, run, err, &out)
	}
	return r, out.String()
}

// what is one for all processes of a run, and for a second command of it.
const sameScript = `for n in cgroup ipc mnt net pid uts user time; do [ $n = cgroup ] || readlink /proc/self/ns/$n; done
cat /proc/self/limits /proc/self/uid_map /proc/self/setgroups /proc/self/mountinfo /proc/self/cgroup
grep -E '^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp|Seccomp_filters|SigBlk|SigIgn|SigCgt|Cpus_allowed_list|CoreDumping):' /proc/self/status
umask; id; pwd; env | grep -v -e ^_= -e ^OLDPWD= -e ^SHLVL= | sort; cat /proc/self/oom_score_adj; cat /proc/self/personality 2>/dev/null; ls -l /proc/self/fd | wc -l`

// TestExecIsAsTheRun: whatever a process can ask about its own walls, a second
// command is answered as the program is, under each policy that has shells.
func TestExecIsAsTheRun(t *testing.T) {
	for name, args := range map[string][]string{
		"default": nil,
		"strict":  {"-p", "strict"},
		"user":    {"--uid", "1234", "--gid", "77"},
		"root":    {"--uid", "0", "--gid", "0", "--env", "A=b c"},
		"clocks":  {"-p", timePolicy(t)},
	} {
		t.Run(name, func(t *testing.T) {
			run := "same-" + name
			out := filepath.Join(t.TempDir(), "out")
			cmd := exec.Command(judgeBinary(t), append(append([]string{"run", "-q", "--name", run, "--wall-time", "100s", "--stdout", out, "--report", os.DevNull}, args...),
				"sh", "-c", sameScript+"; echo end; sleep 100")...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cmd.Process.Kill()
				cmd.Wait()
			}()
			var want []byte
			for deadline := time.Now().Add(time.Minute); !bytes.HasSuffix(want, []byte("end\n")); time.Sleep(5 * time.Millisecond) {
				want, _ = os.ReadFile(out)
				if time.Now().After(deadline) {
					t.Fatalf("it says %q", want)
				}
			}
			r, got := second(t, run, "sh", "-c", sameScript+"; echo end")
			if r.Status != sandbox.StatusOK || got != string(want) {
				t.Errorf("%s (%s); the program is told\n%s\nthe command\n%s", r.Status, r.Reason, want, got)
			}
		})
	}
}

// timePolicy is one in which the clocks begin anew.
func timePolicy(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "p.toml")
	if err := os.WriteFile(file, []byte("extends = \"default\"\n[namespaces]\ntime = true\nuser = true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestExecLimits(t *testing.T) {
	program := actor(t)
	t.Run("syscall", func(t *testing.T) {
		namedRun(t, "limits-call", "-p", "strict", "--cpu-time", "60s", program, "print", "begun\n", "sleep", "600000")
		r, _ := second(t, "limits-call", "python3", "-c", "import socket; socket.socket()")
		if r.Status != sandbox.StatusSyscall || r.Violation == nil || r.Violation.Syscall != "socket" {
			t.Errorf("%s: %s", r.Status, r.Reason)
		}
		if r, out := second(t, "limits-call", "echo", "alive"); r.Status != sandbox.StatusOK || out != "alive\n" {
			t.Errorf("the run after it: %s %q", r.Status, out)
		}
	})
	t.Run("processes", func(t *testing.T) {
		namedRun(t, "limits-pids", "--pids", "3", program, "print", "begun\n", "sleep", "600000")
		if r, out := second(t, "limits-pids", "sh", "-c", "(sleep 0.1 & sleep 0.1 & wait) 2>&1; echo done"); !strings.Contains(out, "ork") {
			t.Errorf("the run's limit of 3 processes does not hold: %s %q", r.Status, out)
		}
	})
	t.Run("memory", func(t *testing.T) {
		cmd := namedRun(t, "limits-memory", "--memory", "32MiB", program, "print", "begun\n", "sleep", "600000")
		r, _ := second(t, "limits-memory", "python3", "-c", "x = bytearray(64 << 20)")
		if noCgroups() { // each process is limited, and the run goes on
			if r.Status != sandbox.StatusNonzeroExit {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
			return
		}
		if r.Status != sandbox.StatusSignal || r.Signal == nil || *r.Signal != 9 {
			t.Errorf("%s: %s", r.Status, r.Reason)
		}
		cmd.Wait()
		if report, err := os.ReadFile(cmd.Args[4]); err != nil || !strings.Contains(string(report), `"status":"memory"`) {
			t.Errorf("the run: %s %v", report, err)
		}
	})
	t.Run("time", func(t *testing.T) {
		cmd := namedRun(t, "limits-time", "--cpu-time", "300ms", program, "print", "begun\n", "sleep", "600000")
		r, _ := second(t, "limits-time", "sh", "-c", "while :; do :; done")
		if r.Status != sandbox.StatusSignal || r.Reason != "the run has ended" {
			t.Errorf("%s: %s", r.Status, r.Reason)
		}
		cmd.Wait()
		if report, err := os.ReadFile(cmd.Args[4]); err != nil || !strings.Contains(string(report), `"status":"cpu-time"`) {
			t.Errorf("the run: %s %v", report, err)
		}
	})
	t.Run("output", func(t *testing.T) {
		namedRun(t, "limits-output", "--output", "1k", program, "print", "begun\n", "sleep", "600000")
		if r, out := second(t, "limits-output", "sh", "-c", "yes"); r.Status != sandbox.StatusOutput || len(out) != 1000 && len(out) != 1024 {
			t.Errorf("%s, %d bytes", r.Status, len(out))
		}
	})
}

// TestExecEnds: the command ends with its judge, with the run, and at a signal,
// however deaf it is; and the run is not held up by it.
func TestExecEnds(t *testing.T) {
	judge := judgeBinary(t)
	deaf := []string{"python3", "-uc", "import signal, ctypes, time\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except Exception: pass\n" +
		"ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\nprint('deaf')\nopen('/tmp/deaf', 'w')\ntime.sleep(100)"}
	begin := func(t *testing.T, run string, flags ...string) *exec.Cmd {
		t.Helper()
		cmd := exec.Command(judge, append(append(append([]string{"exec"}, flags...), run), deaf...)...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "deaf\n" {
			t.Fatalf("%q %v", line, err)
		}
		return cmd
	}
	t.Run("its judge is killed", func(t *testing.T) {
		cmd := namedRun(t, "ends-judge", actor(t), "print", "begun\n", "sleep", "600000")
		begin(t, "ends-judge").Process.Kill()
		if got := alone(t, cmd.Process.Pid); got != 1 {
			t.Errorf("%d processes are in the run, want 1", got)
		}
	})
	t.Run("the run is killed", func(t *testing.T) {
		cmd := namedRun(t, "ends-run", actor(t), "print", "begun\n", "sleep", "600000")
		c := begin(t, "ends-run")
		cmd.Process.Kill()
		c.Wait()
		if c.ProcessState.ExitCode() != 137 {
			t.Errorf("judge exec ended with %v", c.ProcessState)
		}
	})
	t.Run("the program ends", func(t *testing.T) {
		cmd := namedRun(t, "ends-program", "/bin/sh", "-c", "echo begun; until [ -e /tmp/deaf ]; do sleep 0.01; done")
		c := begin(t, "ends-program")
		cmd.Wait()
		if report, err := os.ReadFile(cmd.Args[4]); err != nil || !strings.Contains(string(report), `"status":"ok"`) {
			t.Errorf("the run: %s %v", report, err)
		}
		c.Wait()
		if c.ProcessState.ExitCode() != 137 {
			t.Errorf("judge exec ended with %v", c.ProcessState)
		}
	})
	t.Run("it is asked to end", func(t *testing.T) {
		cmd := namedRun(t, "ends-asked", actor(t), "print", "begun\n", "sleep", "600000")
		c := begin(t, "ends-asked", "--grace", "100ms")
		c.Process.Signal(unix.SIGTERM)
		c.Wait()
		if c.ProcessState.ExitCode() != 143 {
			t.Errorf("judge exec ended with %v", c.ProcessState)
		}
		if got := alone(t, cmd.Process.Pid); got != 1 {
			t.Errorf("%d processes are in the run, want 1", got)
		}
	})
}

// alone waits until a run has one process, and says how many it has.
func alone(t *testing.T, judge int) int64 {
	t.Helper()
	n := int64(-1)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		r := liveRun(t, judge)
		if r == nil || r.Pids == nil {
			t.Fatalf("the run is not there: %+v", r)
		}
		if n = *r.Pids; noCgroups() { // that figure is of PID 1's children alone
			n = together(t, *r.ProgramPID)
		}
		if n <= 1 {
			break
		}
	}
	return n
}

// together is how many processes are in the pid namespace of one, of those that may be looked at.
func together(t *testing.T, pid int) (n int64) {
	t.Helper()
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid))
	if err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if ns, err := os.Readlink(p); err == nil && ns == own {
			n++
		}
	}
	return n
}

// spy tries, all the time, to get hold of any process that appears in its pid
// namespace: of its files, its memory, its program, by ptrace. It prints what it
// saw of a process that is not yet the command that was asked for.
const spy = `import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
me, last, judge = os.getpid(), 2, sys.argv[1]
signal.signal(signal.SIGTERM, lambda *a: (print("tries", tries, "touched", touched, flush=True), os._exit(0)))
tries = touched = 0
print("begun", flush=True)
while True:
    for pid in range(max(3, last - 3), last + 12):
        tries += 1
        d = "/proc/%d/" % pid
        try:
            os.kill(pid, 0); alive = True
        except ProcessLookupError:
            continue
        except PermissionError:
            alive = True
        last = max(last, pid)
        touched += 1
        for link in ("exe", "cwd", "root"):
            try:
                where = os.readlink(d + link)
                if judge in where or link == "cwd" and where not in ("/box", "/"): print("SAW", link, where, flush=True)
            except OSError: pass
        try:
            for fd in os.listdir(d + "fd"):
                if int(fd) > 2 and judge in os.readlink(d + "exe"): print("SAW fd", fd, flush=True)
        except OSError: pass
        for name in ("mem", "environ", "maps", "auxv", "syscall", "stack"):
            try:
                with open(d + name, "rb") as f:
                    if name == "maps" and judge.encode() in f.read(): print("SAW maps of judge", flush=True)
                    elif name == "mem" and judge in os.readlink(d + "exe"): print("SAW mem of judge", flush=True)
            except OSError: pass
        if libc.ptrace(0x4206, pid, 0, 0) == 0:  # PTRACE_SEIZE
            try:
                if judge in os.readlink(d + "exe"): print("SEIZED judge", flush=True)
            except OSError: pass
            os.kill(pid, signal.SIGCONT)
            libc.ptrace(17, pid, 0, 0)
`

// TestExecIsNotTakenHoldOf: a run that waits for the command's process gets
// nothing of it before execve, also where neither Landlock nor the filter would
// keep it from ptrace, and /proc hides nobody by them.
func TestExecIsNotTakenHoldOf(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "open.toml")
	if err := os.WriteFile(file, []byte("extends = \"default\"\n[landlock]\nenabled = false\n[seccomp]\ndefault = \"allow\"\n[limits]\ncpu_time = \"unlimited\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable() // which makes the commands
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range []struct{ name, uid string }{{"uid", ""}, {"userns", "0"}} {
		t.Run(variant.name, func(t *testing.T) {
			judge := judgeBinary(t)
			if err := built.Go(filepath.Join(filepath.Dir(judge), "judge-seccomp"), "judge-seccomp", true); err != nil {
				t.Skip("feature missing: libseccomp to build judge-seccomp with: ", err)
			}
			out := filepath.Join(dir, variant.name)
			args := []string{"run", "-q", "--name", "spied-" + variant.name, "--wall-time", "100s", "-p", file, "--stdout", out, "--report", os.DevNull}
			if variant.uid != "" {
				args = append(args, "--uid", variant.uid, "--gid", variant.uid)
			}
			cmd := exec.Command(judge, append(args, "python3", "-c", spy, filepath.Base(self))...)
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cmd.Process.Kill()
				cmd.Wait()
			}()
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
				if data, _ := os.ReadFile(out); bytes.Contains(data, []byte("begun")) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("the spy does not begin")
				}
			}
			for range 60 {
				if r, said := second(t, "spied-"+variant.name, "/bin/true"); r.Status != sandbox.StatusOK && r.Status != sandbox.StatusSignal {
					t.Fatalf("%s %s: %q", r.Status, r.Reason, said)
				}
			}
			cmd.Process.Signal(unix.SIGTERM)
			cmd.Wait()
			data, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(data)), "\n")
			var tries, touched int
			if _, err := fmt.Sscanf(lines[len(lines)-1], "tries %d touched %d", &tries, &touched); err != nil || touched == 0 {
				t.Errorf("the spy met none of the processes: %q", data)
			}
			if len(lines) != 2 {
				t.Errorf("the spy: %q", lines)
			}
		})
	}
}

// TestExecOfAReplacedProgram: a program that the run has put in the place of what
// is executed gets no file of the host's by way of its makers (CVE-2019-5736,
// CVE-2024-21626).
func TestExecOfAReplacedProgram(t *testing.T) {
	judge, err := os.Executable() // which makes the commands
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(judge)
	if err != nil {
		t.Fatal(err)
	}
	const plant = `cat > /box/tool <<'END'
#!/proc/self/exe
END
chmod 755 /box/tool; ln -s /proc/self/fd/5 /box/out; ln -s /proc/self/cwd /box/here; ln -s /proc/self/exe /box/self
echo begun; sleep 100`
	namedRun(t, "replaced", "sh", "-c", plant)
	r, out := second(t, "replaced", "/box/tool", "version")
	t.Logf("an interpreter that is its maker: %s %s %q", r.Status, r.Reason, out) // the kernel may execute judge there, with the run's rights
	if r, out := second(t, "replaced", "/box/self", "-c", "echo x"); r.Status == sandbox.StatusError {
		t.Errorf("%s %s %q", r.Status, r.Reason, out)
	}
	write := "import os\nfor p in ['/proc/self/exe', '/proc/%d/exe' % os.getppid(), '/proc/1/exe', '/box/self']:\n  try:\n    fd = os.open(p, os.O_WRONLY)\n    if 'sandbox.test' in os.readlink(p): print('WRITABLE', p)\n  except OSError as e: pass\nprint(sorted(int(f) for f in os.listdir('/proc/self/fd'))[:3])"
	if r, out := second(t, "replaced", "python3", "-c", write); r.Status != sandbox.StatusOK || out != "[0, 1, 2]\n" {
		t.Errorf("%s %s %q", r.Status, r.Reason, out)
	}
	for _, dir := range []string{"/box/out", "/box/here", "/proc/self/fd/5", "/dev/fd/5", "relative"} {
		s := sandbox.Second{Run: "replaced", Workdir: dir}
		var said bytes.Buffer
		s.Args, s.Stdout = []string{"pwd"}, &said
		r, err := sandbox.Exec(context.Background(), s)
		if err == nil && (r.Status != sandbox.StatusOK || !strings.HasPrefix(said.String(), "/box")) {
			t.Errorf("started in %s: %s %q", dir, r.Status, &said)
		}
	}
	if after, err := os.ReadFile(judge); err != nil || !bytes.Equal(before, after) {
		t.Errorf("judge's own binary has changed: %v", err)
	}
}

// TestExecLeavesNoZombie: a run ends though a command of it could not be started,
// and though whoever adopts orphans of judge's waits for none.
func TestExecLeavesNoZombie(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer reapAdopted(t)
	defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	cmd := namedRun(t, "zombies", "--pids", "4", "sh", "-c", "echo text > note; echo begun; exec sleep 100")
	for i, args := range [][]string{{"./note"}, {"/box"}, {"sh", "-c", "kill -9 $$"}, {"sh", "-c", "exit 1"}} {
		if r, out := second(t, "zombies", args...); i < 2 && r.Status != sandbox.StatusCannotStart {
			t.Errorf("%q: %s %q", args, r.Status, out)
		}
	}
	for i := range 40 { // killed anywhere on its way
		killed := exec.Command(judgeBinary(t), "exec", "zombies", "sleep", "1000")
		if err := killed.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * 500 * time.Microsecond)
		killed.Process.Kill()
		killed.Wait()
	}
	if n := alone(t, cmd.Process.Pid); n != 1 {
		t.Errorf("%d processes are left in the run", n)
	}
	if err := sandbox.Kill("zombies", false); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the run does not end")
	}
}

// reapAdopted waits for the children that have ended, so that no other test takes one
// for its own.
func reapAdopted(t *testing.T) {
	for _, pid := range children(t, os.Getpid()) {
		if _, err := unix.Wait4(pid, nil, unix.WNOHANG, nil); err != nil && err != unix.ECHILD {
			t.Errorf("wait4 %d: %v", pid, err)
		}
	}
}

func TestExecRefused(t *testing.T) {
	namedRun(t, "refused-run", actor(t), "print", "begun\n", "sleep", "600000")
	cmd := underWay(t, judgeBinary(t), actor(t), "print", "begun\n", "sleep", "600000")
	locked := filepath.Join(t.TempDir(), "locked.toml")
	if err := os.WriteFile(locked, []byte("extends = \"strict\"\nlocked = true\n[limits]\nwall_time = \"100s\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	underWay(t, judgeBinary(t), "--name", "refused-locked", "-p", locked, actor(t), "print", "begun\n", "sleep", "600000")
	of := func(args ...string) sandbox.Command { return sandbox.Command{Args: args} }
	for name, s := range map[string]sandbox.Second{
		"no such run":      {Run: "refused-none", Command: of("true")},
		"a run by number":  {Run: strconv.Itoa(liveRun(t, cmd.Process.Pid).ID), Command: of("true")},
		"no program":       {Run: "refused-run"},
		"an empty one":     {Run: "refused-run", Command: of("")},
		"a NUL":            {Run: "refused-run", Command: of("echo", "a\x00b")},
		"a NUL in env":     {Run: "refused-run", Command: of("echo"), Env: []string{"A=\x00"}},
		"a place in /proc": {Run: "refused-run", Command: of("true"), Workdir: "/proc/1/cwd"},
		"a locked policy":  {Run: "refused-locked", Command: of("true"), NoLandlock: true},
	} {
		t.Run(name, func(t *testing.T) {
			var usage *sandbox.UsageError
			if r, err := sandbox.Exec(context.Background(), s); !errors.As(err, &usage) || usage.Hint == "" {
				t.Errorf("%s, %v", r.Status, err)
			}
		})
	}
	for name, want := range map[string]sandbox.Status{"nowhere": sandbox.StatusCannotStart, "/box": sandbox.StatusCannotStart, "/usr/bin/nowhere": sandbox.StatusCannotStart} {
		if r, _ := second(t, "refused-run", name); r.Status != want {
			t.Errorf("%s: %s", name, r.Status)
		}
	}
}

// TestExecSees: with Landlock a command is parted from the run's processes,
// without it not.
func TestExecSees(t *testing.T) {
	cmd := namedRun(t, "sees", "sh", "-c", "trap 'echo hit; exit 9' USR1; echo begun; while :; do sleep 0.05; done")
	kill := sandbox.Second{Run: "sees"}
	var out bytes.Buffer
	kill.Args, kill.Stdout = []string{"sh", "-c", "tr '\\0' ' ' < /proc/2/cmdline && kill -USR1 2"}, &out
	if r, err := sandbox.Exec(context.Background(), kill); err != nil || sandbox.Landlock() >= 2 && (r.Status == sandbox.StatusOK || out.Len() > 0) {
		t.Errorf("%v %v %q", r.Status, err, &out)
	}
	out.Reset()
	kill.NoLandlock = true
	if r, err := sandbox.Exec(context.Background(), kill); err != nil || r.Status != sandbox.StatusOK || !strings.HasPrefix(out.String(), "sh -c trap") {
		t.Errorf("%s %s, %v %q", r.Status, r.Reason, err, &out)
	}
	cmd.Wait()
	if cmd.ProcessState.ExitCode() != 9 {
		t.Errorf("the program ended with %v", cmd.ProcessState)
	}
}
