package rootfs

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestStackable asks of overlays none, one and two deep, whose names have a
// colon. It runs itself where it may mount.
func TestStackable(t *testing.T) {
	const where = "JUDGE_TEST_STACKS"
	if dir := os.Getenv(where); dir != "" {
		stacks(t, dir)
		return
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestStackable$", "-test.v")
	cmd.Env = append(os.Environ(), where+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func stacks(t *testing.T, dir string) {
	err := errors.Join(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), unix.Mount("tmpfs", dir, "tmpfs", 0, ""), os.Chdir(dir))
	for _, name := range []string{"own:", "a", "b", "one:a", "two:a"} {
		err = errors.Join(err, os.Mkdir(name, 0o755))
	}
	err = errors.Join(err, unix.Mount("overlay", "one:a", "overlay", unix.MS_RDONLY, "lowerdir=a:b"),
		unix.Mount("overlay", "two:a", "overlay", unix.MS_RDONLY, `lowerdir=b:one\:a`))
	if err != nil {
		t.Fatal(err)
	}
	v := &View{own: Own{Dir: dir + "/own:"}}
	for name, want := range map[string]bool{"a": true, "one:a": true, "two:a": false} {
		if got := v.stackable(dir + "/" + name); got != want {
			t.Errorf("stackable %s: %t, want %t", name, got, want)
		}
	}
}
