package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"judge/testcases/built"
	"judge/testcases/timeless"
)

// A place is a folder with judge and its siblings, a server and workers.
type place struct {
	t      *testing.T
	bin    string
	dir    string
	url    string
	listen string
}

// newPlace builds what is to be started. It needs root, as workers do.
func newPlace(t *testing.T) *place {
	if os.Geteuid() != 0 {
		t.Skip("feature missing: root")
	}
	p := &place{t: t, bin: t.TempDir(), dir: t.TempDir(), listen: "127.0.0.1:0"}
	for name, cgo := range map[string]bool{"judge": false, "judge-grade": false, "judge-farm": false, "judge-seccomp": true} {
		if err := built.Go(filepath.Join(p.bin, name), name, cgo); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// A process is a judge that was started in a process group of its own: what kills it leaves nobody behind.
type process struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
	ended          chan struct{} // closed when it has ended
}

func (p *place) start(args ...string) *process {
	p.t.Helper()
	c := &process{Cmd: exec.Command(filepath.Join(p.bin, "judge"), args...), ended: make(chan struct{})}
	c.Dir, c.Stdout, c.Stderr = p.dir, &c.stdout, &c.stderr
	return p.begin(c)
}

// startWith is start with a file for standard error, which can be read meanwhile.
func (p *place) startWith(stderr *os.File, args ...string) *process {
	p.t.Helper()
	c := &process{Cmd: exec.Command(filepath.Join(p.bin, "judge"), args...), ended: make(chan struct{})}
	c.Dir, c.Stderr = p.dir, stderr
	return p.begin(c)
}

func (p *place) begin(c *process) *process {
	p.t.Helper()
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		_ = c.Wait() // how it ended is in ProcessState
		close(c.ended)
	}()
	p.t.Cleanup(func() { c.kill() })
	return c
}

func (c *process) kill() {
	_ = c.Process.Kill() // it may have ended
	select {
	case <-c.ended:
	case <-time.After(20 * time.Second):
	}
}

// stop asks a process to end, and waits for it.
func (p *place) stop(c *process) {
	p.t.Helper()
	_ = c.Process.Signal(syscall.SIGTERM) // how it ended is looked at below
	select {
	case <-c.ended:
	case <-time.After(30 * time.Second):
		p.t.Errorf("%v does not end: %s", c.Args[1:], &c.stderr)
		return
	}
	if got := c.ProcessState.ExitCode(); got != 128+int(syscall.SIGTERM) {
		p.t.Errorf("%v exits with status %d: %s", c.Args[1:], got, &c.stderr)
	}
}

// run does a command that must exit with one of some statuses, and gives what it printed.
func (p *place) run(statuses []int, args ...string) string {
	p.t.Helper()
	c := p.start(args...)
	select {
	case <-c.ended:
	case <-time.After(4 * time.Minute):
		p.t.Fatalf("judge %v does not end: %s", args, &c.stderr)
	}
	for _, want := range statuses {
		if c.ProcessState.ExitCode() == want {
			return c.stdout.String()
		}
	}
	p.t.Fatalf("judge %v exits with status %d: %s%s", args, c.ProcessState.ExitCode(), &c.stdout, &c.stderr)
	return ""
}

// serve starts the server; a second time, where it was.
func (p *place) serve() *process {
	p.t.Helper()
	file := filepath.Join(p.dir, "url")
	_ = os.Remove(file) // of the server before
	s := p.start("serve", "--listen", p.listen, "--store", filepath.Join(p.dir, "store"), "--url-file", file)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if text, err := os.ReadFile(file); err == nil {
			p.url = strings.TrimSpace(string(text))
			p.listen = strings.TrimPrefix(p.url, "nats://")
			return s
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the server does not answer: %s", &s.stderr)
		}
	}
}

func (p *place) worker(n int) *process {
	return p.start("worker", "--nats", p.url, "--jobs", "1", "--cache", filepath.Join(p.dir, fmt.Sprintf("cache-%d", n)))
}

