package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// farmBatch is how many messages are stored as one.
const farmBatch = 64

// floor measures the server alone, with streams of its own.
func (f *Farm) floor(ctx context.Context, url string, n int) error {
	nc, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	if _, err = js.CreateStream(ctx, jetstream.StreamConfig{Name: "BENCH", Subjects: []string{"bench.>"}, MaxMsgsPerSubject: 1, Storage: jetstream.FileStorage, AllowAtomicPublish: true}); err != nil {
		return err
	}
	text := make([]byte, 400) // about a verdict
	publish := func(what string, n int) error {
		_, err := js.Publish(ctx, fmt.Sprintf("bench.%s.%d", what, n), text, jetstream.WithExpectLastSequencePerSubject(0))
		return err
	}
	var times []time.Duration
	for i := range min(n, 500) {
		began := time.Now()
		if err := publish("one", i); err != nil {
			return err
		}
		times = append(times, time.Since(began))
	}
	f.Publish = median(times)
	if f.PublishAll, err = perSecond(n, func(i int) error { return publish("many", i) }); err != nil {
		return err
	}
	if f.PublishBatches, err = batches(nc, "bench.batch", text, max(n/farmBatch, 1)); err != nil {
		return err
	}
	if err = js.DeleteStream(ctx, "BENCH"); err == nil {
		err = f.queueFloor(ctx, js, n, text)
	}
	fmt.Printf("  the server, whose messages are on the disk before it answers: %s for one; in one stream %.0f a second, %.0f in batches of %d; %.0f a second put into a queue, taken and acknowledged\n",
		milliseconds(f.Publish), f.PublishAll, f.PublishBatches, farmBatch, f.QueueAll)
	return err
}

// queueFloor measures a work queue without what the farm does about it.
func (f *Farm) queueFloor(ctx context.Context, js jetstream.JetStream, n int, text []byte) error {
	s, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "BENCHQ", Subjects: []string{"benchq"}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage})
	if err != nil {
		return err
	}
	c, err := s.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "bench", AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 4 * farmAtOnce})
	if err != nil {
		return err
	}
	var acks sync.WaitGroup
	failed := make(chan error, n)
	acks.Add(n)
	taking, err := c.Consume(func(m jetstream.Msg) {
		go func() {
			defer acks.Done()
			if err := m.DoubleAck(ctx); err != nil {
				failed <- err
			}
		}()
	})
	if err != nil {
		return err
	}
	defer taking.Stop()
	began := time.Now()
	if _, err = perSecond(n, func(int) error { _, err := js.Publish(ctx, "benchq", text); return err }); err != nil {
		return err
	}
	acks.Wait()
	f.QueueAll = float64(n) / time.Since(began).Seconds()
	select {
	case err := <-failed:
		return err
	default:
		return js.DeleteStream(ctx, "BENCHQ")
	}
}

// batches is how many messages a second one sender has stored, all of a batch or none. Source: ADR-50 of NATS.
func batches(nc *nats.Conn, subject string, text []byte, n int) (float64, error) {
	began := time.Now()
	for b := range n {
		for i := 1; i <= farmBatch; i++ {
			m := nats.NewMsg(fmt.Sprintf("%s.%d.%d", subject, b, i))
			m.Data = text
			m.Header.Set("Nats-Batch-Id", strconv.Itoa(b))
			m.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i))
			m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "0")
			if i < farmBatch {
				if err := nc.PublishMsg(m); err != nil {
					return 0, err
				}
				continue
			}
			m.Header.Set("Nats-Batch-Commit", "1")
			a, err := nc.RequestMsg(m, 10*time.Second)
			if err != nil {
				return 0, err
			}
			if bytes.Contains(a.Data, []byte(`"error"`)) {
				return 0, fmt.Errorf("store a batch of %d messages: %s", farmBatch, a.Data)
			}
		}
	}
	return float64(n*farmBatch) / time.Since(began).Seconds(), nil
}
