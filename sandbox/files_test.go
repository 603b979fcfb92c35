package sandbox_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox"
)

// host makes a directory that no run may read or write, and says whether it is
// as it was.
func host(t *testing.T) (dir, secret string, untouched func()) {
	t.Helper()
	dir, secret = t.TempDir(), canary()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "secret"), []byte(secret), 0o644), os.Mkdir(filepath.Join(dir, "sub"), 0o777),
		os.Chmod(filepath.Join(dir, "sub"), 0o777), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	return dir, secret, func() {
		t.Helper()
		if after := names(t, dir); !slices.Equal(before, after) {
			t.Errorf("on the host there is now %v, before it was %v", after, before)
		}
		if data, err := os.ReadFile(filepath.Join(dir, "secret")); err != nil || string(data) != secret {
			t.Errorf("the host's file holds %q, %v", data, err)
		}
	}
}

// names lists all that is below a directory, with its kind.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != dir {
			list = append(list, d.Type().String()+" "+path[len(dir)+1:])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestBox(t *testing.T) {
	dir, secret, untouched := host(t)
	box := t.TempDir()
	if err := errors.Join(
		os.MkdirAll(filepath.Join(box, "deep/er/est"), 0o755),
		os.WriteFile(filepath.Join(box, "deep/er/input"), []byte("given"), 0o600),
		os.WriteFile(filepath.Join(box, "new\nline \x01 \xff"), []byte("odd"), 0o444),
		os.WriteFile(filepath.Join(box, strings.Repeat("n", 255)), nil, 0o644),
		os.Symlink(filepath.Join(dir, "secret"), filepath.Join(box, "abs")),
		os.Symlink(strings.Repeat("../", 20)+dir[1:]+"/secret", filepath.Join(box, "up")),
		os.Symlink(dir, filepath.Join(box, "outside")),
		os.Symlink("loop", filepath.Join(box, "loop")),
		os.Mkdir(filepath.Join(box, "locked"), lockedMode()),
	); err != nil {
		t.Fatal(err)
	}
	defer untouched()
	p := builtin(t, "strict")
	p.Filesystem.Box = box
	runBox := func(args ...string) sandbox.Report {
		t.Helper()
		r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{actor(t)}, args...), Capture: true}, p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(*r.Stdout, secret) {
			t.Errorf("%v reads the host's file", args)
		}
		return r
	}
	if r := runBox("read", "deep/er/input", "read", "new\nline \x01 \xff", "write", "deep/er/input", "file", "deep/er/est/own", "10", "link", "x", "locked/l"); r.Status != sandbox.StatusOK || *r.Stdout != "givenodd" {
		t.Errorf("%s: %s, printed %q", r.Status, r.Reason, *r.Stdout)
	}
	for name, errno := range map[string]unix.Errno{"abs": unix.ENOENT, "up": unix.ENOENT, "outside/secret": unix.ENOENT, "loop": unix.ELOOP} {
		if r := runBox("read", name); r.ExitCode == nil || *r.ExitCode != 100+int(errno) {
			t.Errorf("read %s: %s: %s, want the exit code of %v", name, r.Status, r.Reason, errno)
		}
		runBox("write", name)
	}
	if data, err := os.ReadFile(filepath.Join(box, "deep/er/input")); err != nil || string(data) != "given" {
		t.Errorf("the box's own directory has changed: %q %v", data, err)
	}
	list, err := base64.StdEncoding.DecodeString(*runBox("list", "/box").Stdout) // one name is no UTF-8
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"new\nline", "abs\n", "deep\n", strings.Repeat("n", 255) + "\n", "actor\n"} {
		if !strings.Contains(string(list), name) {
			t.Errorf("/box has no %q", name)
		}
	}
}

// A file put into the box is everybody's to read, whatever it is outside.
func TestFiles(t *testing.T) {
	private := filepath.Join(t.TempDir(), "private")
	if err := errors.Join(os.WriteFile(private, []byte("content"), 0o600), os.Chmod(private, 0o600)); err != nil {
		t.Fatal(err)
	}
	files := []sandbox.File{{Source: private}, {Source: private, Name: "a/b/c"}}
	r := run(t, sandbox.Command{Files: files, Capture: true}, "read", "private", "read", "a/b/c", "file", "a/b/own", "1")
	if r.Status != sandbox.StatusOK || *r.Stdout != "contentcontent" {
		t.Errorf("%s: %s, printed %q", r.Status, r.Reason, *r.Stdout)
	}
	if r := run(t, sandbox.Command{Files: files}, "write", "private"); r.ExitCode == nil || *r.ExitCode != 100+int(unix.EACCES) {
		t.Errorf("the file can be written to: %s: %s", r.Status, r.Reason)
	}
}

