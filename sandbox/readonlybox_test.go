package sandbox_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// A read-only box is that whatever is in it and whose it is, by whichever way it is
// reached; what lies around it stays writable, and links in it lead where they did.
func TestReadonlyBox(t *testing.T) {
	for name, size := range map[string]int{"copied": 10, "under an overlay": 1 << 20} {
		t.Run(name, func(t *testing.T) { readonlyBox(t, size) })
	}
}

func readonlyBox(t *testing.T, size int) {
	box, shared := t.TempDir(), t.TempDir()
	if err := errors.Join(
		os.Mkdir(filepath.Join(box, "open"), 0o777), os.Chmod(filepath.Join(box, "open"), 0o777),
		os.WriteFile(filepath.Join(box, "open/file"), []byte("given"), 0o666), os.Chmod(filepath.Join(box, "open/file"), 0o666),
		os.Symlink("/tmp", filepath.Join(box, "tmp")),
		os.WriteFile(filepath.Join(box, "large"), make([]byte, size), 0o644),
		os.Chmod(shared, 0o777),
	); err != nil {
		t.Fatal(err)
	}
	open(t, shared)
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	p := builtin(t, "strict")
	p.Filesystem.Box = box
	command := func(args ...string) sandbox.Command {
		return sandbox.Command{Args: append([]string{actor(t)}, args...), Files: []sandbox.File{{Source: filepath.Join(box, "open/file"), Name: "put"}},
			ReadonlyBox: true, BoxStays: true, Capture: true}
	}
	if got := overlaid(t, command("exit", "0"), p); got != (size > 100) {
		t.Fatalf("the box of %d bytes lies under an overlay: %t", size, got)
	}
	runIn := func(p policy.Policy, args ...string) sandbox.Report {
		t.Helper()
		cmd := command(args...)
		r, err := sandbox.Run(context.Background(), cmd, p)
		if err != nil {
			t.Fatal(err)
		}
		checkReport(t, r)
		return r
	}
	for _, args := range [][]string{
		{"file", "new", "1"}, {"file", "open/new", "1"}, {"file", "/box/new", "1"}, {"file", "/proc/self/cwd/new", "1"},
		{"write", "open/file"}, {"mkdir", "dir"}, {"mkdir", "open/dir"}, {"fifo", "fifo"}, {"link", "/tmp", "l"},
	} {
		if r := runIn(p, args...); r.ExitCode == nil || *r.ExitCode != 100+int(unix.EROFS) {
			t.Errorf("%q: %s: %s, want the exit code of EROFS", args, r.Status, r.Reason)
		}
	}
	r := runIn(p, "read", "open/file", "read", "put", "file", "/tmp/x", "1", "file", "tmp/y", "1", "file", "/dev/shm/x", "1", "read", "open/file")
	if r.Status != sandbox.StatusOK || *r.Stdout != "givengivengiven" {
		t.Errorf("what it may read, and write elsewhere: %s: %s, printed %q", r.Status, r.Reason, *r.Stdout)
	}
	// A writable bind below it is closed with it: the host's own file is not changed.
	p.Filesystem.Bind = []policy.Bind{{Source: shared, Target: "/box/open"}}
	if r := runIn(p, "file", "open/new", "1"); r.ExitCode == nil || *r.ExitCode != 100+int(unix.EROFS) {
		t.Errorf("below a bind: %s: %s, want the exit code of EROFS", r.Status, r.Reason)
	}
	if left := names(t, shared); len(left) > 0 {
		t.Errorf("the host's directory holds %q", left)
	}
}

// overlaid says whether the box directory is not copied.
func overlaid(t *testing.T, cmd sandbox.Command, p policy.Policy) bool {
	t.Helper()
	steps, err := sandbox.Explain(cmd, p)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(steps, func(s string) bool {
		return strings.Contains(s, "lowerdir=box:") || strings.Contains(s, "upperdir=box,")
	})
}

