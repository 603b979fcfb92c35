package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"judge/testcases/built"
)

var update = flag.Bool("update", false, "renew the expected texts in testdata, and the completions")

// TestScript runs what a user could type, testdata/script/*.txtar, with judge
// and its siblings as they are installed. To the commands of testscript these add:
//
//	exits N PROG ARG...   runs PROG, which must exit with status N. Where PROG is judge run, there must be
//	                      exactly one report, or none if N is 125, and the schema must allow it.
//	refused judge run ... exits 125 with a message alone, and starts and leaves nothing: see refused_test.go
//	report [FILE] TEST... what the last report (or the one in FILE) says: PATH=VALUE, PATH!=VALUE, PATH~REGEXP,
//	                      PATH>=N, PATH<=N. A path is collected.0.refused; values are as in JSON, or a bare string.
//	start PROG ARG...     runs PROG beside the script; then: await FILE REGEXP, signal NAME, ended N
//	slot-free FILE        of the run whose uid FILE holds nothing is left, once its slot is free
//
// A line that begins with [cgroup1] is for hosts with control groups of version 1, with [landlock] for a kernel that has it, one with [!emulated] not for a
// processor that may be emulated (testcases/vm): there time is counted too high.
func TestScript(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: judge makes namespaces and cgroups")
	}
	bin := t.TempDir()
	// Scripts run judge as other users, too.
	for dir := bin; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	build(t, bin, "judge", false)
	build(t, bin, "judge-rootfs", false)
	build(t, bin, "judge-oci", false)
	build(t, bin, "judge-seccomp", true)
	// What a killed judge left would become a child of this process.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	schema := compileSchema(t, filepath.Join(bin, "judge"))
	t.Run("run", func(t *testing.T) { // returns when all scripts, which run in parallel, are done
		testscript.Run(t, testscript.Params{
			Dir: filepath.Join("testdata", "script"),
			Setup: func(env *testscript.Env) error {
				env.Setenv("PATH", bin+":"+env.Getenv("PATH"))
				env.Setenv("BIN", bin)
				env.Setenv("JUDGE_ROOTFS_STORE", filepath.Join(env.WorkDir, "store"))
				env.Values[sessionKey{}] = &session{schema: schema}
				return os.Chmod(env.WorkDir, 0o755)
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){
				"exits": exits, "refused": refused, "report": checkReport,
				"start": start, "await": await, "signal": signalStarted, "ended": ended, "slot-free": slotFree,
			},
			Condition:          condition,
			RequireUniqueNames: true,
			UpdateScripts:      *update,
		})
	})
	for deadline := time.Now().Add(time.Second); ; time.Sleep(20 * time.Millisecond) {
		left := ourProcesses(t)
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("processes that are left: %q", left)
		}
	}
}

// condition is what a line of a script may be bound to.
func condition(name string) (bool, error) {
	switch name {
	case "cgroup1":
		_, err := os.Stat("/sys/fs/cgroup/memory")
		return err == nil, nil
	case "landlock":
		abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
		return errno == 0 && abi >= 2, nil
	case "emulated":
		return os.Getenv("JUDGE_VM") != "", nil
	}
	return false, fmt.Errorf("unknown condition %s", name)
}

func build(t *testing.T, dir, name string, cgo bool) {
	t.Helper()
	if err := built.Go(filepath.Join(dir, name), name, cgo); err != nil {
		t.Fatal(err)
	}
}

// ourProcesses are the living children of this process that are a sandbox's.
func ourProcesses(t *testing.T) []string {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Fatalf("no list of children: %v", err)
	}
	var left []string
	for _, name := range lists {
		pids, err := os.ReadFile(name)
		if err != nil {
			continue // the thread is gone
		}
		for pid := range strings.FieldsSeq(string(pids)) {
			status, err := os.ReadFile("/proc/" + pid + "/status")
			if err == nil && !bytes.Contains(status, []byte("\nState:\tZ")) && bytes.HasPrefix(status, []byte("Name:\tjudge-init\n")) {
				left = append(left, pid)
			}
		}
	}
	return left
}

type sessionKey struct{}

// session is what commands of a script remember.
type session struct {
	schema  *reportSchema
	last    *report
	started *started
}

