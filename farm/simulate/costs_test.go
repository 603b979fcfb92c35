package simulate_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"judge/farm/server"
)

// An embedded engine, with streams and buckets as package farm makes them.
type embedded struct {
	js       jetstream.JetStream
	consumer jetstream.Consumer
	verdicts jetstream.KeyValue
	workers  jetstream.KeyValue
	sent     atomic.Int64
}

const (
	jobBytes     = 400
	verdictBytes = 1500
)

func startEngine(b *testing.B) *embedded {
	b.Helper()
	s, err := server.Start(server.Options{Listen: "127.0.0.1:0", Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Stop() }) // of a store that goes with it
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(nc.Close)
	e, ctx := &embedded{}, b.Context()
	must := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	e.js, err = jetstream.New(nc)
	must(err)
	jobs, err := e.js.CreateStream(ctx, jetstream.StreamConfig{Name: "JOBS", Subjects: []string{"jobs.*"}, Retention: jetstream.WorkQueuePolicy, Duplicates: 30 * time.Second})
	must(err)
	e.consumer, err = jobs.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "all", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Hour, MaxAckPending: -1})
	must(err)
	e.verdicts, err = e.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "VERDICTS"})
	must(err)
	e.workers, err = e.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "WORKERS", Storage: jetstream.MemoryStorage, TTL: time.Minute})
	must(err)
	watch, err := e.verdicts.WatchAll(ctx) // a submitter
	must(err)
	go func() {
		for range watch.Updates() { // ends with the connection
		}
	}()
	return e
}

func (e *embedded) publish(ctx context.Context) error {
	n := e.sent.Add(1)
	_, err := e.js.Publish(ctx, fmt.Sprintf("jobs.%d", n), make([]byte, jobBytes), jetstream.WithMsgID(fmt.Sprint(n)))
	return err
}

func (e *embedded) pull() (jetstream.Msg, error) {
	batch, err := e.consumer.FetchNoWait(1)
	if err != nil {
		return nil, err
	}
	for m := range batch.Messages() {
		return m, nil
	}
	return nil, fmt.Errorf("no job: %w", batch.Error())
}

// deliveries are n jobs that a worker holds.
func (e *embedded) deliveries(b *testing.B, n int) []jetstream.Msg {
	b.Helper()
	together(b, n, func(int) error { return e.publish(b.Context()) })
	list := make([]jetstream.Msg, n)
	together(b, n, func(i int) (err error) { list[i], err = e.pull(); return err })
	return list
}

// together does something n times, by 64 senders.
func together(b *testing.B, n int, do func(i int) error) {
	b.Helper()
	var next atomic.Int64
	failed := make(chan error, 64)
	for range cap(failed) {
		go func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					failed <- nil
					return
				}
				if err := do(i); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkCosts is for how long a message of each kind occupies an embedded engine, ns/op: what
// measured.go has. go test ./farm/simulate -run '^$' -bench Costs -count 5 -benchtime 3000x
func BenchmarkCosts(b *testing.B) {
	e, key := startEngine(b), atomic.Int64{}
	none := func(*testing.B) []jetstream.Msg { return nil }
	some := func(b *testing.B) []jetstream.Msg { return e.deliveries(b, b.N) }
	for _, kind := range []struct {
		name    string
		prepare func(*testing.B) []jetstream.Msg
		do      func(ctx context.Context, i int, held []jetstream.Msg) error
	}{
		{"publish", none, func(ctx context.Context, _ int, _ []jetstream.Msg) error { return e.publish(ctx) }},
		{"pull", func(b *testing.B) []jetstream.Msg {
			together(b, b.N, func(int) error { return e.publish(b.Context()) })
			return nil
		}, func(context.Context, int, []jetstream.Msg) error { _, err := e.pull(); return err }},
		{"in_progress", some, func(ctx context.Context, i int, held []jetstream.Msg) error {
			if i == len(held)-1 {
				return held[i].DoubleAck(ctx) // the engine has handled what came before
			}
			return held[i].InProgress()
		}},
		{"ack", some, func(ctx context.Context, i int, held []jetstream.Msg) error { return held[i].DoubleAck(ctx) }},
		{"kv_create", none, func(ctx context.Context, _ int, _ []jetstream.Msg) error {
			_, err := e.verdicts.Create(ctx, fmt.Sprintf("batch.%d", key.Add(1)), make([]byte, verdictBytes))
			return err
		}},
		{"kv_read", none, func(ctx context.Context, i int, _ []jetstream.Msg) error {
			_, err := e.verdicts.Get(ctx, fmt.Sprintf("batch.%d", 1+int64(i)%key.Load()))
			return err
		}},
		{"kv_put", none, func(ctx context.Context, i int, _ []jetstream.Msg) error {
			_, err := e.workers.Put(ctx, fmt.Sprintf("worker-%d", i%100), make([]byte, jobBytes))
			return err
		}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			held := kind.prepare(b)
			b.ResetTimer()
			together(b, b.N, func(i int) error { return kind.do(b.Context(), i, held) })
		})
	}
}
