package sandbox_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// A read-only box is that whatever is in it and whose it is, by whichever way it is
// reached; what lies around it stays writable, and links in it lead where they did.
func TestReadonlyBox(t *testing.T) {
	box, shared := t.TempDir(), t.TempDir()
	if err := errors.Join(
		os.Mkdir(filepath.Join(box, "open"), 0o777), os.Chmod(filepath.Join(box, "open"), 0o777),
		os.WriteFile(filepath.Join(box, "open/file"), []byte("given"), 0o666), os.Chmod(filepath.Join(box, "open/file"), 0o666),
		os.Symlink("/tmp", filepath.Join(box, "tmp")),
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
	runIn := func(p policy.Policy, args ...string) sandbox.Report {
		t.Helper()
		cmd := sandbox.Command{Args: append([]string{actor(t)}, args...), Files: []sandbox.File{{Source: filepath.Join(box, "open/file"), Name: "put"}},
			ReadonlyBox: true, Capture: true, Collect: []sandbox.Collect{{Name: "open/file"}}, CollectDir: t.TempDir()}
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
	if len(r.Collected) != 1 || r.Collected[0].Refused != "" {
		t.Errorf("collected %+v", r.Collected)
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
