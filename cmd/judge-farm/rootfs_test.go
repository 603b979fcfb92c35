package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"judge/store"
	"judge/testcases/built"
)

// bashRootfs makes a rootfs of the host's bash and what that needs, in the store at dir.
func (p *place) bashRootfs(name, dir string) {
	p.t.Helper()
	if err := built.Go(filepath.Join(p.bin, "judge-rootfs"), "judge-rootfs", false); err != nil {
		p.t.Fatal(err)
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		p.t.Skip("feature missing: bash")
	}
	needs, err := exec.Command("ldd", bash).Output()
	if err != nil {
		p.t.Skip("feature missing: ldd")
	}
	args := []string{"-chf", filepath.Join(p.dir, name+".tar"), "-C", "/", "bin/bash"}
	for _, lib := range regexp.MustCompile(`/(\S+\.so\S*)`).FindAllStringSubmatch(string(needs), -1) {
		args = append(args, lib[1])
	}
	if out, err := exec.Command("tar", args...).CombinedOutput(); err != nil {
		p.t.Fatalf("tar: %v: %s", err, out)
	}
	p.t.Setenv(store.Variable, dir)
	p.run([]int{0}, "rootfs", "import", "-q", "--name", name, filepath.Join(p.dir, name+".tar"))
}

// TestRootfsFetched: a worker whose store lacks the rootfs of a batch comes to what is come to where that is, and to
// nothing where it may fetch none.
func TestRootfsFetched(t *testing.T) {
	p := newPlace(t)
	mine, theirs := t.TempDir(), t.TempDir()
	p.bashRootfs("small", mine)
	list := p.squares(4, 2)
	p.run([]int{0}, "grade", "-q", "--fresh", "--rootfs", "small", "--format", "json", "-o", "here.json", "--manifest", list)
	p.serve()
	t.Setenv(store.Variable, theirs)
	refusing := p.start("worker", "--nats", p.url, "--jobs", "1", "--cache", filepath.Join(p.dir, "cache-0"), "--rootfs-size", "0")
	p.worker(1)
	t.Setenv(store.Variable, mine)
	p.listed(2)
	p.run([]int{0}, "grade", "-q", "--fresh", "--rootfs", "small", "--format", "json", "-o", "there.json", "--manifest", list, "--nats", p.url)
	if here, there := p.report("here.json"), p.report("there.json"); here != there || !strings.Contains(here, `"name": "small"`) {
		t.Errorf("there it is\n%s\nhere\n%s", there, here)
	}
	here, err := store.Digests(mine)
	if err != nil {
		t.Fatal(err)
	}
	there, err := store.Digests(theirs)
	if err != nil || len(there) != 1 || there[store.DigestName(here["small"])] != here["small"] {
		t.Errorf("the worker's store has %v, %v; mine has %v", there, err, here)
	}
	if text := p.run([]int{0}, "status", "--json", "--nats", p.url); strings.Count(text, here["small"]) < 2 {
		t.Errorf("status does not tell of the workers' root file systems: %s", text)
	}
	refusing.kill()
	if text := refusing.stderr.String(); !strings.Contains(text, "this worker fetches none") {
		t.Errorf("the other worker said %s", text)
	}
}

// listed waits until so many workers are.
func (p *place) listed(n int) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var s struct {
			Workers []struct{ Host struct{ CPU string } }
		}
		if err := json.Unmarshal([]byte(p.run([]int{0}, "status", "--json", "--nats", p.url)), &s); err != nil {
			p.t.Fatal(err)
		}
		if len(s.Workers) == n && s.Workers[0].Host.CPU != "" {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("there are not %d workers: %+v", n, s)
		}
	}
}
