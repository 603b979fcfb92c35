package farm

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A process is this test program as a server or a worker.
type process struct {
	*exec.Cmd
	t    testing.TB
	said chan string // lines of standard output
}

// act starts this program as something else.
func act(t testing.TB, what string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), t: t, said: make(chan string, 100)}
	p.Env = append(os.Environ(), "JUDGE_TEST_FARM="+what)
	p.Stderr = os.Stderr
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(p.said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.said <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended
		<-read
		_ = p.Wait()
		_ = stdin.Close()
	})
	return p
}

// hear is the next line that a process says.
func (p *process) hear() string {
	p.t.Helper()
	select {
	case line, open := <-p.said:
		if !open {
			p.t.Fatal("it has ended")
		}
		return line
	case <-time.After(time.Minute):
		p.t.Fatal("it says nothing")
		return ""
	}
}

// signal sends one.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// gone waits until a process is, by a signal.
func (p *process) gone(by syscall.Signal) {
	p.t.Helper()
	for range p.said {
	}
	_ = p.Wait() // how it ended is in its state
	if got := p.ProcessState.Sys().(syscall.WaitStatus).Signal(); got != by {
		p.t.Errorf("it ended by %v, not %v", got, by)
	}
}

// A cluster is three servers.
type cluster struct {
	t     testing.TB
	nodes []*process
	urls  []string
	specs []string
}

func newCluster(t testing.TB) *cluster {
	c := &cluster{t: t}
	dir := t.TempDir()
	var routes []string
	for range 3 {
		routes = append(routes, freePort(t))
	}
	for i, r := range routes {
		listen := freePort(t)
		text, err := json.Marshal(map[string]any{"Listen": listen, "Dir": filepath.Join(dir, fmt.Sprint(i)), "MaxStore": 1 << 30,
			"Cluster": map[string]any{"Name": "test", "Node": fmt.Sprint("n", i), "Listen": r, "Routes": strings.Join(routes, ",")}})
		if err != nil {
			t.Fatal(err)
		}
		c.specs = append(c.specs, string(text))
		c.nodes = append(c.nodes, act(t, string(text)))
	}
	for _, n := range c.nodes {
		c.urls = append(c.urls, n.hear())
	}
	return c
}

// freePort is an address that nobody listened at a moment ago.
func freePort(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// farm is a connection of its own to the cluster.
func (c *cluster) farm() *Farm {
	c.t.Helper()
	nc, err := Access{URL: strings.Join(c.urls, ","), Name: "test", Ping: time.Second}.Connect()
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(nc.Close)
	s := quick()
	s.Answer, s.Patience = time.Second, time.Minute
	f, err := Open(context.Background(), nc, s)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

// leader is the number of the server that leads a stream.
func (c *cluster) leader(f *Farm, stream string) int {
	c.t.Helper()
	found := -1
	until(c.t, stream+" has a leader", func() bool {
		s, err := f.js.Stream(context.Background(), stream)
		if err != nil {
			return false
		}
		i := s.CachedInfo()
		if i.Config.Replicas != 3 {
			c.t.Errorf("%s lies on %d servers", stream, i.Config.Replicas)
		}
		if i.Cluster == nil {
			return false
		}
		_, err = fmt.Sscanf(i.Cluster.Leader, "n%d", &found)
		return err == nil
	})
	return found
}
