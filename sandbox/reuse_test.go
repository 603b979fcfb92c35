package sandbox_test

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

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

// TestSessionKeyring: what the caller keeps in its session keyring is not the run's.
func TestSessionKeyring(t *testing.T) {
	judge, program := judgeBinary(t), actor(t)
	name := canary()
	var without, inside []byte
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // not undone: the thread, whose keyring this is, ends with the goroutine
		ring, err := unix.KeyctlJoinSessionKeyring("")
		if err != nil {
			t.Log("feature missing: keys: ", err)
			return
		}
		if _, err := unix.AddKey("user", name, []byte("secret"), ring); err != nil {
			t.Error(err)
			return
		}
		without, _ = exec.Command(program, "read", "/proc/keys").CombinedOutput() // what it prints tells
		inside, _ = exec.Command(judge, "run", "-q", "--report", "/dev/null", program, "read", "/proc/keys").CombinedOutput()
	}()
	<-done
	if without != nil && !bytes.Contains(without, []byte(name)) {
		t.Errorf("a child outside does not have the key either:\n%s", without)
	}
	if bytes.Contains(inside, []byte(name)) {
		t.Errorf("the run has the caller's keys:\n%s", inside)
	}
}
