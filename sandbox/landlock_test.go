package sandbox_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// needLandlock skips where the kernel has none that a run can live with.
func needLandlock(t *testing.T, abi int) {
	t.Helper()
	have, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 || int(have) < abi {
		t.Skip("feature missing: Landlock ABI ", abi)
	}
}

// openRoot is a rootfs with a directory and a file that everybody may write:
// of all walls only Landlock stands around them.
func openRoot(t *testing.T) string {
	t.Helper()
	root := smallRoot(t, filepath.Join(t.TempDir(), "root"), actor(t))
	dir := filepath.Join(root, "open")
	if err := errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777), os.WriteFile(filepath.Join(dir, "old"), []byte("old"), 0o666),
		os.Chmod(filepath.Join(dir, "old"), 0o666)); err != nil {
		t.Fatal(err)
	}
	return root
}

// TestLandlockAlone: what nothing else stops.
func TestLandlockAlone(t *testing.T) {
	needLandlock(t, 3)
	dir := openRoot(t)
	tests := []struct {
		name     string
		landlock policy.Landlock
		denied   bool
	}{
		{"ro", policy.Landlock{Enabled: true, Rootfs: "ro"}, true},
		{"rw", policy.Landlock{Enabled: true, Rootfs: "rw"}, false},
		{"off", policy.Landlock{Rootfs: "ro"}, false},
	}
	for _, tt := range tests {
		for _, args := range []string{"file /open/new 1", "write /open/old", "fifo /open/fifo", "link /box /open/link", "mkdirs 1 in /open"} {
			p := builtin(t, "strict")
			p.Filesystem.Rootfs, p.Landlock = dir, tt.landlock
			if rest, ok := strings.CutSuffix(args, " in /open"); ok {
				p.Filesystem.Workdir, args = "/open", rest
			}
			r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{"/actor"}, strings.Fields(args)...)}, p)
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			switch {
			case tt.denied && !oneID():
				want = 100 + int(unix.EACCES)
			case tt.denied: // a user's run has the uid of all files, so the mount is read-only, too
				want = 100 + int(unix.EROFS)
			}
			if r.ExitCode == nil || *r.ExitCode != want {
				t.Errorf("%s, %s: %s (%s), want exit code %d", tt.name, args, r.Status, r.Reason, want)
			}
		}
	}
	p := builtin(t, "strict") // where it stays open
	p.Filesystem.Rootfs = dir
	for _, args := range []string{"file /box/f 1 write /box/f", "file /tmp/f 1", "file /dev/shm/f 1", "fifo /tmp/p", "write /dev/null", "read /open/old read /actor"} {
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{"/actor"}, strings.Fields(args)...)}, p)
		if err != nil || r.Status != sandbox.StatusOK {
			t.Errorf("%s: %s (%s) %v", args, r.Status, r.Reason, err)
		}
	}
}

// ordinary is what programs do with files; every line of it says "ok".
const ordinary = `
ok() { if "$@" >/dev/null 2>err; then echo "ok"; else echo "$*: $(cat err)"; fi; }
mkdir a b; echo 1 >a/f
ok mv a/f b/f
ok mv b /box/a/b
ok mv a /tmp/moved
ok mv /tmp/moved/b/f /dev/shm/f
ok mv /dev/shm/f /box/f
ok ln f g
ok ln f /tmp/g
ok ln -s /etc/passwd link
ok cat link
ok mkfifo /tmp/fifo
cp /bin/true /tmp/prog; cp /bin/true /box/prog; cp /bin/true /dev/shm/prog
ok /tmp/prog
ok /box/prog
ok /dev/shm/prog
ok rm -r /tmp/moved
ok sh -c ': >/dev/null'
ok sh -c 'echo 500 >/proc/self/oom_score_adj'
ok sh -c 'echo name >/proc/self/comm'
ok sh -c 'echo x | cat /dev/stdin'
ok sh -c 'echo x >/dev/stdout'
ok sh -c 'echo x >/dev/stderr'
ok grep -q judge /dev/fd/0
`

const ordinaryPython = `
import os, socket, tempfile, mmap, fcntl
def ok(what, f):
    try: f(); print("ok")
    except Exception as e: print(what, e)
def unix(name):
    s = socket.socket(socket.AF_UNIX); s.bind(name); s.listen()
    c = socket.socket(socket.AF_UNIX); c.connect(name); s.accept()
def tmpfile(dir):
    fd = os.open(dir, os.O_TMPFILE | os.O_RDWR, 0o600); os.write(fd, b"x")
    os.link("/proc/self/fd/%d" % fd, dir + "/linked", src_dir_fd=0, follow_symlinks=True)
def exchange():
    os.mkdir("d1"); open("d1/a", "w"); os.mkdir("d2"); open("d2/b", "w"); os.rename("d1/a", "d2/b")
def truncate():
    open("t", "w").write("long"); os.truncate("t", 1); open("t", "w").close()
def tcp():
    s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); socket.create_connection(s.getsockname()).close()
def pty():
    fcntl.ioctl(0, 0x5421, b"\0\0\0\0")
for what in "/tmp/sock", "/box/sock", "\0abstract": ok(what, lambda: unix(what))
for dir in "/tmp", "/box", "/dev/shm": ok(dir, lambda: tmpfile(dir))
ok("exchange", exchange); ok("truncate", truncate); ok("tcp", tcp); ok("FIONBIO", pty)
ok("memfd", lambda: os.execve in os.supports_fd and open("/proc/self/fd/%d" % os.memfd_create("m"), "w").write("x"))
ok("signal", lambda: os.kill(os.fork() or os._exit(0), 0))
`

