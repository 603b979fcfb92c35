package lease

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDeviceIsFound(t *testing.T) {
	m := Mark{Dev: unix.Mkdev(0, 0x28), Ino: 1}
	const other = "22 27 0:21 / /proc rw - proc proc rw\n23 27 0:4 / /a rw - tmpfs 0:40 rw\n24 27 10:40 / /b rw - tmpfs t rw\n25 27 0:401 / /c rw - tmpfs t rw\n"
	for text, want := range map[string]bool{"": false, other: false, other + "26 27 0:40 /x /d rw,nosuid shared:1 - tmpfs t rw\n": true} {
		if got := m.mountedIn([]byte(text)); got != want {
			t.Errorf("mounted in %q: %t", text, got)
		}
	}
	for text, want := range map[string]bool{
		"": false,
		"1: FLOCK  ADVISORY  WRITE 40 00:19:40 0 EOF\n":                                               false,
		"1: FLOCK  ADVISORY  WRITE 40 00:19:40 0 EOF\n2: FLOCK  ADVISORY  WRITE 4711 00:28:2 0 EOF\n": true,
		"2: -> FLOCK  ADVISORY  WRITE 4711 00:28:2 0 EOF\n":                                           true,
		"1: POSIX  ADVISORY  READ 4711 00:280:2 0 EOF\n2: FLOCK ADVISORY WRITE 1 100:28:2 0 EOF\n":    false,
	} {
		if got := m.locked([]byte(text)); got != want {
			t.Errorf("locked in %q: %t", text, got)
		}
	}
}

// A file system is not gone while it is mounted, in whatever mount namespace,
// and while one process has something of it open; then it is.
func TestGone(t *testing.T) {
	if os.Geteuid() != 0 {
		if m, err := MarkOf(t.TempDir()); err != nil || m.Gone() {
			t.Errorf("gone, says one who cannot know: %v", err)
		}
		return
	}
	dir := t.TempDir()
	if m, err := MarkOf(dir); err != nil || m.Gone() {
		t.Errorf("a directory that is there: %v", err)
	}
	// In a mount namespace of its own: says the mark, unmounts but keeps it open, closes it; each when it is told.
	const script = `mount -t tmpfs other "$0" && mkdir "$0/judge" && cd "$0/judge" && exec 9<. && stat -c '%d %i' .
		read line; cd /; umount -l "$0"; echo unmounted; read line; exec 9<&-; echo closed; read line`
	cmd := exec.Command("/usr/bin/unshare", "-m", "/bin/sh", "-c", script, dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	lines := bufio.NewReader(out)
	said := func() string {
		t.Helper()
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(line)
	}
	var m Mark
	if _, err := fmt.Sscan(said(), &m.Dev, &m.Ino); err != nil {
		t.Fatal(err)
	}
	if m.Gone() {
		t.Error("gone, and yet mounted in another namespace")
	}
	next := func(word string) {
		t.Helper()
		in.Write([]byte("\n"))
		if got := said(); got != word {
			t.Fatalf("the other process says %q, not %s", got, word)
		}
	}
	next("unmounted")
	if m.Gone() {
		t.Error("gone, and yet open in another process")
	}
	next("closed")
	// The number of its device may at once be another's, as of a run's, whose end is to be waited for.
	for start := time.Now(); !m.Gone(); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatal("not gone, though nobody has it")
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "judge")); err == nil {
		t.Error("it was mounted here, too")
	}
}