func TestCollect(t *testing.T) {
	dir, secret, untouched := host(t)
	defer untouched()
	to := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(to, "was-a-link")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dest string
		refused    string // part of the reason, "" if it is taken
	}{
		{"out", "", ""},
		{"out", "elsewhere/out", ""},
		{"out", "was-a-link", ""},
		{"sub/deep", "", ""},
		{"empty", "", ""},
		{"none", "", "no such file"},
		{"sub", "", "directory"},
		{"link", "", "symbolic link"},
		{"outside/secret", "", "symbolic link"},
		{"inside/deep", "", "symbolic link"},
		{"fifo", "", "FIFO"},
		{"large", "", "file size limit"},
		{"out/x", "", "not a directory"},
	}
	cmd := sandbox.Command{CollectDir: to}
	for _, tt := range tests {
		cmd.Collect = append(cmd.Collect, sandbox.Collect{Name: tt.name, Dest: tt.dest})
	}
	cmd.Args = []string{actor(t), "file", "out", "1000", "file", "empty", "0", "mkdir", "sub", "file", "sub/deep", "10", "fifo", "fifo",
		"link", dir + "/secret", "link", "link", dir, "outside", "link", "sub", "inside", "sparse", "large", "1000001"}
	p := with(t, "strict", "limits.file_size=1000001")
	p.Limits.FileSize = 1_000_001 // the program may, and judge may not
	r, err := sandbox.Run(context.Background(), cmd, p)
	if err != nil || r.Status != sandbox.StatusOK {
		t.Fatalf("%s: %s %v", r.Status, r.Reason, err)
	}
	checkReport(t, r)
	for i, tt := range tests {
		got := r.Collected[i]
		if tt.name == "large" {
			if got.Refused != "" {
				t.Errorf("a file as large as the limit is refused: %s", got.Refused)
			}
			continue
		}
		if got.Name != tt.name || (got.Refused == "") != (tt.refused == "") || !strings.Contains(got.Refused, tt.refused) {
			t.Errorf("%s: refused for %q, want %q", tt.name, got.Refused, tt.refused)
			continue
		}
		if tt.refused != "" {
			continue
		}
		info, err := os.Lstat(got.Path)
		if err != nil || !info.Mode().IsRegular() || info.Size() != *got.Bytes {
			t.Errorf("%s went to %s: %v %v, want %d bytes", tt.name, got.Path, info, err, *got.Bytes)
		}
	}
	for _, name := range names(t, to) {
		if strings.Contains(name, "judge") {
			t.Errorf("left: %s", name)
		}
		if data, err := os.ReadFile(filepath.Join(to, strings.SplitN(name, " ", 2)[1])); err == nil && strings.Contains(string(data), secret) {
			t.Errorf("%s holds the host's file", name)
		}
	}
}

// Without a limit of files, a hole must not fill the disk where it goes.
func TestCollectSparse(t *testing.T) {
	to := t.TempDir()
	cmd := sandbox.Command{Args: []string{actor(t), "sparse", "hole", "1000000000000"}, Collect: []sandbox.Collect{{Name: "hole"}}, CollectDir: to}
	p := builtin(t, "strict")
	p.Limits.FileSize = 0
	r, err := sandbox.Run(context.Background(), cmd, p)
	if err != nil || r.Status != sandbox.StatusOK {
		t.Fatalf("%s: %s %v", r.Status, r.Reason, err)
	}
	if r.Collected[0].Refused == "" || len(names(t, to)) > 0 {
		t.Errorf("%+v, %v", r.Collected[0], names(t, to))
	}
}

