package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestSuspectsAreNewAndOurs(t *testing.T) {
	set := func(names ...string) map[string]bool {
		m := map[string]bool{}
		for _, n := range names {
			m[n] = true
		}
		return m
	}
	before := World{Mounts: set("/ /old"), Cgroups: set("/sys/fs/cgroup/x"), Files: set("/tmp/old-jtoken"), Sockets: set()}
	after := World{
		Mounts:  set("/ /old", "/ /new"),
		Cgroups: set("/sys/fs/cgroup/x", "/sys/fs/cgroup/pids/judge/slot-987654", "/sys/fs/cgroup/pids/judge", "/sys/fs/cgroup/pids/judge-bench", "/sys/fs/cgroup/pids/judge/other-3"),
		Files:   set("/tmp/old-jtoken", "/tmp/new-jtoken", "/tmp/go-build1", "/run/judge", "/tmp/judge-canary-1"),
		Sockets: set("@judge-harness-x", "/tmp/x.jtoken.sock"),
	}
	leaf := leafForm([]string{"/judge/slot-7", "/"})
	got := strings.Join(after.suspects(before, "jtoken", leaf), "\n")
	want := "cgroup /sys/fs/cgroup/pids/judge/slot-987654\nfile /tmp/new-jtoken\nmount / /new\nsocket /tmp/x.jtoken.sock"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFilesOfNobodysAccountAreOurs(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to give a file away")
	}
	path := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if ours(path, "jtoken") {
		t.Error("a file of root is called ours")
	}
	if err := os.Chown(path, 1234567, 1234567); err != nil {
		t.Fatal(err)
	}
	if !ours(path, "jtoken") {
		t.Error("a file of an unknown uid is not called ours")
	}
}

func TestMountsAndFilesThatVanishAreNoLeftovers(t *testing.T) {
	before := look()
	path := "/var/tmp/judge-mark-" + randomWord()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		exec.Command("sleep", "0.2").Run()
		os.Remove(path)
	}()
	for _, left := range leftovers(before, "jtoken", nil) {
		if strings.Contains(left, path) {
			t.Errorf("left: %s", left)
		}
	}
	<-gone
}

func TestStraysAreFoundByTokenAndByAdoption(t *testing.T) {
	s := fakeSession(t, "")
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip(err)
	}
	named := &exec.Cmd{Path: sleep, Args: []string{"x." + s.token, "60"}}
	if err := named.Start(); err != nil {
		t.Fatal(err)
	}
	defer named.Wait()
	defer named.Process.Kill()
	// The shell ends at once, and its child becomes ours.
	if err := exec.Command("sh", "-c", "sleep 60 >/dev/null 2>&1 &").Run(); err != nil {
		t.Fatal(err)
	}
	if got := strays(s.token, []int{named.Process.Pid}); len(got) != 2 {
		t.Errorf("got %+v, want the named one and the adopted one", got)
	}
	if said := lingering(s.token, nil); len(said) != 2 {
		t.Errorf("got %q", said)
	}
	if said := lingering("jnever", []int{named.Process.Pid}); len(said) != 0 {
		t.Errorf("they were not ended: %q", said)
	}
}
