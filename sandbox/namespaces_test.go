package sandbox_test

import (
	"context"
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// python runs a script and takes the JSON that it prints.
func python(t *testing.T, p policy.Policy, script string, into any) sandbox.Report {
	t.Helper()
	if _, err := os.Stat("/usr/bin/python3"); err != nil {
		t.Skip("feature missing: python3")
	}
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/usr/bin/python3", "-c", script}, Capture: true}, p)
	if err != nil || r.Status != sandbox.StatusOK {
		text := ""
		if r.Stderr != nil {
			text = *r.Stderr
		}
		t.Fatalf("%s: %s %v\n%s", r.Status, r.Reason, err, text)
	}
	if err := json.Unmarshal([]byte(*r.Stdout), into); err != nil {
		t.Fatalf("%v: %s", err, *r.Stdout)
	}
	return r
}

// TestUserNamespace: a run in a user namespace of its own is who it was, and
// has no right more.
func TestUserNamespace(t *testing.T) {
	const script = `
import json, os
read = lambda name: open("/proc/self/" + name).read().split()
status = dict(l.split(":", 1) for l in open("/proc/self/status"))
open("/box/made", "w").close(); os.mkdir("/tmp/made")
def error(f):
    try: f()
    except OSError as e: return e.errno
print(json.dumps({
    "ns": os.readlink("/proc/self/ns/user"), "uid_map": read("uid_map"), "gid_map": read("gid_map"), "setgroups": read("setgroups"),
    "caps": [status[c].strip() for c in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")], "nnp": status["NoNewPrivs"].strip(),
    "ids": os.getresuid() + os.getresgid(), "groups": os.getgroups(),
    "owners": [os.stat(f).st_uid for f in ("/box", "/box/made", "/tmp/made")], "usr": os.stat("/usr").st_uid,
    "chown": error(lambda: os.chown("/box/made", 65534, 65534)),
}))`
	type seen struct {
		NS          string
		UIDMap      []string `json:"uid_map"`
		GIDMap      []string `json:"gid_map"`
		Setgroups   []string
		Caps        []string
		NNP         string
		IDs, Groups []int
		Owners      []int
		Usr         int
		Chown       int
	}
	outside, err := os.Readlink("/proc/self/ns/user")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"strict", "default", "compile", "ci"} {
		for _, id := range []int{-1, 0, 1000} {
			for _, user := range []bool{true, false} {
				p := builtin(t, name)
				p.Namespaces.User, p.Identity.UID, p.Identity.GID = user, id, id
				var s seen
				python(t, p, script, &s)
				inside := user || id >= 0 || !root()
				if own := s.NS != outside; own != inside {
					t.Errorf("%s, uid %d, user %v: the namespace is %s", name, id, user, s.NS)
				}
				uid := s.IDs[0]
				if id >= 0 && uid != id || id < 0 && uid < 1_900_000_000 {
					t.Errorf("%s, uid %d, user %v: ids %v", name, id, user, s.IDs)
				}
				for _, other := range append(s.IDs, s.Owners...) {
					if other != uid {
						t.Errorf("%s, uid %d, user %v: ids %v, owners %v", name, id, user, s.IDs, s.Owners)
					}
				}
				for _, c := range s.Caps {
					if strings.Trim(c, "0") != "" {
						t.Errorf("%s, uid %d, user %v: capabilities %v", name, id, user, s.Caps)
					}
				}
				refused := unix.EPERM
				if inside { // there is no such uid
					refused = unix.EINVAL
				}
				if s.NNP != "1" || len(s.Groups) > 0 || s.Chown != int(refused) {
					t.Errorf("%s, uid %d, user %v: %+v", name, id, user, s)
				}
				if !inside || !root() && !oneID() && !user && id < 0 { // the latter is PID 1's, with subordinate ids
					continue
				}
				usr := 65534
				if oneID() { // its top is a directory of the run's tmpfs
					usr = uid
				}
				if s.UIDMap[2] != "1" || s.GIDMap[2] != "1" || len(s.UIDMap) != 3 || s.Setgroups[0] != "deny" || s.Usr != usr {
					t.Errorf("%s, uid %d, user %v: %+v", name, id, user, s)
				}
			}
		}
	}
}

