package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"judge/farm"
	"judge/judge"
)

// A town is a server with users.
type town struct {
	t     *testing.T
	s     *Server
	o     Options
	away  atomic.Bool       // or was
	seeds map[string]string // files, by user
	keys  map[string]string
}

// newTown has the users alice and bob, workers of theirs, and an operator.
func newTown(t *testing.T) *town {
	dir := t.TempDir()
	w := &town{t: t, seeds: map[string]string{}, keys: map[string]string{}}
	var file strings.Builder
	for _, u := range []struct{ name, role string }{{"alice", "submit weight=3"}, {"bob", "submit"}, {"forAlice", "work for=alice"}, {"forAll", "work"}, {"root", "admin"}} {
		w.keys[u.name], w.seeds[u.name] = user(t, dir, u.name)
		fmt.Fprintln(&file, w.keys[u.name], u.name, u.role)
	}
	w.o = Options{Listen: "127.0.0.1:0", Dir: filepath.Join(dir, "store"), Users: write(t, dir, "users", file.String())}
	w.start()
	t.Cleanup(func() { w.s.Stop() })
	return w
}

// start starts the server; a second time, where it was.
func (w *town) start() {
	w.t.Helper()
	var err error
	if w.s, err = Start(w.o); err != nil {
		w.t.Fatal(err)
	}
	w.o.Listen = w.s.Addr().String()
	if err := w.s.Settle(w.t.Context(), func(string) {}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) connect(name string) *nats.Conn {
	w.t.Helper()
	nc, err := farm.Access{URL: w.s.ClientURL(), NKey: w.seeds[name]}.Connect()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(nc.Close)
	return nc
}

func (w *town) farm(name string) *farm.Farm {
	w.t.Helper()
	f, err := farm.Open(w.t.Context(), w.connect(name), farm.Settings{Answer: 2 * time.Second, Patience: 10 * time.Second})
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return f
}

func (w *town) batch(name string) *farm.Court {
	w.t.Helper()
	c, err := farm.NewCourt(w.t.Context(), w.farm(name), farm.CourtOptions{Detached: true, Judging: judge.Options{Version: "1"}})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// What judge does for somebody whom the server does not let do it is refused, in words.
func TestRefused(t *testing.T) {
	w := newTown(t)
	bob := w.batch("bob").ID()
	alice := w.batch("alice").ID()
	see := func(id string) func(*farm.Farm) error {
		return func(f *farm.Farm) error { _, err := f.Batch(t.Context(), id); return err }
	}
	cancel := func(id string) func(*farm.Farm) error {
		return func(f *farm.Farm) error { _, err := f.Cancel(t.Context(), id); return err }
	}
	submit := func(user string) func(*farm.Farm) error {
		return func(f *farm.Farm) error {
			_, err := farm.NewCourt(t.Context(), f, farm.CourtOptions{User: user, Judging: judge.Options{Version: "1"}, Detached: true})
			return err
		}
	}
	work := func(f *farm.Farm) error {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		return farm.NewWorker(f, farm.WorkerOptions{Bench: farm.NewEngines(judge.Options{Jobs: 1})}).Run(ctx)
	}
	for _, test := range []struct {
		user, what string
		do         func(*farm.Farm) error
		allowed    bool
	}{
		{"alice", "sees her own", see(alice), true},
		{"alice", "sees bob's", see(bob), false},
		{"alice", "cancels bob's", cancel(bob), false},
		{"alice", "submits as bob", submit("bob"), false},
		{"alice", "works", work, false},
		{"forAlice", "sees alice's", see(alice), true},
		{"forAlice", "sees bob's", see(bob), false},
		{"forAlice", "submits", submit("alice"), false},
		{"forAlice", "submits as itself", submit(""), false},
		{"forAlice", "cancels", cancel(alice), false},
		{"forAll", "sees bob's", see(bob), true},
		{"forAll", "works", work, true},
		{"root", "sees bob's", see(bob), true},
		{"root", "submits as bob", submit("bob"), true},
		{"root", "cancels bob's", cancel(bob), true},
		{"alice", "cancels her own", cancel(alice), true},
	} {
		err := test.do(w.farm(test.user))
		var refusal *farm.Refusal
		if test.allowed && err != nil || !test.allowed && (!errors.As(err, &refusal) || !strings.Contains(err.Error(), "knows this key as "+test.user)) {
			t.Errorf("%s %s: %v", test.user, test.what, err)
		}
	}
	for user, want := range map[string]int{"alice": 1, "bob": 2, "forAlice": 1, "forAll": 3, "root": 3} {
		if list, err := w.farm(user).Batches(t.Context()); err != nil || len(list) != want {
			t.Errorf("%s sees %d batches, %v", user, len(list), err)
		}
	}
}

// A hostile client asks the server by itself. What it must not do, the server says, and nothing is changed.
func TestHostile(t *testing.T) {
	w := newTown(t)
	bob := w.batch("bob").ID()
	class := strings.Repeat("a", 32)
	verdict := "$KV.VERDICTS_bob." + bob + ".0.result"
	js, err := jetstream.New(w.connect("root"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "jobs.bob.normal."+class+".shared."+strings.TrimPrefix(bob, "bob."), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	before := state(t, js)
	consumer := func(stream, filter string) string {
		text, _ := json.Marshal(map[string]any{"stream_name": stream, "config": map[string]any{"name": "x", "filter_subject": filter, "ack_policy": "none", "deliver_policy": "all", "deliver_subject": "_INBOX_" + w.keys["alice"] + ".x"}})
		return string(text)
	}
	last := `{"last_by_subj":"$KV.BATCHES_bob.` + bob + `"}`
	for _, who := range []string{"alice", "forAlice"} {
		for _, try := range []struct{ subject, text string }{
			{"$JS.API.STREAM.MSG.GET.KV_BATCHES_bob", last},
			{"$JS.API.STREAM.MSG.GET.KV_VERDICTS_bob", `{"seq":1}`},
			{"$JS.API.STREAM.MSG.GET.OBJ_BLOBS_bob", `{"seq":1}`},
			{"$JS.API.STREAM.MSG.GET.JOBS_bob", `{"seq":1}`},
			{"$JS.API.DIRECT.GET.KV_BATCHES_bob.$KV.BATCHES_bob." + bob, ""},
			{"$JS.API.DIRECT.GET.OBJ_BLOBS_bob", `{"seq":1}`},
			{"$JS.API.STREAM.INFO.KV_BATCHES_bob", `{"subjects_filter":">"}`},
			{"$JS.API.STREAM.INFO.JOBS_bob", `{"subjects_filter":">"}`},
			{"$JS.API.STREAM.NAMES", ""},
			{"$JS.API.STREAM.LIST", ""},
			{"$JS.API.CONSUMER.NAMES.KV_VERDICTS_bob", ""},
			{"$JS.API.CONSUMER.LIST.JOBS_alice", ""},
			{"$JS.API.CONSUMER.CREATE.KV_VERDICTS_bob.x.$KV.VERDICTS_bob.>", consumer("KV_VERDICTS_bob", "$KV.VERDICTS_bob.>")},
			{"$JS.API.CONSUMER.CREATE.KV_BATCHES_bob", consumer("KV_BATCHES_bob", "")},
			{"$JS.API.CONSUMER.CREATE.JOBS_bob.x", consumer("JOBS_bob", "")},
			{"$JS.API.CONSUMER.MSG.NEXT.JOBS_bob.normal-" + class, "1"},
			{"$JS.API.CONSUMER.DELETE.JOBS_bob.normal-" + class, ""},
			{"$JS.API.STREAM.PURGE.JOBS_bob", ""},
			{"$JS.API.STREAM.PURGE.KV_VERDICTS_alice", ""},
			{"$JS.API.STREAM.MSG.DELETE.KV_VERDICTS_alice", `{"seq":1}`},
			{"$JS.API.STREAM.DELETE.KV_VERDICTS_alice", ""},
			{"$JS.API.STREAM.DELETE.JOBS_bob", ""},
			{"$JS.API.STREAM.UPDATE.KV_VERDICTS_alice", `{"name":"KV_VERDICTS_alice","subjects":["$KV.>"]}`},
			{"$JS.API.STREAM.CREATE.MINE", `{"name":"MINE","subjects":["mine.>"]}`},
			{"$JS.API.STREAM.CREATE.COPY", `{"name":"COPY","mirror":{"name":"KV_VERDICTS_bob"}}`},
			{"$JS.API.STREAM.SNAPSHOT.KV_VERDICTS_bob", `{"deliver_subject":"x"}`},
			{"$KV.USERS.user.alice", `{"name":"alice","weight":1000}`},
			{"$KV.USERS.key." + w.keys["alice"], `{"name":"alice","role":"admin"}`},
			{"$KV.BATCHES_bob." + bob, "{}"},
			{"$KV.BATCHES_forAlice.x", "{}"},
			{verdict, "{}"},
			{"$O.BLOBS_bob.M.eA==", "{}"},
			{"$O.BLOBS_bob.C.x", "x"},
			{"$KV.WORKERS.forAll.x", "{}"},
			{"jobs.bob.high." + class + ".shared.x", "{}"},
			{"dead.bob.x", "{}"},
			{"$JS.ACK.JOBS_bob.normal-" + class + ".1.1.1.1.0", "+ACK"},
			{"$SYS.REQ.SERVER.PING", ""},
		} {
			w.denied(who, try.subject, try.text)
		}
	}
	for _, subject := range []string{"$JS.API.CONSUMER.CREATE.JOBS_alice.x", "$JS.API.CONSUMER.MSG.NEXT.JOBS_alice.x", "$KV.VERDICTS_alice.alice.x.0.case.a",
		"$KV.VERDICTS_alice.alice.x.0.result", "$KV.VERDICTS_alice.bob.x.0.known.a", "$KV.WORKERS.alice.x"} {
		w.denied("alice", subject, "{}")
	}
	relay := farm.Relay(w.keys["forAlice"])
	for _, subject := range []string{"$JS.API.CONSUMER.CREATE.JOBS_alice.x", "$JS.API.CONSUMER.MSG.NEXT.JOBS_alice.x", "$JS.ACK.JOBS_alice.x.1.1.1.1.0",
		relay + ".CONSUMER.MSG.NEXT.JOBS_bob.x", relay + ".ACK.JOBS_bob.x.1.1.1.1.0", relay + ".STREAM.DELETE.JOBS_alice", farm.Relay(w.keys["forAll"]) + ".CONSUMER.MSG.NEXT.JOBS_alice.x",
		"$KV.BATCHES_alice.alice.x", "$O.BLOBS_alice.M.eA==", "$JS.API.STREAM.PURGE.JOBS_alice", "$JS.API.STREAM.PURGE.OBJ_BLOBS_alice"} {
		w.denied("forAlice", subject, "{}")
	}
	if after := state(t, js); after != before {
		t.Errorf("there is now\n%s\nand was\n%s", after, before)
	}
}

// Answers go where a question says, and the server lets nobody's questions decide what they say.
func TestAnswersElsewhere(t *testing.T) {
	w := newTown(t)
	alice := w.batch("alice")
	bob := w.batch("bob").ID()
	nc := w.connect("alice")
	nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // some of what follows is forbidden
	forged := strings.Replace(bob, "bob.2", "bob.1", 1)
	for _, subject := range []string{"$JS.API.STREAM.MSG.GET.KV_BATCHES_alice", "$JS.API.DIRECT.GET.KV_BATCHES_alice", "$JS.API.STREAM.INFO.KV_BATCHES_alice"} {
		text := `{"last_by_subj":"$KV.BATCHES_alice.` + alice.ID() + `"}`
		for _, to := range []string{"$KV.BATCHES_bob." + forged, "$KV.VERDICTS_bob." + bob + ".7.result", "$KV.WORKERS.forAll.x", "$KV.USERS.user.mallory", "$KV.USERS.user.bob", "$KV.USERS.key." + w.keys["forAll"]} {
			if err := nc.PublishRequest(subject, to, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// A consumer sends what she wrote, word for word; but no stream takes that in.
	b := farm.Batch{ID: forged, User: "bob", State: farm.Sent, Priority: farm.Normal}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Publish("$O.BLOBS_alice.C.x", text); err != nil {
		t.Fatal(err)
	}
	push := fmt.Sprintf(`{"stream_name":"OBJ_BLOBS_alice","config":{"name":"c","filter_subject":"$O.BLOBS_alice.C.x","ack_policy":"none","deliver_policy":"all","deliver_subject":"$KV.BATCHES_bob.%s"}}`, forged)
	if _, err := nc.Request("$JS.API.CONSUMER.CREATE.OBJ_BLOBS_alice.c.$O.BLOBS_alice.C.x", []byte(push), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // it would be there by then
	f := w.farm("root")
	if list, err := f.Batches(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("there are %d batches, %v", len(list), err)
	}
	if list, err := f.Workers(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("workers: %v, %v", list, err)
	}
	if list, err := f.Users(t.Context()); err != nil || len(list) != 3 || list[0].Weight != 3 {
		t.Errorf("users: %v, %v", list, err)
	}
	if l := w.farm("forAll").Me(); l.Role != farm.Work || len(l.For) != 3 {
		t.Errorf("a worker is %+v", l)
	}
}

// A worker says what it does, and takes nothing of what others say out of the list.
func TestRollup(t *testing.T) {
	w := newTown(t)
	for _, who := range []string{"forAll", "forAlice"} {
		m := nats.NewMsg("$KV.WORKERS." + who + ".x")
		m.Data = []byte("{}")
		if who == "forAlice" {
			m.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupAll)
		}
		if _, err := w.connect(who).RequestMsg(m, 5*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	js, err := jetstream.New(w.connect("root"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), "KV_WORKERS")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetLastMsgForSubject(t.Context(), "$KV.WORKERS.forAll.x"); err != nil {
		t.Errorf("what another worker said: %v", err)
	}
}

// denied has a client ask something, and the server forbid it.
func (w *town) denied(who, subject, text string) {
	w.t.Helper()
	nc := w.connect(who)
	defer nc.Close()
	told := make(chan error, 10)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { told <- err })
	if err := nc.PublishRequest(subject, farm.Inbox(w.keys[who])+".x", []byte(text)); err != nil {
		w.t.Fatal(err)
	}
	if err := nc.Flush(); err != nil { // what the server says to it comes before the answer to this
		w.t.Fatal(err)
	}
	select {
	case err := <-told:
		if !errors.Is(err, nats.ErrPermissionViolation) {
			w.t.Errorf("%s, %s: %v", who, subject, err)
		}
	case <-time.After(5 * time.Second):
		w.t.Errorf("%s may send to %s", who, subject)
	}
}

// Nobody listens to what is others'.
func TestListen(t *testing.T) {
	w := newTown(t)
	for _, subject := range []string{">", "$KV.>", "$KV.VERDICTS_alice.>", "_INBOX.>", farm.Inbox(w.keys["bob"]) + ".>", "_INBOX_*.>", "jobs.>", "$JS.>", "$JS.ACK.>", "*"} {
		nc := w.connect("alice")
		told := make(chan error, 10)
		nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { told <- err })
		if _, err := nc.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-told:
			if !errors.Is(err, nats.ErrPermissionViolation) {
				t.Errorf("%s: %v", subject, err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("alice listens to %s", subject)
		}
		nc.Close()
	}
}

// state is what lies at the server.
func state(t *testing.T, js jetstream.JetStream) string {
	t.Helper()
	var text strings.Builder
	list := js.ListStreams(t.Context())
	for i := range list.Info() {
		fmt.Fprintln(&text, i.Config.Name, i.State.Msgs, i.State.LastSeq)
	}
	if list.Err() != nil {
		t.Fatal(list.Err())
	}
	lines := strings.Split(text.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
