package farm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
	"judge/judge/batch"
	"judge/judge/problem"
)

// quick are settings for tests: whatever is waited for comes soon.
func quick() Settings {
	return Settings{User: "me", AckWait: 2 * time.Second, WorkerLife: 600 * time.Millisecond, Retry: 10 * time.Millisecond, Answer: 500 * time.Millisecond, Patience: 20 * time.Second}
}

// A host is a server in this process, with a store in a folder of the test's.
type host struct {
	t    testing.TB
	dir  string
	port int
	s    *server.Server
	lost *process // a worker that was killed or stopped
}

func newHost(t testing.TB) *host {
	h := &host{t: t, dir: t.TempDir(), port: server.RANDOM_PORT}
	h.start()
	t.Cleanup(h.stop)
	return h
}

func (h *host) start() {
	h.t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: h.port, JetStream: true, StoreDir: h.dir, NoSigs: true, NoLog: true, JetStreamMaxStore: 1 << 30})
	if err != nil {
		h.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		h.t.Fatal("the server does not answer")
	}
	h.s = s
	_, port, _ := strings.Cut(s.Addr().String(), ":")
	fmt.Sscan(port, &h.port)
}

func (h *host) stop() {
	h.s.Shutdown()
	h.s.WaitForShutdown()
}

// farm is a connection of its own to the server; the function cuts it.
func (h *host) farm(s Settings) (*Farm, *nats.Conn) {
	h.t.Helper()
	nc, err := Access{URL: fmt.Sprintf("nats://127.0.0.1:%d", h.port), Name: "test"}.Connect()
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(nc.Close)
	f, err := Open(context.Background(), nc, s)
	if err != nil {
		h.t.Fatal(err)
	}
	return f, nc
}

// lies is what lies at the server for the user of the tests.
func lies(t testing.TB, f *Farm) *tenant {
	t.Helper()
	if err := f.enter(context.Background(), "me"); err != nil {
		t.Fatal(err)
	}
	l, err := f.of(context.Background(), "me")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// queueOf is the stream of his jobs.
func queueOf(t testing.TB, f *Farm) jetstream.Stream { return lies(t, f).jobs }

// begin has a worker work; the function halts it, and waits for its end.
func begin(t testing.TB, f *Farm, b *fakeBench, labels ...string) (*Worker, func()) {
	t.Helper()
	cache, err := OpenCache(f, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWorker(f, WorkerOptions{Bench: b, Labels: labels, Cache: cache, Dir: t.TempDir(), Warn: func(text string) { t.Log("worker:", text) }})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			w.Halt()
			select {
			case err := <-ended:
				if err != nil && !f.nc.IsClosed() {
					t.Error(err)
				}
			case <-time.After(20 * time.Second):
				t.Error("the worker does not end")
			}
			cancel()
		})
	}
	t.Cleanup(stop)
	return w, stop
}

// A sending is a batch that is being graded.
type sending struct {
	court   *Court
	results chan []string // as JSON, in the order of the list
	err     error         // read after results
	after   []func()      // to be called when it is done
}

// send grades submissions to a package on the farm.
func send(t testing.TB, f *Farm, o CourtOptions, pkg string, files []string) *sending {
	t.Helper()
	o.Judging.Version = "1"
	if o.Warn == nil {
		o.Warn = func(text string) { t.Log("court:", text) }
	}
	court, err := NewCourt(context.Background(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	s := &sending{court: court, results: make(chan []string, 1)}
	go func() {
		list := make([]string, len(files))
		b, err := batch.New(context.Background(), batch.Options{Court: court, List: batch.Cross([]string{pkg}, files, nil), Done: func(o batch.Outcome) {
			text, _ := json.Marshal(o.Result)
			list[o.Number] = string(text)
		}})
		if err == nil {
			err = b.Run(context.Background())
		}
		s.err = err
		s.results <- list
	}()
	return s
}

// prepared is a new batch, and a problem that was sent for it.
func prepared(t testing.TB, f *Farm, pkg string) (*Court, batch.Docket) {
	t.Helper()
	ctx := context.Background()
	court, err := NewCourt(ctx, f, CourtOptions{Judging: judge.Options{Version: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := problem.Load(pkg)
	if err != nil {
		t.Fatal(err)
	}
	docket, err := court.Prepare(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return court, docket
}

func submission(t testing.TB, file string) judge.Submission {
	t.Helper()
	s, err := judge.ReadSubmission(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wait is the results of all.
func (s *sending) wait(t testing.TB) []string {
	t.Helper()
	select {
	case list := <-s.results:
		if s.err != nil {
			t.Fatal(s.err)
		}
		if err := s.court.Close(context.Background()); err != nil {
			t.Error(err)
		}
		return list
	case <-time.After(2 * time.Minute):
		t.Fatal("the batch does not end")
		return nil
	}
}

// local is what one machine comes to.
func local(t testing.TB, pkg string, files []string) []string {
	t.Helper()
	list := make([]string, len(files))
	b, err := batch.New(context.Background(), batch.Options{Court: here{newBench(1)}, List: batch.Cross([]string{pkg}, files, nil), Done: func(o batch.Outcome) {
		text, _ := json.Marshal(o.Result)
		list[o.Number] = string(text)
	}})
	if err == nil {
		err = b.Run(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// here is a bench as a court.
type here struct{ *fakeBench }

func (h here) Basis() ([]judge.Fact, error)         { return nil, nil }
func (h here) CheckLanguage(judge.Submission) error { return nil }
func (h here) Fits(*problem.Problem) error          { return nil }
func (h here) Prepare(_ context.Context, p *problem.Problem) (batch.Docket, error) {
	return hereDocket{&fakeDocket{h.fakeBench, p}}, nil
}

type hereDocket struct{ *fakeDocket }

func (d hereDocket) Digest() string      { return judge.PackageDigest(d.p) }
func (d hereDocket) Notes() []judge.Note { return nil }
func (d hereDocket) Resume(ctx context.Context, _ int, s judge.Submission, r judge.Record) (*judge.Result, error) {
	return d.fakeDocket.Resume(ctx, s, r)
}

// same holds results of the farm against those of one machine.
func same(t testing.TB, got, want []string) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("result %d is\n%s\non one machine\n%s", i, got[i], want[i])
		}
	}
}

// once says that no case was judged twice.
func once(t testing.TB, lists ...[]string) {
	t.Helper()
	all := slices.Concat(lists...)
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			t.Errorf("judged twice: %s", all[i])
		}
	}
}

// empty says that the queue is, soon.
func empty(t testing.TB, f *Farm) {
	t.Helper()
	until(t, "the queue is empty", func() bool {
		info, err := queueOf(t, f).Info(context.Background())
		return err == nil && info.State.Msgs == 0
	})
}

// until waits until something is so.
func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is not so that %s", what)
		}
	}
}
