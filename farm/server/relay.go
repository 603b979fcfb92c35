package server

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"judge/farm"
)

// relay passes on what workers ask of consumers, see [farm.Relay], as long as the connection stays. Each server of a cluster does.
func relay(nc *nats.Conn) error {
	_, err := nc.QueueSubscribe(farm.Relay("*")+".>", "relay", func(m *nats.Msg) {
		if subject := relayed(m.Subject, m.Reply, m.Data); subject != "" {
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

// relayed is the subject that a question goes on to; "" if its answer is to go anywhere but to the asker's inbox. Of a question the server has
// seen to it that the key is the asker's, and that it may ask for what follows (rights.go). But whoever may ask anything can have an
// answer of the server's come here, which it looks at no more: that has no subject for an answer, and is JSON, or nothing.
func relayed(subject, reply string, words []byte) string {
	key, what, _ := strings.Cut(strings.TrimPrefix(subject, farm.Relay("")), ".")
	if reply != "" && !strings.HasPrefix(reply, farm.Inbox(key)+".") {
		return ""
	}
	begins := func(prefix string) bool { return strings.HasPrefix(what, prefix) }
	switch {
	case begins("ACK.") && (bytes.HasPrefix(words, []byte("+")) || bytes.HasPrefix(words, []byte("-"))):
		return "$JS." + what
	case reply != "" && slices.ContainsFunc([]string{"CONSUMER.CREATE.", "CONSUMER.INFO.", "CONSUMER.MSG.NEXT."}, begins):
		return "$JS.API." + what
	}
	return ""
}
