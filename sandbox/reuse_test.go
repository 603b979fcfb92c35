package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
	"judge/testcases/built"
)

// buildRemnants builds testdata/remnants.c, whose head says what it does.
var buildRemnants = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builtDir, "remnants")
	return path, built.C(path, "testdata/remnants.c", []string{"-static", "-O1"}, "-lrt")
})

func remnants(t *testing.T) string {
	t.Helper()
	path, err := buildRemnants()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSlotAfterCrash kills judge during a run that leaves all sorts of things,
// and has the next run of the same slot, with the same uid, look for them.
func TestSlotAfterCrash(t *testing.T) {
	judge, program := judgeBinary(t), remnants(t)
	same := 0
	for range 20 {
		uid := killedWhileReady(t, judge, program)
		out, err := exec.Command(judge, "run", "-q", "--report", "/dev/null", program, "look").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if strings.Contains(string(out), "LEFT") {
			t.Errorf("after a crash:\n%s", out)
		}
		if strings.Contains(string(out), "looked "+uid+"\n") { // else another judge of this host was faster
			same++
		}
		if same == 5 {
			break
		}
	}
	if same == 0 {
		t.Error("the slot was never that of the run that crashed")
	}
	nothingLeft(t, judge)
}

// killedWhileReady starts a run, kills judge when the program is ready, and
// returns the uid that this had.
func killedWhileReady(t *testing.T, judge, program string) string {
	t.Helper()
	cmd := exec.Command(judge, "run", "-q", "--report", "/dev/null", program, "leave")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if killErr := cmd.Process.Kill(); killErr != nil || err != nil {
		t.Fatalf("%v, %v: %q %s", err, killErr, line, &stderr)
	}
	_ = cmd.Wait() // killed
	uid, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ok {
		t.Fatalf("printed %q, %s", line, &stderr)
	}
	return uid
}

// TestSessionKeyring: what the caller keeps in its session keyring is not the
// run's, though no filter keeps the run from looking for it.
func TestSessionKeyring(t *testing.T) {
	needCompiler(t)
	name := canary()
	search := fmt.Sprintf("import ctypes; print(ctypes.CDLL(None).syscall(%d, %d, %d, b'user', b'%s', 0))",
		unix.SYS_KEYCTL, unix.KEYCTL_SEARCH, unix.KEY_SPEC_SESSION_KEYRING, name)
	cmd := sandbox.Command{Args: []string{"/usr/bin/python3", "-c", search}, Capture: true}
	p := builtin(t, "default")
	p.Seccomp = policy.Seccomp{Default: "allow"}
	var key int
	var outside []byte
	var inside sandbox.Report
	var err error
	missing := make(chan error)
	go func() {
		defer close(missing)
		runtime.LockOSThread() // not undone: the thread, whose keyring this is, ends with the goroutine
		ring, errno := unix.KeyctlJoinSessionKeyring(name)
		if errno != nil {
			missing <- errno
			return
		}
		if key, err = unix.AddKey("user", name, []byte("secret"), ring); err != nil {
			return
		}
		if outside, err = exec.Command(cmd.Args[0], cmd.Args[1:]...).CombinedOutput(); err == nil {
			inside, err = sandbox.Run(context.Background(), cmd, p)
		}
	}()
	if err := <-missing; err != nil {
		t.Skip("feature missing: keys: ", err)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, outside)
	}
	if string(outside) != fmt.Sprintln(key) {
		t.Errorf("a child outside, which should find key %d, finds %s", key, outside)
	}
	if inside.Status != sandbox.StatusOK || *inside.Stdout != "-1\n" {
		t.Errorf("%s (%s): the run finds %q", inside.Status, inside.Reason, *inside.Stdout)
	}
}
