package farm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/singleflight"
)

// A Farm is a connection to what lies at the server. It is safe for use by several goroutines.
type Farm struct {
	settings Settings
	nc       *nats.Conn
	js       jetstream.JetStream
	jobs     jetstream.Stream
	blobs    jetstream.ObjectStore
	pieces   jetstream.Stream // that blobs lie in
	verdicts jetstream.KeyValue
	batches  jetstream.KeyValue
	workers  jetstream.KeyValue
	sending  singleflight.Group // blobs, by digest
}

// A Refusal is the caller's fault: what is asked for cannot be done.
type Refusal struct{ What, Hint string }

func (e *Refusal) Error() string { return e.What }

// dedup is how long the server knows the ids of jobs. Results do not rest on it: it only
// spares work when a submitter sends again what it had no answer for.
const dedup = 30 * time.Second

// Open finds streams and buckets at the server, and makes those that are not there.
// Those that are there stay as they are, whatever the settings.
func Open(ctx context.Context, nc *nats.Conn, s Settings) (*Farm, error) {
	f := &Farm{settings: s.orDefaults(), nc: nc}
	var err error
	if f.js, err = jetstream.New(nc, jetstream.WithDefaultTimeout(f.settings.Answer)); err != nil {
		return nil, fmt.Errorf("use JetStream: %w", err)
	}
	s = f.settings
	if f.jobs, err = f.stream(ctx, jetstream.StreamConfig{Name: streamJobs, Subjects: []string{"jobs.*.*.*"}, Retention: jetstream.WorkQueuePolicy,
		Discard: jetstream.DiscardNew, MaxMsgs: s.QueueJobs, MaxBytes: s.QueueBytes, Storage: jetstream.FileStorage, Duplicates: dedup}); err != nil {
		return nil, err
	}
	if _, err = f.stream(ctx, jetstream.StreamConfig{Name: streamDead, Subjects: []string{"dead.*"}, MaxMsgs: maxDead, MaxBytes: s.QueueBytes,
		Storage: jetstream.FileStorage, Duplicates: dedup}); err != nil {
		return nil, err
	}
	for _, b := range []struct {
		kv  *jetstream.KeyValue
		cfg jetstream.KeyValueConfig
	}{
		{&f.verdicts, jetstream.KeyValueConfig{Bucket: bucketVerdicts, History: 1, Storage: jetstream.FileStorage}},
		{&f.batches, jetstream.KeyValueConfig{Bucket: bucketBatches, History: 1, Storage: jetstream.FileStorage}},
		{&f.workers, jetstream.KeyValueConfig{Bucket: bucketWorkers, History: 1, Storage: jetstream.MemoryStorage, TTL: s.WorkerLife}},
	} {
		if *b.kv, err = f.bucket(ctx, b.cfg); err != nil {
			return nil, err
		}
	}
	f.blobs, err = f.js.ObjectStore(ctx, bucketBlobs)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		f.blobs, err = f.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: bucketBlobs, Storage: jetstream.FileStorage})
	}
	if err == nil {
		f.pieces, err = f.js.Stream(ctx, "OBJ_"+bucketBlobs)
	}
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s at %s: %w", bucketBlobs, nc.ConnectedUrlRedacted(), err)
	}
	return f, nil
}

// errClosed is the end of a connection: the server has not let this user in again.
var errClosed = errors.New("the connection to the server was closed for good")

// changes tells when the connection was made again, or is closed for good; the function ends that.
// What watches a bucket begins anew then: the server may have forgotten it, which the library
// notices only after half a minute.
func (f *Farm) changes() (<-chan nats.Status, func()) {
	c := f.nc.StatusChanged(nats.CONNECTED, nats.CLOSED)
	return c, func() { f.nc.RemoveStatusListener(c) }
}

func (f *Farm) stream(ctx context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := f.js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = f.js.CreateStream(ctx, cfg)
	}
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another one made it meanwhile, by other settings
		s, err = f.js.Stream(ctx, cfg.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("open the stream %s at %s: %w", cfg.Name, f.nc.ConnectedUrlRedacted(), err)
	}
	return s, nil
}

func (f *Farm) bucket(ctx context.Context, cfg jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	kv, err := f.js.KeyValue(ctx, cfg.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = f.js.CreateKeyValue(ctx, cfg)
	}
	if errors.Is(err, jetstream.ErrBucketExists) {
		kv, err = f.js.KeyValue(ctx, cfg.Bucket)
	}
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s at %s: %w", cfg.Bucket, f.nc.ConnectedUrlRedacted(), err)
	}
	return kv, nil
}

// persist does something at the server until that answers: while it is away, or starts anew,
// it is asked again. What it answers is final, a refusal, too.
func (f *Farm) persist(ctx context.Context, what string, do func(context.Context) error) error {
	deadline := time.Now().Add(f.settings.Patience)
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := f.once(ctx, do)
		if err == nil || !passing(err) || ctx.Err() != nil || time.Now().After(deadline) {
			return wrap(ctx, what, err)
		}
		select {
		case <-ctx.Done():
			return wrap(ctx, what, err)
		case <-time.After(wait):
		}
	}
}

func (f *Farm) once(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, f.settings.Answer)
	defer cancel()
	return do(ctx)
}

func wrap(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// passing says whether an error may be gone when it is tried again: nobody answered, or who
// did is not ready.
func passing(err error) bool {
	var api jetstream.JetStreamError
	if errors.As(err, &api) && api.APIError() != nil {
		return api.APIError().Code == 503 && !isStoreFailed(err) // of HTTP's meaning: a cluster has no leader, a stream is being restored
	}
	for _, one := range []error{context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrNoServers,
		nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded, jetstream.ErrNoStreamResponse} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}
