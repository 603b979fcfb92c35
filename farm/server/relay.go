package server

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"judge/farm"
)

// relay passes on what workers ask of consumers, see [farm.Relay], as long as the connection stays. Each server of a cluster does.
func relay(nc *nats.Conn) error {
	_, err := nc.QueueSubscribe(farm.Relay("*")+".>", "relay", func(m *nats.Msg) {
		if subject := relayed(m.Subject, m.Reply); subject != "" {
			_ = nc.PublishMsg(&nats.Msg{Subject: subject, Reply: m.Reply, Header: m.Header, Data: m.Data}) // who gets no answer asks again
		}
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		return fmt.Errorf("listen to workers: %w", err)
	}
	return nil
}

// relayed is the subject that a question goes on to; "" if its answer is to go anywhere but to the asker's inbox. The server has
// seen to it that the key is the asker's, and that it may ask for what follows (rights.go).
func relayed(subject, reply string) string {
	key, what, _ := strings.Cut(strings.TrimPrefix(subject, farm.Relay("")), ".")
	if reply != "" && !strings.HasPrefix(reply, farm.Inbox(key)+".") {
		return ""
	}
	switch kind, _, _ := strings.Cut(what, "."); kind {
	case "ACK":
		return "$JS." + what
	case "CONSUMER":
		return "$JS.API." + what
	}
	return ""
}
