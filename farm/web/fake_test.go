package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"judge/farm"
	"judge/judge"
	"judge/judge/problem"
	"judge/sandbox"
)

var digest = "sha256:" + strings.Repeat("0", 64)

// A fakeBench judges without running anything: a submission whose text has "WA 2" is wrong on its second case.
type fakeBench struct {
	gate   chan struct{} // each case waits for one of it, if it is not nil
	halted chan struct{}
	reason string // of cases that are wrong
}

func (b *fakeBench) Jobs() int { return 1 }
func (b *fakeBench) Halt()     { close(b.halted) }

func (b *fakeBench) Facts(t farm.Terms) ([]judge.Fact, error) {
	return judge.BasisOf(judge.Options{Version: "1", AllCases: t.AllCases})
}

func (b *fakeBench) Prepare(_ context.Context, _ farm.Terms, p *problem.Problem) (farm.Docket, error) {
	return &fakeDocket{b, p}, nil
}

type fakeDocket struct {
	*fakeBench
	p *problem.Problem
}

func (d *fakeDocket) Close()                                           {}
func (d *fakeDocket) TimeLimit(context.Context) (time.Duration, error) { return 2 * time.Second, nil }
func (d *fakeDocket) AdoptTimeLimit(time.Duration)                     {}

func (d *fakeDocket) Resume(ctx context.Context, s judge.Submission, rec judge.Record) (*judge.Result, error) {
	text, err := os.ReadFile(s.Files[0].Path)
	if err != nil {
		return nil, err
	}
	r := &judge.Result{Version: judge.Version, Problem: d.p.Name, Submission: s.Name, Language: "c", Verdict: problem.AC, TimeLimit: 2 * time.Second, MemoryLimit: 64 << 20,
		Groups: []judge.GroupResult{}, Cases: []judge.CaseResult{}, Provenance: &judge.Provenance{Judge: "1", Package: digest, Source: digest, Policy: &sandbox.PolicyID{Name: "default", Digest: digest},
			Rootfs: &sandbox.RootfsID{Name: "host"}, Host: judge.Host{Kernel: "6.1.0", Arch: "amd64", CPU: "a processor"}}}
	for i, c := range d.p.Cases {
		one, known := rec.Known(c.Name)
		if !known {
			if one, err = d.one(ctx, c.Name, i, string(text)); err == nil {
				err = rec.Judged(one)
			}
			if err != nil {
				return nil, err
			}
		}
		r.Cases = append(r.Cases, one)
		r.CPUTime, r.MemoryPeak = max(r.CPUTime, time.Duration(one.Report.CPUTime)), max(r.MemoryPeak, *one.Report.MemoryPeak)
		if one.Verdict != problem.AC {
			r.Verdict, r.Reason = one.Verdict, one.Reason
			break
		}
	}
	return r, nil
}

func (b *fakeBench) one(ctx context.Context, name string, i int, text string) (judge.CaseResult, error) {
	if b.gate != nil {
		select {
		case <-b.gate:
		case <-b.halted:
			return judge.CaseResult{}, judge.ErrHalted
		case <-ctx.Done():
			return judge.CaseResult{}, context.Cause(ctx)
		}
	}
	memory, exit := int64(1+i)<<20, 0
	c := judge.CaseResult{Name: name, Verdict: problem.AC, Measurements: 1, Report: &sandbox.Report{Version: 1, Status: "ok", ExitCode: &exit, CPUTime: int64(i+1) * 1e7, WallTime: int64(i+1) * 2e7, SetupTime: 3e6,
		MemoryPeak: &memory, LimitsHit: []string{}, Collected: []sandbox.Collected{}, Unenforced: []sandbox.Unenforced{},
		Policy: sandbox.PolicyID{Name: "default", Digest: digest}, Rootfs: sandbox.RootfsID{Name: "host"}, Host: sandbox.HostInfo{Kernel: "6.1.0", Cgroup: "v2", Arch: "amd64"}}}
	if strings.Contains(text, fmt.Sprintf("WA %d", i+1)) {
		c.Verdict, c.Reason = problem.WA, b.reason
	}
	return c, nil
}

// A place is a farm with a site.
type place struct {
	t      *testing.T
	nats   string
	queue  int64 // jobs in the queue at most; 0 is the default
	server *server.Server
	farm   *farm.Farm
	site   *Site
	client *http.Client
}

// newPlace has a farm without workers, and a site. Options are changed before it starts.
func newPlace(t *testing.T, change func(*Options), queue ...int64) *place {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, JetStreamMaxStore: 1 << 30, MaxPayload: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server does not answer")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	p := &place{t: t, server: s, nats: s.ClientURL(), client: &http.Client{Timeout: 60 * time.Second}}
	t.Cleanup(p.client.CloseIdleConnections)
	for _, n := range queue {
		p.queue = n
	}
	p.farm = p.connect()
	o := Options{Listen: "127.0.0.1:0", User: "me", Farm: p.farm, Dir: filepath.Join(t.TempDir(), "uploads"), Version: "1", Warn: func(text string) { t.Log("site:", text) }}
	if change != nil {
		change(&o)
	}
	if p.site, err = Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.site.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *place) connect() *farm.Farm {
	p.t.Helper()
	nc, err := farm.Access{URL: p.nats, Name: "test"}.Connect()
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(nc.Close)
	f, err := farm.Open(context.Background(), nc, farm.Settings{User: "me", QueueJobs: p.queue, WorkerLife: time.Second, Retry: 10 * time.Millisecond})
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

// work has a worker work until the test ends.
func (p *place) work(b *fakeBench) {
	p.t.Helper()
	b.halted = make(chan struct{})
	f := p.connect()
	cache, err := farm.OpenCache(f, p.t.TempDir(), 0)
	if err != nil {
		p.t.Fatal(err)
	}
	w := farm.NewWorker(f, farm.WorkerOptions{Bench: b, Cache: cache, Dir: p.t.TempDir(), Warn: func(text string) { p.t.Log("worker:", text) }})
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() {
		if err := w.Run(ctx); err != nil && ctx.Err() == nil {
			p.t.Error(err)
		}
	})
	p.t.Cleanup(func() {
		w.Halt()
		working.Wait()
		cancel()
	})
}

// An answer is a response with its body.
type answer struct {
	*http.Response
	body string
}

// ask sends a request; headers are NAME, VALUE, ...
func (p *place) ask(method, path string, body io.Reader, headers ...string) answer {
	p.t.Helper()
	r, err := http.NewRequest(method, strings.TrimSuffix(p.site.URL(), "/")+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	resp, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{resp, string(text)}
}

// until waits for something.
func until(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !there(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
