package sandbox_test

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// queueScript opens, uses and removes a POSIX message queue. Each step leaves
// the error's number, 0 for none.
const queueScript = `
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
def call(f, *args):
    ctypes.set_errno(0)
    n = f(*args)
    return n, ctypes.get_errno() if n < 0 else 0
out = {}
q, out["open"] = call(libc.mq_open, b"/homework", os.O_CREAT | os.O_RDWR, 0o600, None)
if q >= 0:
    if os.fork() == 0:
        again, _ = call(libc.mq_open, b"/homework", os.O_WRONLY)
        os._exit(call(libc.mq_send, again, b"hello", 5, 1)[1])
    buf = ctypes.create_string_buffer(8192)
    n, out["receive"] = call(libc.mq_receive, q, buf, 8192, None)
    out["text"], out["child"] = buf.raw[:max(n, 0)].decode(), os.wait()[1]
    out["names"] = os.listdir("/dev/mqueue")
out["unlink"] = call(libc.mq_unlink, b"/homework")[1]
print(json.dumps(out))`

// TestMessageQueues: POSIX message queues work where the filter allows them,
// with Landlock and without; elsewhere a run pays nothing for them.
func TestMessageQueues(t *testing.T) {
	type seen struct {
		Open, Receive, Child, Unlink int
		Text                         string
		Names                        []string
	}
	works := seen{Text: "hello", Names: []string{"homework"}}
	none := seen{Open: int(unix.ENOSYS), Unlink: int(unix.ENOSYS)}
	allowed := func(p *policy.Policy) {
		p.Seccomp.Rules = nil // they answer mq_open
		p.Seccomp.Allow = append(slices.Clone(p.Seccomp.Allow), "@ipc")
	}
	tests := []struct {
		name, policy string
		change       func(*policy.Policy)
		want         seen
	}{
		{"default", "default", func(*policy.Policy) {}, works},
		{"without Landlock", "default", func(p *policy.Policy) { p.Landlock.Enabled = false }, works},
		{"a rootfs that may be written", "default", func(p *policy.Policy) { p.Filesystem.Shm = false }, works},
		{"strict, and the calls", "strict", allowed, works},
		{"in a user namespace", "default", func(p *policy.Policy) { p.Namespaces.User = true }, works},
		{"strict", "strict", func(*policy.Policy) {}, none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := builtin(t, tt.policy)
			tt.change(&p)
			if tt.name == "strict, and the calls" {
				needCompiler(t)
			}
			var got seen
			python(t, p, queueScript, &got)
			if got.Open != tt.want.Open || got.Receive != tt.want.Receive || got.Child != tt.want.Child || got.Unlink != tt.want.Unlink ||
				got.Text != tt.want.Text || !slices.Equal(got.Names, tt.want.Names) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestKeysOfRuns: where a policy lets keys be made, they end with the run. The
// next one with the same uid finds none, in no keyring.
func TestKeysOfRuns(t *testing.T) {
	const script = `
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
ADD, KEYCTL, SEARCH, PERSISTENT = 248, 250, 10, 22
rings = {"session": -3, "user": -4, "user session": -5}
persistent = libc.syscall(KEYCTL, PERSISTENT, -1, -3)
if persistent >= 0: rings["persistent"] = persistent
found = [name for name, ring in rings.items() if libc.syscall(KEYCTL, SEARCH, ring, b"user", b"mark", 0) >= 0]
made = [name for name, ring in rings.items() if libc.syscall(ADD, b"user", b"mark", b"x", ctypes.c_size_t(1), ring) >= 0]
print(json.dumps({"uid": os.getuid(), "found": found, "made": made}))`
	needCompiler(t)
	p := builtin(t, "default")
	p.Filesystem.Proc = "pids"
	p.Seccomp.Rules = append([]policy.Rule{{Calls: []string{"@keyring"}, Action: "allow"}}, p.Seccomp.Rules...)
	uids := map[int]int{}
	for range 4 {
		var got struct {
			UID         int
			Found, Made []string
		}
		python(t, p, script, &got)
		if len(got.Made) < 2 {
			t.Skip("feature missing: keys")
		}
		if len(got.Found) > 0 {
			t.Errorf("uid %d finds keys of an earlier run in its keyrings: %q", got.UID, got.Found)
		}
		uids[got.UID]++
	}
	for _, runs := range uids {
		if runs > 1 {
			return
		}
	}
	t.Error("no two of the runs had the same slot")
}

// TestHugePages: no policy gives huge pages, which no limit of memory counts.
func TestHugePages(t *testing.T) {
	const script = `
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
def mapped(flags, fd):
    ctypes.set_errno(0)
    libc.mmap(None, ctypes.c_size_t(2 << 20), 3, flags, fd, ctypes.c_long(0))
    return ctypes.get_errno()
def errno(n): return ctypes.get_errno() if n < 0 else 0
print(json.dumps({
    "mmap": mapped(0x40000 | 0x22, -1), "plain": mapped(0x22, -1),
    "shmget": errno(libc.shmget(7, ctypes.c_size_t(2 << 20), 0o5600)), "memfd": errno(libc.memfd_create(b"huge", 4)),
    "memfd_plain": errno(libc.memfd_create(b"plain", 1)),
}))`
	for _, name := range policy.Names() {
		var got map[string]int
		python(t, builtin(t, name), script, &got)
		for call, want := range map[string]int{"mmap": int(unix.ENOMEM), "shmget": int(unix.ENOMEM), "memfd": int(unix.ENOMEM), "plain": 0, "memfd_plain": 0} {
			if got[call] != want {
				t.Errorf("%s: %s: error %d, want %d", name, call, got[call], want)
			}
		}
	}
}
