package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"judge/sandbox"
)

// ownNetwork runs the test once more, in a network namespace of its own, and says
// whether this is that one.
func ownNetwork(t *testing.T) bool {
	t.Helper()
	needRoot(t, "interfaces are root's")
	const mark = "JUDGE_TEST_NETWORK"
	if os.Getenv(mark) != "" {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mark+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in a namespace of its own: %v\n%s", err, out)
	}
	return false
}

// A stay is the time, in nanoseconds, in which a run had its address for certain.
type stay struct {
	address  string
	from, to int64
}

// Many runs of one process, on two bridges: each has its report, and an address that no other has meanwhile, and at
// the end there is nothing.
func TestNetworksOfOneProcess(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	var mu sync.Mutex
	var seen []stay
	var all sync.WaitGroup
	for n := range 24 {
		all.Go(func() {
			p := builtin(t, "default")
			p.Network.Mode, p.Network.Bridge.Groups = "bridge", []string{"g"}
			p.Limits.CPUTime, p.Limits.WallTime = time.Minute, 5*time.Minute
			if n%2 == 1 {
				p.Network.Bridge.Name, p.Network.Bridge.Subnet = "judge9", "10.99.0.0/24"
			}
			var out strings.Builder
			r, err := sandbox.Run(context.Background(), sandbox.Command{
				Args: []string{"/bin/sh", "-c", "date +%s%N; sleep 0.1; date +%s%N; cat /etc/hosts"}, Stdout: &out,
			}, p)
			if err != nil || r.Status != sandbox.StatusOK || r.Network == nil {
				t.Errorf("run %d: %s %s, %v", n, r.Status, r.Reason, err)
				return
			}
			subnet := "10.200."
			if n%2 == 1 {
				subnet = "10.99.0."
			}
			if !strings.HasPrefix(r.Network.Address, subnet) || !strings.Contains(out.String(), r.Network.Address+"\tjudge\n") {
				t.Errorf("run %d: address %s, hosts %q", n, r.Network.Address, out.String())
			}
			s := stay{address: r.Network.Address}
			if _, err := fmt.Sscan(out.String(), &s.from, &s.to); err != nil {
				t.Errorf("run %d: %v: %q", n, err, out.String())
			}
			mu.Lock()
			defer mu.Unlock()
			for _, other := range seen {
				if other.address == s.address && other.from < s.to && s.from < other.to {
					t.Errorf("run %d has the address of another that is alive: %+v, %+v", n, s, other)
				}
			}
			seen = append(seen, s)
		})
	}
	all.Wait()
	deadline := time.Now().Add(30 * time.Second)
	for ; ; time.Sleep(20 * time.Millisecond) {
		devices, err := os.ReadFile("/proc/net/dev")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(devices), "\n") == 3 { // two lines of heads, and lo
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("left:\n%s", devices)
		}
	}
}