func of(ts *testscript.TestScript) *session { return ts.Value(sessionKey{}).(*session) }

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N PROG ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	status := run(ts, args[1:])
	if status != want {
		ts.Fatalf("exit status %d, want %d", status, want)
	}
	s := of(ts)
	if args[1] == "judge" && len(args) > 2 && args[2] == "run" {
		s.last = s.schema.only(ts, args[3:], status)
	} else { // a judge in it, perhaps
		s.last = s.schema.last(ts)
	}
}

// run gives the exit status as a shell would.
func run(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return shellStatus(exit.ProcessState)
	}
	ts.Check(err)
	return 0
}

func shellStatus(p *os.ProcessState) int {
	if w := p.Sys().(syscall.WaitStatus); w.Signaled() {
		return 128 + int(w.Signal())
	}
	return p.ExitCode()
}

// started is a program that runs beside the script.
type started struct {
	cmd  *exec.Cmd
	done chan error
	out  bytes.Buffer
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: start PROG ARG...")
	}
	name := args[0]
	if !strings.Contains(name, "/") {
		for dir := range strings.SplitSeq(ts.Getenv("PATH"), ":") {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				name = filepath.Join(dir, name)
				break
			}
		}
	}
	s := &started{cmd: exec.Command(name, args[1:]...), done: make(chan error, 1)}
	s.cmd.Dir = ts.MkAbs(".")
	s.cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "WORK=" + ts.Getenv("WORK"), "JUDGE_ROOTFS_STORE=" + ts.Getenv("JUDGE_ROOTFS_STORE")}
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	ts.Check(s.cmd.Start())
	go func() { s.done <- s.cmd.Wait() }()
	ts.Defer(func() { s.cmd.Process.Kill() }) // it has mostly ended
	of(ts).started = s
}

// awaited is how long a script waits for what has to come: on an emulated machine
// beside others, a run may need seconds to begin.
const awaited = time.Minute

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	name := ts.MkAbs(args[0])
	for deadline := time.Now().Add(awaited); ; time.Sleep(5 * time.Millisecond) {
		data, err := os.ReadFile(name)
		if err == nil && re.Match(data) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s has no %s after %v: %q, %v", args[0], args[1], awaited, data, err)
		}
	}
}

func signalStarted(ts *testscript.TestScript, neg bool, args []string) {
	sig := unix.SignalNum("SIG" + strings.Join(args, ""))
	if neg || sig == 0 {
		ts.Fatalf("usage: signal NAME")
	}
	ts.Check(of(ts).started.cmd.Process.Signal(sig))
}

func ended(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ended N")
	}
	s := of(ts).started
	select {
	case <-s.done:
	case <-time.After(awaited):
		ts.Fatalf("%v still runs after %v", s.cmd.Args, awaited)
	}
	fmt.Fprint(ts.Stdout(), s.out.String())
	if got := strconv.Itoa(shellStatus(s.cmd.ProcessState)); got != args[0] {
		ts.Fatalf("%v ended with status %s, want %s; it said: %s", s.cmd.Args, got, args[0], &s.out)
	}
}

// slotFree waits until the lease of a run is free, and looks while holding it:
// no other judge can then have made what is there.
func slotFree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: slot-free FILE")
	}
	const firstUID = 1_900_000_000
	uid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	slot := "slot-" + strconv.Itoa(uid-firstUID)
	lease, err := os.Open(filepath.Join("/run/judge", slot))
	ts.Check(err)
	defer lease.Close()
	if unix.Flock(int(lease.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return // another judge has it, and so has removed what was left
	}
	dir, err := os.Stat("/run/judge")
	ts.Check(err)
	st := dir.Sys().(*syscall.Stat_t)
	leaf := fmt.Sprintf("%s-%d-%d", slot, st.Dev, st.Ino) // with other leases there are other leaves
	for _, pattern := range []string{"/sys/fs/cgroup/*/judge/" + leaf, "/sys/fs/cgroup/judge/" + leaf} {
		left, err := filepath.Glob(pattern)
		ts.Check(err)
		if len(left) > 0 {
			ts.Fatalf("left: %q", left)
		}
	}
	procs, err := filepath.Glob("/proc/[0-9]*")
	ts.Check(err)
	for _, dir := range procs {
		var st unix.Stat_t
		if unix.Stat(dir, &st) == nil && int(st.Uid) == uid {
			ts.Fatalf("a process of uid %d is alive: %s", uid, dir)
		}
	}
}

// names lists all below a directory.
func names(ts *testscript.TestScript, dir string) []string {
	var list []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		list = append(list, path)
		return err
	})
	ts.Check(err)
	slices.Sort(list)
	return list
}
