package server

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"judge/farm"
)

// An answer without a word is a command where it goes to a command's subject, and an acknowledgement where it goes to that of
// another user's job. What is answered so, workers have answered to their own inbox alone.
func TestCommands(t *testing.T) {
	const next, stream, ack = ".CONSUMER.MSG.NEXT.JOBS_alice.", "KV_VERDICTS_bob", "$JS.ACK"
	for _, question := range []struct{ name, subject, text string }{
		{"a pull that finds nothing", next + "none", `{"batch":1,"no_wait":true}`},
		{"a pull that finds nothing in time", next + "none", `{"batch":1,"expires":50000000}`},
		{"an acknowledgement", ack, "+ACK"},
		{"a refusal", ack, "-NAK"},
		{"a sign of life", ack, "+WPI"},
		{"a refusal for good", ack, "+TERM"},
		{"an acknowledgement that wants more", ack, `+NXT {"batch":1,"no_wait":true}`},
	} {
		t.Run(question.name, func(t *testing.T) {
			w := newTown(t)
			js, err := jetstream.New(w.connect("root"))
			if err != nil {
				t.Fatal(err)
			}
			alice, bob := w.inHands(js, "alice"), w.inHands(js, "bob")
			relay := farm.Relay(w.keys["forAlice"])
			subject := relay + question.subject
			if question.subject == ack {
				subject = relay + strings.TrimPrefix(alice.Reply(), "$JS")
			}
			nc := w.connect("forAlice")
			nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // an answer to an acknowledgement's subject the server itself forbids
			for _, to := range []string{"$JS.API.STREAM.DELETE." + stream, bob.Reply(), farm.Inbox(w.keys["forAll"]) + ".x", farm.Inbox(w.keys["forAlice"]) + "x.y", "$KV.WORKERS.forAll.x"} {
				if err := nc.PublishRequest(subject, to, []byte(question.text)); err != nil {
					t.Fatal(err)
				}
			}
			if m, err := nc.Request(subject, []byte(question.text), 5*time.Second); err != nil || len(m.Data) > 0 { // by then those before were asked
				t.Fatalf("the answer is %v, %v", m, err)
			}
			time.Sleep(100 * time.Millisecond)
			if _, err := js.Stream(t.Context(), stream); err != nil {
				t.Errorf("%s: %v", stream, err)
			}
			if info, err := js.Consumer(t.Context(), "JOBS_bob", "all"); err != nil || info.CachedInfo().NumAckPending != 1 {
				t.Errorf("bob's job is no longer in hands: %+v, %v", info, err)
			}
			if list, err := w.farm("root").Workers(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("workers: %v, %v", list, err)
			}
		})
	}
}

