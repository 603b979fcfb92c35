package farm

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// By way of the relay the server hears what it hears from the library.
func TestRelayedWords(t *testing.T) {
	h := newHost(t)
	_, nc := h.farm(quick())
	nc.Opts.Nkey = "U"
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "X", Subjects: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	c, err := js.CreateConsumer(t.Context(), "X", jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	heard, err := nc.SubscribeSync("*.*.>") // $JS.ACK.X and relay.U.ACK.X
	if err != nil {
		t.Fatal(err)
	}
	words := func(m jetstream.Msg, say func(jetstream.Msg) error, of string) string {
		go func() { _ = say(m) }() // nobody answers at the relay
		for {
			got, err := heard.NextMsg(5 * time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(got.Subject, of) {
				return strings.TrimPrefix(got.Subject, of) + " " + string(got.Data)
			}
		}
	}
	for name, say := range map[string]func(jetstream.Msg) error{
		"Ack":            jetstream.Msg.Ack,
		"Nak":            jetstream.Msg.Nak,
		"NakWithDelay":   func(m jetstream.Msg) error { return m.NakWithDelay(time.Hour) },
		"InProgress":     jetstream.Msg.InProgress,
		"Term":           jetstream.Msg.Term,
		"TermWithReason": func(m jetstream.Msg) error { return m.TermWithReason("it is over") },
		"DoubleAck": func(m jetstream.Msg) error {
			ctx, stop := context.WithTimeout(t.Context(), time.Second)
			defer stop()
			return m.DoubleAck(ctx)
		},
	} {
		if _, err := js.Publish(t.Context(), "x", []byte(name)); err != nil {
			t.Fatal(err)
		}
		batch, err := c.Fetch(1)
		if err != nil {
			t.Fatal(err)
		}
		m := <-batch.Messages()
		got, want := words(relayed{m, nc}, say, Relay("U")+"."), words(m, say, "$JS.")
		if got != want || !strings.HasPrefix(want, "ACK.X.") {
			t.Errorf("%s says %q, the library %q", name, got, want)
		}
	}
}