// unpack writes a package of judge/testdata.
func (p *place) unpack(name string) string {
	p.t.Helper()
	a, err := txtar.ParseFile(filepath.Join("..", "..", "judge", "testdata", "packages", name+".txtar"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range a.Files {
		below, is := strings.CutPrefix(f.Name, "p/")
		if !is {
			continue
		}
		mode := os.FileMode(0o644)
		if bytes.HasPrefix(f.Data, []byte("#!")) {
			mode = 0o755
		}
		p.write(filepath.Join(name, below), string(f.Data), mode)
	}
	return filepath.Join(p.dir, name)
}

func (p *place) write(name, text string, mode os.FileMode) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
}

// squares makes a problem, and a manifest of scripts of which every seventh is wrong.
func (p *place) squares(submissions, cases int) string {
	for i := range cases {
		p.write(fmt.Sprintf("square/%03d.in", i), fmt.Sprintln(i), 0o644)
		p.write(fmt.Sprintf("square/%03d.ans", i), fmt.Sprintln(i*i), 0o644)
	}
	var manifest strings.Builder
	for i := range submissions {
		text := "read n\necho $((n * n))\n"
		if i%7 == 3 {
			text = "read n\necho $((n * (n < 3 ? n : 1)))\n"
		}
		p.write(fmt.Sprintf("s/%04d.sh", i), text, 0o644)
		fmt.Fprintf(&manifest, "{\"problem\":\"square\",\"submission\":\"s/%04d.sh\",\"expected\":[\"AC\",\"WA\"]}\n", i)
	}
	p.write("batch.jsonl", manifest.String(), 0o644)
	return filepath.Join(p.dir, "batch.jsonl")
}

func (p *place) report(name string) string {
	p.t.Helper()
	text, err := timeless.Report(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// chance is what differs from run to run on one machine, too: how long a program took that was stopped, and
// how much it had written by then.
var chance = regexp.MustCompile(`(used |"stdout_bytes": )[0-9.]+`)

// TestSame: on two workers a grading comes to what it comes to on one machine, whatever the
// kind of problem; and so does one that was submitted. (Of interactive problems who ends first, and says
// how much at a time, is a matter of time on one machine, too.)
func TestSame(t *testing.T) {
	p := newPlace(t)
	server := p.serve()
	a, b := p.worker(1), p.worker(2)
	any := []int{0, 1, 125} // of a package that has a submission to which judge says JE
	for _, name := range []string{"legacy_scoring", "files", "submit_answer", "multipass", "cms"} {
		dir := p.unpack(name)
		p.run(any, "grade", "-q", "--fresh", "--format", "json", "-o", "here.json", "--manifest", dir)
		p.run(any, "grade", "-q", "--fresh", "--format", "json", "-o", "there.json", "--manifest", dir, "--nats", p.url)
		here, there := p.report("here.json"), p.report("there.json")
		if chance.ReplaceAllString(here, "$1") != chance.ReplaceAllString(there, "$1") {
			t.Errorf("%s: there it is\n%s\nhere\n%s", name, there, here)
		}
	}
	list := p.squares(20, 4)
	p.run([]int{0}, "grade", "-q", "--fresh", "--format", "json", "-o", "here.json", "--manifest", list)
	id := strings.TrimSpace(p.run([]int{0}, "submit", "-q", "--fresh", "--manifest", list, "--nats", p.url))
	watched := p.run([]int{0}, "watch", "--nats", p.url, id)
	if !strings.Contains(watched, "20/20 square s/") || !strings.HasSuffix(watched, "17 AC, 3 WA\n") {
		t.Errorf("watch says %s", watched)
	}
	p.run([]int{0}, "results", "--nats", p.url, "--format", "json", "-o", "there.json", id)
	if here, there := p.report("here.json"), p.report("there.json"); here != there {
		t.Errorf("submitted it is\n%s\nhere\n%s", there, here)
	}
	p.status(id)
	if table := p.run([]int{0}, "grade", "-q", "--fresh", "--audit", "100%", "--cpu", "same", "--manifest", list, "--nats", p.url); !strings.Contains(table, "20 of 20 submissions were audited; on 0 ") {
		t.Errorf("audited it is\n%s", table)
	}
	id = strings.TrimSpace(p.run([]int{0}, "submit", "-q", "--fresh", "--audit", "10%", "--manifest", list, "--nats", p.url))
	p.run([]int{0}, "watch", "--nats", p.url, id)
	if table := p.run([]int{0}, "results", "-q", "--nats", p.url, id); !strings.Contains(table, "2 of 20 submissions were audited; on 0 ") {
		t.Errorf("audited afterwards it is\n%s", table)
	}
	p.stop(a)
	p.stop(b)
	p.stop(server)
}

// status looks at what judge status says when all is done.
func (p *place) status(id string) {
	p.t.Helper()
	var s struct {
		State                         string
		Items, Results, Cases, Queued int
		Differ, Faults, Workers       int
	}
	if err := json.Unmarshal([]byte(p.run([]int{0}, "status", "--json", "--nats", p.url, id)), &s); err != nil {
		p.t.Fatal(err)
	}
	if s.Items != 20 || s.Results != 20 || s.Cases != 80 || s.Queued != 0 || s.Differ != 0 || s.Faults != 0 {
		p.t.Errorf("status: %+v", s)
	}
	// As soon as a worker has noticed that it is done, nobody takes its jobs any more.
	if s.State == "sent" && s.Workers != 2 || s.State != "sent" && s.State != "done" {
		p.t.Errorf("status: %+v", s)
	}
	var all struct{ Workers []struct{ Jobs int } }
	if err := json.Unmarshal([]byte(p.run([]int{0}, "status", "--json", "--nats", p.url)), &all); err != nil {
		p.t.Fatal(err)
	}
	if len(all.Workers) != 2 || all.Workers[0].Jobs < 1 || all.Workers[1].Jobs < 1 {
		p.t.Errorf("workers: %+v", all.Workers)
	}
	if text := p.run([]int{0}, "status", "--nats", p.url); !strings.Contains(text, id) || strings.Count(text, "\n") < 10 {
		p.t.Errorf("status says %s", text)
	}
	p.run([]int{125}, "results", "--nats", p.url, "20200101-000000-aaaaaaaa")
	p.run([]int{0}, "cancel", "--nats", p.url, id)
}

// TestKilled: a worker, and then the server, are killed while a batch is graded; what comes out is
// what came out without.
func TestKilled(t *testing.T) {
	p := newPlace(t)
	list := p.squares(60, 4)
	p.run([]int{0}, "grade", "-q", "--fresh", "--format", "json", "-o", "here.json", "--manifest", list)
	server := p.serve()
	a := p.worker(1)
	p.worker(2)
	grading := p.start("grade", "--fresh", "--format", "json", "-o", "there.json", "--manifest", list, "--nats", p.url)
	p.until(10)
	a.kill()
	p.until(20)
	server.kill()
	time.Sleep(time.Second)
	p.serve()
	p.worker(3)
	select {
	case <-grading.ended:
	case <-time.After(3 * time.Minute):
		t.Fatalf("it does not end: %s", &grading.stderr)
	}
	if got := grading.ProcessState.ExitCode(); got != 0 {
		t.Fatalf("it exits with status %d: %s", got, &grading.stderr)
	}
	if here, there := p.report("here.json"), p.report("there.json"); here != there {
		t.Errorf("it is\n%s\nhere\n%s", there, here)
	}
}

// until waits until so many results are there.
func (p *place) until(n int) {
	p.t.Helper()
	var s struct{ Batches []struct{ Results int } }
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if err := json.Unmarshal([]byte(p.run([]int{0}, "status", "--json", "--nats", p.url)), &s); err != nil {
			p.t.Fatal(err)
		}
		if len(s.Batches) == 1 && s.Batches[0].Results >= n {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("there are not %d results: %+v", n, s)
		}
	}
}