// TestTimeNamespace: the host's uptime is not seen, and nothing else changes.
func TestTimeNamespace(t *testing.T) {
	const script = `
import ctypes, json, time
class timespec(ctypes.Structure): _fields_ = [("sec", ctypes.c_long), ("nsec", ctypes.c_long)]
def raw(clock):
    t = timespec(); ctypes.CDLL(None).syscall(NR, clock, ctypes.byref(t)); return t.sec + t.nsec / 1e9
sysinfo = (ctypes.c_long * 64)(); ctypes.CDLL(None).sysinfo(sysinfo)
def proc(name):
    try: return float(open(name).read().split()[0])
    except FileNotFoundError: return None
began, real = time.monotonic(), time.time()
time.sleep(0.2)
print(json.dumps({"monotonic": time.monotonic(), "boottime": time.clock_gettime(7), "raw": raw(1), "rawboot": raw(7), "coarse": time.clock_gettime(6),
    "sysinfo": sysinfo[0], "uptime": proc("/proc/uptime"), "real": real, "slept": time.monotonic() - began,
    "start": int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / 100}))`
	nr := map[string]string{"amd64": "228", "arm64": "113"}
	for _, name := range []string{"strict", "default"} {
		for _, own := range []bool{true, false} {
			p := builtin(t, name)
			p.Namespaces.Time, p.Namespaces.User = own, own // together, too
			var s struct {
				Monotonic, Boottime, Raw, Rawboot, Coarse, Sysinfo, Real, Slept, Start float64
				Uptime                                                                 *float64
			}
			began := time.Now()
			r := python(t, p, strings.Replace(script, "NR", nr[runtime.GOARCH], 1), &s)
			var host unix.Sysinfo_t
			if err := unix.Sysinfo(&host); err != nil {
				t.Fatal(err)
			}
			uptime := []float64{s.Monotonic, s.Boottime, s.Raw, s.Rawboot, s.Coarse, s.Sysinfo, s.Start}
			if s.Uptime != nil {
				uptime = append(uptime, *s.Uptime)
			}
			for _, u := range uptime {
				if young := u >= 0 && u < 60; young != own && host.Uptime > 90 {
					t.Errorf("%s, time %v: a clock says %v: %+v", name, own, u, s)
				}
			}
			if d := s.Raw - s.Monotonic; d < 0 || d > 5 {
				t.Errorf("%s, time %v: the vDSO's clock says %v, the kernel's %v", name, own, s.Monotonic, s.Raw)
			}
			if d := s.Real - float64(began.UnixNano())/1e9; d < -1 || d > 30 {
				t.Errorf("%s, time %v: the time of day is %v s off", name, own, d)
			}
			if wall := time.Duration(r.WallTime); s.Slept < 0.2 || wall < 200*time.Millisecond || wall > time.Since(began) {
				t.Errorf("%s, time %v: slept %v, wall time %v of %v", name, own, s.Slept, wall, time.Since(began))
			}
		}
	}
}

// Limits of elapsed time hold as before.
func TestTimeNamespaceLimits(t *testing.T) {
	tests := []struct {
		limit, what string
		want        sandbox.Status
	}{
		{"limits.wall_time=150ms", "sleep", sandbox.StatusWallTime},
		{"limits.idle_time=150ms", "sleep", sandbox.StatusIdleTime},
		{"limits.cpu_time=150ms", "spin", sandbox.StatusCPUTime},
	}
	for _, tt := range tests {
		p := with(t, "strict", "namespaces.time=true", tt.limit)
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{actor(t), tt.what, "10000"}}, p)
		if err != nil || r.Status != tt.want {
			t.Errorf("%s: %s: %s %v, want %s", tt.limit, r.Status, r.Reason, err, tt.want)
		}
	}
}

// A user namespace's maps are written though the run has no /proc.
func TestMapsWithoutProc(t *testing.T) {
	p := builtin(t, "strict")
	p.Filesystem.Proc, p.Namespaces.Time, p.Identity.UID = "none", true, 0
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{actor(t), "id"}, Capture: true}, p)
	if err != nil || r.Status != sandbox.StatusOK || !strings.HasPrefix(*r.Stdout, "0 19") {
		t.Errorf("%s: %s %v", r.Status, r.Reason, err)
	}
}
