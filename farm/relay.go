package farm

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Relay begins the subjects by which a worker with a public NKey asks for jobs, where the server gives keys a role. What answers
// without a word, as an acknowledgement, or a pull that finds nothing, is a command to JetStream where the question names
// one as the subject for its answer. So judge serve passes such questions on, if their answers go to the asker's inbox.
func Relay(key string) string { return "relay." + key }

// consumers is JetStream, as this side may ask it for jobs.
func (f *Farm) consumers() jetstream.JetStream {
	if f.Me().Role == Work {
		return f.relay
	}
	return f.js
}

// held is a job that came from consumers.
func (f *Farm) held(m jetstream.Msg) jetstream.Msg {
	if f.Me().Role == Work {
		return relayed{m, f.nc}
	}
	return m
}

// A relayed is a job of which the server hears through its relay. Source of the words: ack.go of nats.go.
type relayed struct {
	jetstream.Msg
	nc *nats.Conn
}

func (m relayed) subject() string {
	return Relay(m.nc.Opts.Nkey) + strings.TrimPrefix(m.Reply(), "$JS")
}

func (m relayed) say(text string) error { return m.nc.Publish(m.subject(), []byte(text)) }

func (m relayed) Ack() error { return m.say("+ACK") }
func (m relayed) Nak() error { return m.say("-NAK") }
func (m relayed) NakWithDelay(d time.Duration) error {
	return m.say(fmt.Sprintf(`-NAK {"delay": %d}`, d))
}
func (m relayed) InProgress() error               { return m.say("+WPI") }
func (m relayed) Term() error                     { return m.say("+TERM") }
func (m relayed) TermWithReason(why string) error { return m.say("+TERM " + why) }

func (m relayed) DoubleAck(ctx context.Context) error {
	_, err := m.nc.RequestWithContext(ctx, m.subject(), []byte("+ACK"))
	return err
}