// TestLandlockBreaksNothing: ordinary programs notice nothing of it.
func TestLandlockBreaksNothing(t *testing.T) {
	needLandlock(t, 2)
	input := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(input, []byte("judge\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ordinary := ordinary
	if oneID() { // then /box and /tmp are mounts of their own, over which no hard link goes
		ordinary = strings.Replace(ordinary, "ok ln f /tmp/g\n", "", 1)
	}
	for name, args := range map[string][]string{"sh": {"/bin/sh", "-c", ordinary}, "python": {"/usr/bin/python3", "-c", ordinaryPython}} {
		if _, err := os.Stat(args[0]); err != nil {
			t.Skip("feature missing: ", name)
		}
		for _, enabled := range []bool{true, false} {
			p := builtin(t, "default")
			p.Landlock.Enabled = enabled
			f, err := os.Open(input)
			if err != nil {
				t.Fatal(err)
			}
			r, err := sandbox.Run(context.Background(), sandbox.Command{Args: args, Stdin: f, Capture: true}, p)
			f.Close()
			if err != nil || r.Status != sandbox.StatusOK || *r.Stderr != "" {
				t.Fatalf("%s, Landlock %v: %s %s %v\n%s", name, enabled, r.Status, r.Reason, err, *r.Stderr)
			}
			for line := range strings.Lines(*r.Stdout) {
				if line != "ok\n" {
					t.Errorf("%s, Landlock %v: %s", name, enabled, line)
				}
			}
		}
	}
}

// TestLandlockNetwork: without loopback, TCP is refused by a second wall.
func TestLandlockNetwork(t *testing.T) {
	needLandlock(t, 4)
	const tcp = `
import socket
try: socket.create_connection(("127.0.0.1", 9))
except OSError as e: print(e.errno)
try: socket.socket().bind(("0.0.0.0", 0))
except OSError as e: print(e.errno)
`
	for enabled, want := range map[bool]string{true: "13\n13\n", false: "101\n"} {
		p := builtin(t, "default")
		p.Network.Loopback, p.Landlock.Enabled = false, enabled
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/usr/bin/python3", "-c", tcp}, Capture: true}, p)
		if err != nil || r.Stdout == nil || *r.Stdout != want {
			t.Errorf("Landlock %v: %q %v, want %q (%s)", enabled, *r.Stdout, err, want, *r.Stderr)
		}
	}
}

// TestLandlockBinds: a bind that may be written can be.
func TestLandlockBinds(t *testing.T) {
	needLandlock(t, 2)
	dir := t.TempDir()
	for _, name := range []string{"rw", "ro"} {
		if err := errors.Join(os.Mkdir(filepath.Join(dir, name), 0o777), os.Chmod(filepath.Join(dir, name), 0o777)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "log"), nil, 0o666), os.Chmod(filepath.Join(dir, "log"), 0o666)); err != nil {
		t.Fatal(err)
	}
	p := builtin(t, "strict")
	p.Filesystem.Bind = []policy.Bind{{Source: dir + "/rw", Target: "/srv/rw"}, {Source: dir + "/ro", Target: "/srv/ro", Readonly: true}, {Source: dir + "/log", Target: "/srv/log"}}
	for args, want := range map[string]int{"file /srv/rw/new 1": 0, "write /srv/log": 0, "file /srv/ro/new 1": 100 + int(unix.EROFS)} {
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{actor(t)}, strings.Fields(args)...)}, p)
		if err != nil || r.ExitCode == nil || *r.ExitCode != want {
			t.Errorf("%s: %s (%s) %v, want exit code %d", args, r.Status, r.Reason, err, want)
		}
	}
}

// TestLandlockReport: which ABI there is.
func TestLandlockReport(t *testing.T) {
	needLandlock(t, 2)
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/bin/true"}}, builtin(t, "strict"))
	if err != nil || r.Host.Landlock == nil || *r.Host.Landlock < 2 || unenforced(r, "landlock") {
		t.Errorf("%+v, unenforced %v, %v", r.Host, r.Unenforced, err)
	}
}