// inHands is a job of a user's that somebody has taken; a second consumer, none, finds nothing.
func (w *town) inHands(js jetstream.JetStream, user string) jetstream.Msg {
	w.t.Helper()
	if _, err := js.Publish(w.t.Context(), "jobs."+user+".normal.c.shared.x", []byte("x")); err != nil {
		w.t.Fatal(err)
	}
	var got jetstream.Msg
	for name, priority := range map[string]string{"all": "normal", "none": "low"} {
		c, err := js.CreateOrUpdateConsumer(w.t.Context(), "JOBS_"+user, jetstream.ConsumerConfig{Durable: name, FilterSubject: "jobs." + user + "." + priority + ".>", AckPolicy: jetstream.AckExplicitPolicy})
		if err != nil {
			w.t.Fatal(err)
		}
		if name == "all" {
			if got, err = c.Next(); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	return got
}

// What goes through the relay keeps its words, and nothing else does.
func TestRelayed(t *testing.T) {
	for _, test := range []struct{ subject, reply, words, want string }{
		{"relay.U.CONSUMER.MSG.NEXT.JOBS_a.c", "_INBOX_U.x", "{}", "$JS.API.CONSUMER.MSG.NEXT.JOBS_a.c"},
		{"relay.U.CONSUMER.CREATE.JOBS_a.c.jobs.a.>", "_INBOX_U.x", "{}", "$JS.API.CONSUMER.CREATE.JOBS_a.c.jobs.a.>"},
		{"relay.U.CONSUMER.INFO.JOBS_a.c", "_INBOX_U.x", "", "$JS.API.CONSUMER.INFO.JOBS_a.c"},
		{"relay.U.CONSUMER.INFO.JOBS_a.c", "", "", ""},
		{"relay.U.CONSUMER.CREATE.JOBS_a.c", "", "{}", ""},
		{"relay.U.CONSUMER.DELETE.JOBS_a.c", "_INBOX_U.x", "", ""},
		{"relay.U.ACK.JOBS_a.c.1.1.1.1.0", "_INBOX_U.x.y", "+ACK", "$JS.ACK.JOBS_a.c.1.1.1.1.0"},
		{"relay.U.ACK.JOBS_a.c.1.1.1.1.0", "", "-NAK {}", "$JS.ACK.JOBS_a.c.1.1.1.1.0"},
		{"relay.U.ACK.JOBS_a.c.1.1.1.1.0", "", "", ""},
		{"relay.U.ACK.JOBS_a.c.1.1.1.1.0", "", `{"stream":"KV_BATCHES_b","seq":1}`, ""},
		{"relay.U.ACK.JOBS_a.c.1.1.1.1.0", "_INBOX_U", "+ACK", ""},
		{"relay.U.ACK.JOBS_a.c.1.1.1.1.0", "_INBOX_V.x", "+ACK", ""},
		{"relay.U.ACK.JOBS_a.c.1.1.1.1.0", "$JS.API.STREAM.DELETE.JOBS_b", "+ACK", ""},
		{"relay.U.STREAM.DELETE.JOBS_a", "_INBOX_U.x", "", ""},
		{"relay.U", "_INBOX_U.x", "", ""},
	} {
		if got := relayed(test.subject, test.reply, []byte(test.words)); got != test.want {
			t.Errorf("%s to %q, %q, goes on to %q, want %q", test.subject, test.reply, test.words, got, test.want)
		}
	}
}

// An answer of the server's is no question: where a submitter has one sent to a worker's relay, nothing comes of it.
func TestAnswersToRelay(t *testing.T) {
	w := newTown(t)
	root := w.connect("root")
	js, err := jetstream.New(root)
	if err != nil {
		t.Fatal(err)
	}
	w.batch("alice")
	w.batch("bob")
	bob := w.inHands(js, "bob")
	var asked []*nats.Subscription
	for _, of := range []string{"$JS.API.CONSUMER.>", "$JS.ACK.>"} {
		s, err := root.SubscribeSync(of)
		if err != nil {
			t.Fatal(err)
		}
		asked = append(asked, s)
	}
	if err := root.Flush(); err != nil {
		t.Fatal(err)
	}
	alice, worker := w.connect("alice"), w.connect("forAll")
	relay := farm.Relay(w.keys["forAll"])
	for _, to := range []string{".CONSUMER.RESET.JOBS_bob.all", ".CONSUMER.DELETE.JOBS_bob.all", ".CONSUMER.CREATE.JOBS_bob.all", strings.TrimPrefix(bob.Reply(), "$JS")} {
		if err := alice.PublishRequest("$KV.BATCHES_alice.alice.x", relay+to, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	// The same question's answer, to alice, comes after those.
	if _, err := alice.Request("$KV.BATCHES_alice.alice.x", []byte("{}"), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := worker.Request(relay+".CONSUMER.INFO.JOBS_bob.all", nil, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := root.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, s := range asked {
		for n, _, _ := s.Pending(); n > 0; n, _, _ = s.Pending() {
			m, err := s.NextMsg(time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if m.Subject != "$JS.API.CONSUMER.INFO.JOBS_bob.all" {
				t.Errorf("%s is asked: %q", m.Subject, m.Data)
			}
		}
	}
}

// The answer to a publication names a sequence, as some commands do. It has a word more than these, and the server takes no
// command with a word that it does not know.
func TestAnswersAreNoCommands(t *testing.T) {
	w := newTown(t)
	js, err := jetstream.New(w.connect("root"))
	if err != nil {
		t.Fatal(err)
	}
	w.batch("bob")
	alice := w.connect("alice")
	for range 5 {
		if _, err := js.Publish(t.Context(), "$O.BLOBS_bob.C.x", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	w.batch("alice")
	for range 10 { // beyond all sequences of bob's
		if _, err := alice.Request("jobs.alice.normal.c.shared.x", []byte("x"), 5*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	before := state(t, js)
	for _, to := range []string{"PURGE.OBJ_BLOBS_bob", "PURGE.KV_BATCHES_bob", "MSG.DELETE.OBJ_BLOBS_bob", "DELETE.OBJ_BLOBS_bob", "DELETE.JOBS_bob"} {
		if err := alice.PublishRequest("$KV.BATCHES_alice.alice.x", "$JS.API.STREAM."+to, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if err := alice.PublishRequest("jobs.alice.normal.c.shared.x", "$JS.API.STREAM."+to, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := alice.Request("jobs.alice.normal.c.shared.x", []byte("x"), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	of := func(text string) (lines []string) {
		for line := range strings.Lines(text) {
			if strings.Contains(line, "_bob ") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	if was, is := of(before), of(state(t, js)); len(was) != 4 || !slices.Equal(was, is) {
		t.Errorf("bob has now\n%s\nand had\n%s", is, was)
	}
}

// What a consumer brings goes to any subject at which something listens by that very name, as each consumer does, to be reset. So
// nobody can guess the names of those that workers make, but who serves the user, or is he.
func TestReset(t *testing.T) {
	w := newTown(t)
	root := w.connect("root")
	js, err := jetstream.New(root)
	if err != nil {
		t.Fatal(err)
	}
	b := &plainBench{}
	w.workWith("forAll", w.farm("forAll"), farm.WorkerOptions{Bench: b})
	sent, _ := w.send("bob", true, nil)
	w.batch("alice")
	jobs, err := js.Stream(t.Context(), "JOBS_bob")
	if err != nil {
		t.Fatal(err)
	}
	class := w.batchOf("bob", sent.ID()).Class
	var names []string
	for deadline := time.Now().Add(20 * time.Second); len(names) < len(farm.Priorities()); time.Sleep(20 * time.Millisecond) {
		list := jobs.ConsumerNames(t.Context())
		names = nil
		for name := range list.Name() {
			names = append(names, name)
		}
		if list.Err() != nil || time.Now().After(deadline) {
			t.Fatalf("bob's jobs have the consumers %v, %v", names, list.Err())
		}
	}
	alice := w.connect("alice")
	reset := func(name string) (listened bool) {
		t.Helper()
		of := "$O.BLOBS_alice.C." + name
		if err := alice.Publish(of, []byte(`{"seq":1000}`)); err != nil {
			t.Fatal(err)
		}
		create, err := json.Marshal(map[string]any{"stream_name": "OBJ_BLOBS_alice", "config": map[string]any{"name": name, "filter_subject": of, "ack_policy": "none", "deliver_subject": "$JS.API.CONSUMER.RESET.JOBS_bob." + name}})
		if err != nil {
			t.Fatal(err)
		}
		m, err := alice.Request("$JS.API.CONSUMER.CREATE.OBJ_BLOBS_alice."+name+"."+of, create, 5*time.Second)
		if err != nil || strings.Contains(string(m.Data), `"error"`) {
			t.Fatalf("%v, %s", err, m.Data)
		}
		time.Sleep(200 * time.Millisecond)
		c, err := js.PushConsumer(t.Context(), "OBJ_BLOBS_alice", name)
		if err != nil {
			t.Fatal(err)
		}
		return c.CachedInfo().Delivered.Stream > 0
	}
	for _, p := range farm.Priorities() {
		if reset(string(p) + "-" + class) {
			t.Errorf("alice resets the consumer %s of bob's jobs, of %v", p, names)
		}
	}
	if !reset(names[0]) { // else this test tells nothing
		t.Errorf("the consumer %s cannot be reset by its name", names[0])
	}
}
