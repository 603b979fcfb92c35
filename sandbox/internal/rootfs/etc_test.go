package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fakeEtc is a host's /etc, with private files between the public ones.
func fakeEtc(t *testing.T) string {
	t.Helper()
	etc := filepath.Join(t.TempDir(), "etc")
	for name, mode := range map[string]fs.FileMode{
		"ld.so.cache": 0o644, "localtime": 0o644, "ssl/certs/ca.pem": 0o644, "ssl/openssl.cnf": 0o600, "ssl/private/key.pem": 0o644,
		"alternatives/README": 0o644, "java-17-openjdk/security/java.security": 0o644, "python3.11/sitecustomize.py": 0o644, "default/locale": 0o644, "default/grub": 0o644,
		"passwd": 0o644, "shadow": 0o640, "group": 0o644, "hostname": 0o644, "hosts": 0o644, "machine-id": 0o444, "resolv.conf": 0o644, "fstab": 0o644,
		"ssh/ssh_host_ed25519_key": 0o600, "ssh/ssh_config": 0o644, "sudoers": 0o440, "environment": 0o644, "crontab": 0o644, "mtab": 0o644,
	} {
		path := filepath.Join(etc, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("host's "+name), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		os.Chmod(filepath.Join(etc, "ssl/private"), 0o710),
		os.Symlink("/usr/bin/gcc", filepath.Join(etc, "alternatives/cc")),
		os.Symlink("../usr/lib/os-release", filepath.Join(etc, "os-release")),
		os.Symlink("/etc/shadow", filepath.Join(etc, "ssl/link")),
		unix.Mkfifo(filepath.Join(etc, "ssl/fifo"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	return etc
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path[len(dir)+1:])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// public names of fakeEtc, and the run's own five.
var wholeEtc = []string{"alternatives/README", "alternatives/cc", "default/locale", "group", "hostname", "hosts", "java-17-openjdk/security/java.security",
	"ld.so.cache", "localtime", "os-release", "passwd", "python3.11/sitecustomize.py", "resolv.conf", "ssl/certs/ca.pem", "ssl/link"}

func take(t *testing.T, etc, dir string) (string, int) {
	t.Helper()
	name, lock, err := snapshot(etc, dir)
	if err != nil {
		t.Fatal(err)
	}
	return name, lock
}

func TestSnapshotHoldsWhatIsPublic(t *testing.T) {
	etc := fakeEtc(t)
	old := unix.Umask(0o077)
	defer unix.Umask(old)
	name, lock := take(t, etc, filepath.Join(t.TempDir(), "made"))
	defer unix.Close(lock)
	if got := listed(t, name); !slices.Equal(got, wholeEtc) {
		t.Errorf("the snapshot holds %q, want %q", got, wholeEtc)
	}
	for _, file := range []string{"hosts", "hostname", "passwd", "group"} {
		if data, err := os.ReadFile(filepath.Join(name, file)); err != nil || strings.Contains(string(data), "host's") {
			t.Errorf("%s is the host's: %q %v", file, data, err)
		}
	}
	err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		info, err2 := d.Info()
		if err = errors.Join(err, err2); err != nil {
			return err
		}
		want := fs.FileMode(0o644)
		if d.IsDir() {
			want = 0o755
		}
		if perm := info.Mode().Perm(); perm != want && d.Type() != fs.ModeSymlink {
			t.Errorf("%s has mode %o, whatever the umask it should be %o", path, perm, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSnapshotIsKeptAndRenewed(t *testing.T) {
	etc, dir := fakeEtc(t), t.TempDir()
	first, lock := take(t, etc, dir)
	again, lock2 := take(t, etc, dir)
	if again != first {
		t.Errorf("a second snapshot of the same files: %s, %s", first, again)
	}
	unix.Close(lock2)
	for _, change := range []func() error{
		func() error { return os.WriteFile(filepath.Join(etc, "ld.so.cache"), []byte("new"), 0o644) },
		func() error {
			return errors.Join(os.WriteFile(filepath.Join(etc, "localtime.new"), []byte("new"), 0o644), os.Rename(filepath.Join(etc, "localtime.new"), filepath.Join(etc, "localtime")))
		},
		func() error { return os.Remove(filepath.Join(etc, "alternatives/cc")) },
		func() error { return os.WriteFile(filepath.Join(etc, "ssl/certs/another.pem"), nil, 0o644) },
		func() error { return os.RemoveAll(filepath.Join(etc, "java-17-openjdk")) },
	} {
		time.Sleep(10 * time.Millisecond) // the kernel's clock of files is coarse
		if err := change(); err != nil {
			t.Fatal(err)
		}
		next, nextLock := take(t, etc, dir)
		if next == again {
			t.Error("a change made no new snapshot")
		}
		if _, err := os.Stat(first); err != nil {
			t.Errorf("a snapshot that is held was removed: %v", err)
		}
		again = next
		unix.Close(nextLock)
	}
	unix.Close(lock)
	time.Sleep(10 * time.Millisecond)
	if err := os.Remove(filepath.Join(etc, "ssl/certs/another.pem")); err != nil {
		t.Fatal(err)
	}
	last, lock := take(t, etc, dir)
	defer unix.Close(lock)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || filepath.Join(dir, entries[0].Name()) != last {
		t.Errorf("what nobody holds was not removed: %v %v", entries, err)
	}
}

// Many begin at once on a host where nothing is there yet.
func TestSnapshotByManyAtOnce(t *testing.T) {
	etc := fakeEtc(t)
	for range 20 {
		dir := filepath.Join(t.TempDir(), "made")
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				name, lock, err := snapshot(etc, dir)
				if err != nil {
					t.Error(err)
					return
				}
				if got := listed(t, name); !slices.Equal(got, wholeEtc) {
					t.Errorf("the snapshot holds %q", got)
				}
				unix.Close(lock)
			})
		}
		all.Wait()
	}
}

const snapshotVar = "JUDGE_ROOTFS_TEST_SNAPSHOT"

func TestMain(m *testing.M) {
	if v := os.Getenv(snapshotVar); v != "" { // a process to be killed
		etc, dir, _ := strings.Cut(v, ":")
		_, _, err := snapshot(etc, dir)
		fmt.Println(err)
		return
	}
	os.Exit(m.Run())
}

// A snapshot is whole or not there, whenever its maker is killed; and the
// remains go with the next one.
func TestSnapshotOfAKilledJudge(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	etc := fakeEtc(t)
	for i := range 300 { // so that it takes a while
		if err := os.WriteFile(filepath.Join(etc, fmt.Sprintf("ssl/certs/%d.pem", i)), []byte(strings.Repeat("x", 1000)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	whole := len(wholeEtc) + 300
	dir := t.TempDir()
	halves := 0
	for i := range 30 {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), snapshotVar+"="+etc+":"+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), snapshotPrefix+"new-") {
				halves++
				continue
			}
			if n := len(listed(t, filepath.Join(dir, e.Name()))); n != whole {
				t.Errorf("a snapshot of %d files of %d has its final name", n, whole)
			}
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d half-made snapshots were seen", halves)
	name, lock := take(t, etc, dir)
	defer unix.Close(lock)
	if n := len(listed(t, name)); n != whole {
		t.Errorf("the snapshot holds %d files of %d", n, whole)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left: %v %v", entries, err)
	}
}