// What lies under an overlay looks like a copy, and is one for locks; where a run would
// see a difference, or its program is being written, the box is copied.
func TestLowerBox(t *testing.T) {
	box := t.TempDir()
	large := filepath.Join(box, "large")
	if err := errors.Join(os.MkdirAll(filepath.Join(box, "sub/deep"), 0o755), os.WriteFile(filepath.Join(box, "sub/deep/file"), []byte("below"), 0o644),
		os.WriteFile(large, make([]byte, 1<<20), 0o755), os.Symlink("large", filepath.Join(box, "link"))); err != nil {
		t.Fatal(err)
	}
	p := builtin(t, "default")
	p.Filesystem.Box = box
	extra := filepath.Join(t.TempDir(), "extra")
	if err := os.WriteFile(extra, []byte("over"), 0o644); err != nil {
		t.Fatal(err)
	}
	script := "cat sub/deep/file sub/deep/extra sub/deep/more; ls; test -x large && cmp large link && flock -n large true && echo $(stat -c %h%F large) $(readlink link)"
	cmd := sandbox.Command{Args: []string{"sh", "-c", script}, Inside: true, ReadonlyBox: true, BoxStays: true, Capture: true,
		Files: []sandbox.File{{Source: extra, Name: "sub/deep/extra"}, {Source: extra, Name: "sub/deep/more"}}}
	f, err := os.Open(large)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if !overlaid(t, cmd, p) {
		t.Error("a large box is copied")
	}
	r, err := sandbox.Run(context.Background(), cmd, p)
	if err != nil {
		t.Fatal(err)
	}
	if want := "belowoveroverlarge\nlink\nsub\n1regular file large\n"; r.Status != sandbox.StatusOK || *r.Stdout != want || r.FilesBytes != 0 {
		t.Errorf("%s: %s: %q, %v, want %q", r.Status, r.Reason, *r.Stdout, *r.Stderr, want)
	}
	for why, change := range map[string]func(*sandbox.Command, *policy.Policy) func(){
		"nobody says that it stays":            func(c *sandbox.Command, _ *policy.Policy) func() { c.BoxStays = false; return nil },
		"more than a program could be written": func(c *sandbox.Command, _ *policy.Policy) func() { c.ReadonlyBox = false; return nil },
		"something is collected": func(c *sandbox.Command, _ *policy.Policy) func() {
			c.Collect, c.CollectDir = []sandbox.Collect{{Name: "large"}}, t.TempDir()
			return nil
		},
		"all is collected": func(c *sandbox.Command, _ *policy.Policy) func() {
			c.CollectAll = filepath.Join(t.TempDir(), "all")
			return nil
		},
		"something is bound there": func(_ *sandbox.Command, p *policy.Policy) func() {
			p.Filesystem.Bind = []policy.Bind{{Source: extra, Target: "/box/sub/extra", Readonly: true}}
			return nil
		},
		"not everybody may read it": func(*sandbox.Command, *policy.Policy) func() {
			os.Chmod(large, 0o750)
			return func() { os.Chmod(large, 0o755) }
		},
		"not everybody may go there": func(*sandbox.Command, *policy.Policy) func() {
			os.Chmod(box, 0o700)
			return func() { os.Chmod(box, 0o755) }
		},
		"a program is being written": func(*sandbox.Command, *policy.Policy) func() {
			w, err := os.OpenFile(large, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			return func() { w.Close() }
		},
	} {
		c, q := cmd, p
		undo := change(&c, &q)
		if overlaid(t, c, q) {
			t.Errorf("the box is not copied, though %s", why)
		}
		if undo != nil {
			undo()
		}
	}
	if !overlaid(t, cmd, p) {
		t.Error("after all that it is copied still")
	}
}

// A box with a program alone can be written, and it can be removed, as one that is copied.
func TestLowerBoxWritable(t *testing.T) {
	for name, size := range map[string]int{"copied": 10, "under an overlay": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			box, to := t.TempDir(), t.TempDir()
			if err := os.WriteFile(filepath.Join(box, "program"), append([]byte("#!/bin/sh\nexit 0\n"), make([]byte, size)...), 0o755); err != nil {
				t.Fatal(err)
			}
			p := builtin(t, "default")
			p.Filesystem.Box = box
			script := "set -e; ./program; echo 1 >new; mkdir d; echo 2 >d/file; mv d e; ls; rm program; echo 3 >program; cat new e/file program"
			cmd := sandbox.Command{Args: []string{"sh", "-c", script}, Inside: true, BoxStays: true, Capture: true, Collect: []sandbox.Collect{{Name: "new"}, {Name: "e/file"}}, CollectDir: to}
			if got := overlaid(t, cmd, p); got != (size > 100 && os.Geteuid() == 0) {
				t.Errorf("the box of %d bytes lies under an overlay: %t", size, got)
			}
			r, err := sandbox.Run(context.Background(), cmd, p)
			if err != nil {
				t.Fatal(err)
			}
			if want := "e\nnew\nprogram\n1\n2\n3\n"; r.Status != sandbox.StatusOK || *r.Stdout != want {
				t.Errorf("%s: %s: %q, %q, want %q", r.Status, r.Reason, *r.Stdout, *r.Stderr, want)
			}
			for name, want := range map[string]string{"new": "1\n", "e/file": "2\n"} {
				if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
					t.Errorf("%s: %q, %v, want %q", name, got, err, want)
				}
			}
			if got, err := os.ReadDir(box); err != nil || len(got) != 1 || got[0].Name() != "program" {
				t.Errorf("the box has %v now: %v", got, err)
			}
		})
	}
}

// Nobody undoes it: under a policy that lets a program try, mounts stay as they are.
func TestReadonlyBoxStays(t *testing.T) {
	p := builtin(t, "default")
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"sh", "-c", `
for f in "mount -o remount,bind,rw /box" "mount -o remount,rw /" "umount /box" "umount -l /box" "unshare -Urm mount -o remount,bind,rw /box"; do
	$f 2>/dev/null && echo "$f"
done
touch /box/x 2>/dev/null && echo touched
cd /; touch box/x 2>/dev/null && echo touched from above
exit 0`}, Inside: true, ReadonlyBox: true, Capture: true}, p)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != sandbox.StatusOK || *r.Stdout != "" {
		t.Errorf("%s: %s: %s", r.Status, r.Reason, *r.Stdout)
	}
}
