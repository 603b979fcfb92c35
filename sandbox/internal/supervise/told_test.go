package supervise

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/spawn"
)

// told is a message as PID 1 sends it, with copies of a descriptor.
type told struct {
	m   spawn.Message
	fds int
}

// TestToldNonsense: whatever a PID 1 that was taken over sends, no descriptor of
// it stays in judge but those of the first good message.
func TestToldNonsense(t *testing.T) {
	executed := spawn.Message{Kind: spawn.Started, ExecWall: unix.Timespec{Sec: 1}}
	tests := []struct {
		name  string
		sent  []told
		fails bool
		stay  int
	}{
		{"started", []told{{executed, 2}}, false, 2},
		{"started, but not executed, with a listener", []told{{spawn.Message{Kind: spawn.Started}, 3}}, false, 2},
		{"started twice", []told{{executed, 2}, {executed, 2}}, true, 2},
		{"not executed, and then executed", []told{{spawn.Message{Kind: spawn.Started}, 3}, {executed, 3}}, true, 2},
		{"started with one descriptor", []told{{executed, 1}}, true, 0},
		{"started with none", []told{{executed, 0}}, true, 0},
		{"started with too many", []told{{executed, 4}}, true, 0},
		{"failed, with descriptors", []told{{spawn.Message{Kind: spawn.Failed}, 3}}, false, 0},
		{"an unknown kind", []told{{spawn.Message{Kind: 77}, 3}}, true, 0},
		{"kind zero", []told{{spawn.Message{}, 1}}, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(pair[0])
			defer unix.Close(pair[1])
			l := testLoop(t, &fakeLeaf{}, policy.Limits{})
			l.ev.Started, l.Child.Ctl = nil, pair[0]
			before := openFDs(t)
			for _, s := range tt.sent {
				fds := make([]int, s.fds)
				for i := range fds {
					fds[i] = pair[1]
				}
				var oob []byte
				if len(fds) > 0 {
					oob = unix.UnixRights(fds...)
				}
				data := unsafe.Slice((*byte)(unsafe.Pointer(&s.m)), unsafe.Sizeof(s.m))
				if err := unix.Sendmsg(pair[1], data, oob, nil, 0); err != nil {
					t.Fatal(err)
				}
				l.message()
			}
			if (l.err != nil) != tt.fails {
				t.Errorf("error %v", l.err)
			}
			if stay := openFDs(t) - before; stay != tt.stay {
				t.Errorf("%d descriptors stay, want %d", stay, tt.stay)
			}
			for _, fd := range []int{l.program, l.tmpfs, l.listener} {
				if fd >= 0 {
					unix.Close(fd)
				}
			}
			if left := openFDs(t) - before; left != 0 {
				t.Errorf("%d descriptors that nobody knows", left)
			}
		})
	}
}

// FuzzTold: PID 1 says anything, in messages of any length with up to four
// descriptors. judge neither panics, nor keeps one that it does not know of.
func FuzzTold(f *testing.F) {
	started := spawn.Message{Kind: spawn.Started, ExecWall: unix.Timespec{Sec: 1}}
	exited := spawn.Message{Kind: spawn.Exited, ExecWall: started.ExecWall, EndWall: unix.Timespec{Sec: 2}}
	raw := func(m spawn.Message) []byte {
		return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&m)), unsafe.Sizeof(m))...)
	}
	f.Add(raw(started), uint8(2), raw(exited), uint8(0))
	f.Add(raw(started), uint8(3), raw(started), uint8(3))
	f.Add(raw(spawn.Message{Kind: spawn.Failed, List: 1, Step: 7, Errno: 2}), uint8(0), []byte{}, uint8(1))
	f.Add([]byte("short"), uint8(4), raw(exited)[:100], uint8(0))
	f.Fuzz(func(t *testing.T, one []byte, oneFDs uint8, two []byte, twoFDs uint8) {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(pair[0])
		defer unix.Close(pair[1])
		l := testLoop(t, &fakeLeaf{}, policy.Limits{})
		l.ev.Started, l.Child.Ctl = nil, pair[0]
		before := openFDs(t)
		for _, s := range []struct {
			data []byte
			fds  uint8
		}{{one, oneFDs}, {two, twoFDs}} {
			var oob []byte
			if n := int(s.fds % 5); n > 0 {
				oob = unix.UnixRights(slices.Repeat([]int{pair[1]}, n)...)
			}
			if err := unix.Sendmsg(pair[1], s.data, oob, nil, 0); err != nil {
				return // longer than a socket takes
			}
			l.message()
		}
		Decide(l.ev)
		for _, fd := range []int{l.program, l.tmpfs, l.listener} {
			if fd >= 0 {
				unix.Close(fd)
			}
		}
		if left := openFDs(t) - before; left != 0 {
			t.Errorf("%d descriptors that nobody knows", left)
		}
	})
}

func openFDs(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestToldLate: a signal that comes when the program is at work, but before
// PID 1 has told of it, is forwarded as soon as it has.
func TestToldLate(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pidfd, err := unix.PidfdOpen(cmd.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	l := testLoop(t, &fakeLeaf{}, policy.Limits{})
	l.ev.Started = nil
	l.Asked = func() (unix.Signal, bool) { return unix.SIGTERM, false }
	l.asked()
	tmpfs, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	l.start(&spawn.Message{Kind: spawn.Started, ExecWall: unix.Timespec{Sec: 1}}, []int{pidfd, tmpfs})
	defer unix.Close(pidfd)
	defer unix.Close(tmpfs)
	late := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
	defer late.Stop()
	if err := cmd.Wait(); err == nil || err.Error() != "signal: terminated" || l.err != nil || l.killed {
		t.Errorf("it ended with %v; %v, killed: %t", err, l.err, l.killed)
	}
}
