package server

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"judge/farm"
)

// A worker's pulls have answers, too: none of them makes a batch or a worker of what a job says. (That one may be a command: SECURITY.md.)
func TestPullsElsewhere(t *testing.T) {
	w := newTown(t)
	bob := w.batch("bob").ID()
	alice := w.batch("alice").ID()
	forged := strings.Replace(bob, "bob.2", "bob.1", 1)
	js, err := jetstream.New(w.connect("root"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(farm.Batch{ID: forged, User: "bob", State: farm.Sent, Priority: farm.Normal})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "jobs.alice.normal.c.shared."+strings.TrimPrefix(alice, "alice."), text); err != nil {
		t.Fatal(err)
	}
	nc := w.connect("forAlice")
	nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})
	if _, err := nc.Request("$JS.API.CONSUMER.CREATE.JOBS_alice.c", []byte(`{"stream_name":"JOBS_alice","config":{"name":"c","durable_name":"c","ack_policy":"explicit","max_deliver":-1,"ack_wait":100000000}}`), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"$KV.BATCHES_bob." + forged, "$KV.WORKERS.forAll.x"} {
		if err := nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.JOBS_alice.c", to, []byte(`{"batch":1,"no_wait":true}`)); err != nil {
			t.Fatal(err)
		}
		if err := nc.PublishRequest("$JS.API.STREAM.INFO.JOBS_alice", to, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(120 * time.Millisecond)
	}
	f := w.farm("root")
	if list, err := f.Batches(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("there are %d batches, %v", len(list), err)
	}
}

// Nor does an answer without words, as an acknowledgement is one, count as that of another user's job, by its very subject.
func TestAcknowledgedElsewhere(t *testing.T) {
	w := newTown(t)
	bob := w.batch("bob").ID()
	js, err := jetstream.New(w.connect("root"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "jobs.bob.normal.c.shared."+strings.TrimPrefix(bob, "bob."), []byte("x")); err != nil {
		t.Fatal(err)
	}
	jobs, err := js.Stream(t.Context(), "JOBS_bob")
	if err != nil {
		t.Fatal(err)
	}
	c, err := jobs.CreateOrUpdateConsumer(t.Context(), jetstream.ConsumerConfig{Durable: "normal-c", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	nc := w.connect("forAlice")
	nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // the server says that it does not take the last but one
	if _, err := nc.Request("$JS.API.CONSUMER.CREATE.JOBS_alice.c", []byte(`{"stream_name":"JOBS_alice","config":{"name":"c","durable_name":"c","ack_policy":"explicit"}}`), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	const next, none = "$JS.API.CONSUMER.MSG.NEXT.JOBS_alice.c", `{"batch":1,"no_wait":true}`
	if m, err := nc.Request(next, []byte(none), 5*time.Second); err != nil || len(m.Data) > 0 {
		t.Fatalf("the answer is %q, %v", m.Data, err)
	}
	if err := nc.PublishRequest(next, got.Reply(), []byte(none)); err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Request(next, []byte(none), 5*time.Second); err != nil { // by then the one before is answered
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if info, err := c.Info(t.Context()); err != nil || info.NumAckPending != 1 {
		t.Errorf("bob's job is no longer in hands: %+v, %v", info, err)
	}
}