func TestKeep(t *testing.T) {
	dir, _, untouched := host(t)
	defer untouched()
	keep := filepath.Join(t.TempDir(), "kept")
	r := run(t, sandbox.Command{Keep: keep}, "file", "out", "1000", "file", "/tmp/t", "5", "file", "/dev/shm/s", "6", "mkdir", "sub",
		"link", dir, "sub/outside", "link", dir+"/secret", "secret", "fifo", "fifo", "mkdirs", "1500")
	if r.Status != sandbox.StatusOK {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	defer deepRemove(t, keep)
	for name, size := range map[string]int64{"box/out": 1000, "tmp/t": 5, "dev/shm/s": 6} {
		if info, err := os.Lstat(filepath.Join(keep, name)); err != nil || info.Size() != size {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	for name, target := range map[string]string{"box/sub/outside": dir, "box/secret": dir + "/secret"} {
		if got, err := os.Readlink(filepath.Join(keep, name)); err != nil || got != target {
			t.Errorf("%s leads to %s, %v", name, got, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(keep, "box/fifo")); err == nil {
		t.Error("a FIFO was kept")
	}
}

// deepRemove removes a tree whose paths are too long for names.
func deepRemove(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil { // by descriptors
		t.Error(err)
	}
}

// hostileRoot makes a rootfs in which every name that judge mounts upon is a
// link to the directory, or leads there.
func hostileRoot(t *testing.T, target string) string {
	t.Helper()
	root := smallRoot(t, filepath.Join(t.TempDir(), "root"), actor(t))
	for _, name := range []string{"dev", "sys", "tmp", "box", "run", "root", "var", "mnt", "opt", "work", "upper", "abs"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	up := strings.Repeat("../", 20) + target[1:]
	if err := errors.Join(os.Symlink(up, filepath.Join(root, "up")), os.Symlink("/proc/1/root"+target, filepath.Join(root, "init")),
		os.Symlink("/proc/self/fd", filepath.Join(root, "fds")), os.Symlink("/proc/self/cwd/"+up, filepath.Join(root, "cwd")),
		os.Symlink("/etc/hostname", filepath.Join(root, "etc/hostname"))); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestHostileRootfs(t *testing.T) {
	dir, secret, untouched := host(t)
	root := hostileRoot(t, dir)
	rootBefore := names(t, root)
	for _, sys := range []string{"none", "ro"} {
		for _, tmp := range []bool{true, false} {
			p := builtin(t, "default")
			p.Filesystem.Rootfs, p.Filesystem.Sys, p.Filesystem.Tmp = root, sys, tmp
			for _, args := range []string{"exit 0", "read /abs/secret", "read /up/secret", "read /init/secret", "read /cwd/secret", "read /tmp/secret",
				"read /box/secret", "read /dev/secret", "read /run/secret", "write /abs/secret", "write /tmp/secret", "file /abs/sub/new 1",
				"file /box/new 1 read /dev/null", "list /", "list /dev list /box list /proc/self/fd read /proc/self/mountinfo"} {
				r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{"/actor"}, strings.Fields(args)...), Capture: true}, p)
				if err != nil {
					t.Errorf("%s: %v", args, err)
					continue
				}
				if strings.Contains(*r.Stdout, secret) || strings.Contains(*r.Stdout, "\nsecret\n") {
					t.Errorf("%s sees the host's file: %s", args, *r.Stdout)
				}
				if text, host := *r.Stdout, filepath.Dir(root); strings.Contains(args, "mountinfo") && strings.Contains(text, host) {
					t.Errorf("mountinfo names %s:\n%s", host, text)
				}
				if must := args == "exit 0" || strings.HasPrefix(args, "file /box") || strings.HasPrefix(args, "list"); must && r.Status != sandbox.StatusOK {
					t.Errorf("%s: %s: %s", args, r.Status, r.Reason)
				}
				untouched()
			}
		}
	}
	if after := names(t, root); !slices.Equal(rootBefore, after) {
		t.Errorf("the rootfs has changed: %v, before %v", after, rootBefore)
	}
}

// Targets of binds are looked up in the run's own root.
func TestHostileBindTargets(t *testing.T) {
	dir, secret, untouched := host(t)
	root := hostileRoot(t, dir)
	source := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(source, "file"), []byte("bound"), 0o644), os.Chmod(source, 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/abs", "/abs/sub", "/abs/sub/new/dir", "/abs/secret", "/up/sub", "/up/sub/new", "/init/sub", "/init/sub/new",
		"/cwd/sub", "/cwd/sub/new", "/fds/5/sub/new", "/fds/6/new", "/fds/7/new", "/proc/1/root" + dir + "/sub", "/proc/self/fd/5/x", "/tmp/../../.." + dir + "/sub"} {
		for _, file := range []bool{false, true} {
			for _, readonly := range []bool{false, true} {
				p := builtin(t, "default")
				p.Filesystem.Rootfs = root
				b := policy.Bind{Source: source, Target: target, Readonly: readonly}
				if file {
					b.Source += "/file"
				}
				p.Filesystem.Bind = []policy.Bind{b}
				r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/actor", "read", target}, Capture: true}, p)
				if r.Stdout != nil && strings.Contains(*r.Stdout, secret) {
					t.Errorf("bind to %s: the run reads the host's file (%v)", target, err)
				}
				untouched()
				if got := names(t, source); len(got) != 1 {
					t.Errorf("bind to %s: the source has now %v", target, got)
				}
			}
		}
	}
}

func TestBinds(t *testing.T) {
	shared := t.TempDir()
	if err := errors.Join(os.Chmod(shared, 0o777), os.WriteFile(filepath.Join(shared, "file"), []byte("bound"), 0o666), os.Chmod(filepath.Join(shared, "file"), 0o666)); err != nil {
		t.Fatal(err)
	}
	root := smallRoot(t, filepath.Join(t.TempDir(), "root"), actor(t))
	for _, rootfs := range []string{"host", root} {
		for _, tt := range []struct {
			bind policy.Bind
			args string
			want string
		}{
			{policy.Bind{Source: shared, Target: "/srv/deep/in", Readonly: true}, "read /srv/deep/in/file", "bound"},
			{policy.Bind{Source: shared, Target: "/srv/deep/in", Readonly: true}, "write /srv/deep/in/file", fmt.Sprint(100 + int(unix.EROFS))},
			{policy.Bind{Source: shared, Target: "/box/in"}, "file /box/in/new 3 read /box/in/new", "xxx"},
			{policy.Bind{Source: shared + "/file", Target: "/box/one", Readonly: true}, "read /box/one", "bound"},
			{policy.Bind{Source: shared + "/file", Target: "/etc/one", Readonly: true}, "exit 0", ""},
			{policy.Bind{Source: shared + "/file", Target: "/box/one"}, "write /box/one read /box/one", "boundw"},
		} {
			if rootfs == "host" && tt.bind.Target == "/etc/one" {
				continue // a usage error
			}
			p := builtin(t, "default")
			p.Filesystem.Rootfs = rootfs
			p.Filesystem.Bind = []policy.Bind{tt.bind}
			program := actor(t)
			if rootfs != "host" {
				program = "/actor"
			}
			r, err := sandbox.Run(context.Background(), sandbox.Command{Args: append([]string{program}, strings.Fields(tt.args)...), Capture: true}, p)
			if err != nil {
				t.Errorf("%+v: %v", tt.bind, err)
				continue
			}
			got := *r.Stdout
			if r.Status == sandbox.StatusNonzeroExit {
				got += fmt.Sprint(*r.ExitCode)
			}
			if got != tt.want {
				t.Errorf("rootfs %s, %+v, %s: %q (%s: %s), want %q", rootfs, tt.bind, tt.args, got, r.Status, r.Reason, tt.want)
			}
			if err := os.WriteFile(filepath.Join(shared, "file"), []byte("bound"), 0o666); err != nil {
				t.Fatal(err)
			}
			os.Remove(filepath.Join(shared, "new"))
		}
	}
}

// What a run writes into a rootfs is gone with it.
func TestRootfsStaysAsItIs(t *testing.T) {
	root := smallRoot(t, filepath.Join(t.TempDir(), "root"), actor(t))
	if err := errors.Join(os.Mkdir(filepath.Join(root, "open"), 0o777), os.Chmod(filepath.Join(root, "open"), 0o777), os.WriteFile(filepath.Join(root, "open/old"), []byte("old"), 0o666),
		os.Chmod(filepath.Join(root, "open/old"), 0o666)); err != nil {
		t.Fatal(err)
	}
	before := names(t, root)
	p := builtin(t, "strict")
	p.Filesystem.Rootfs, p.Landlock.Rootfs = root, "rw"
	keep := filepath.Join(t.TempDir(), "kept")
	cmd := sandbox.Command{Args: []string{"/actor", "file", "/open/new", "5", "write", "/open/old", "read", "/open/old"}, Capture: true, Keep: keep}
	r, err := sandbox.Run(context.Background(), cmd, p)
	if err != nil || r.Status != sandbox.StatusOK || *r.Stdout != "oldw" {
		t.Errorf("%s: %s %v", r.Status, r.Reason, err)
	}
	if after := names(t, root); !slices.Equal(before, after) {
		t.Errorf("the rootfs has changed: %v, before %v", after, before)
	}
	if data, err := os.ReadFile(filepath.Join(root, "open/old")); err != nil || string(data) != "old" {
		t.Errorf("a file of the rootfs holds %q, %v", data, err)
	}
	if data, err := os.ReadFile(filepath.Join(keep, "open/old")); err != nil || string(data) != "oldw" {
		t.Errorf("the upper layer's file holds %q, %v", data, err)
	}
}

// proc = "none" needs no /proc.
func TestRootfsWithoutProc(t *testing.T) {
	root := smallRoot(t, filepath.Join(t.TempDir(), "root"), actor(t))
	if err := os.Remove(filepath.Join(root, "proc")); err != nil {
		t.Fatal(err)
	}
	p := builtin(t, "strict")
	p.Filesystem.Rootfs, p.Filesystem.Proc = root, "none"
	r, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/actor", "print", "here"}, Capture: true}, p)
	if err != nil || r.Status != sandbox.StatusOK || *r.Stdout != "here" {
		t.Errorf("%s: %s %v", r.Status, r.Reason, err)
	}
}

// lockedMode is that of a directory that judge's user may read and others may not.
func lockedMode() os.FileMode {
	if root() {
		return 0
	}
	return 0o700
}
