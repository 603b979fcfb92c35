package farm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
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
	relay    jetstream.JetStream   // for workers whom the server knows by a key; else nil
	slow     jetstream.JetStream   // for pieces of blobs
	me       atomic.Pointer[Login] // who this side is
	users    jetstream.KeyValue
	workers  jetstream.KeyValue
	sending  singleflight.Group // blobs, by user and digest
	space    fullness

	mu      sync.Mutex
	tenants map[string]*tenant                // what was opened, by user
	asking  map[*context.CancelCauseFunc]bool // questions without an answer
}

// A Refusal is the caller's fault: what is asked for cannot be done.
type Refusal struct{ What, Hint string }

func (e *Refusal) Error() string { return e.What }

// dedup is how long the server knows the ids of jobs. Results do not rest on it: it only
// spares work when a submitter sends again what it had no answer for.
const dedup = 30 * time.Second

// Open finds what lies at the server for all users, and makes what is not there. What is there stays as it is,
// whatever the settings. What lies there for one user is made when his first batch is, or by Admit.
func Open(ctx context.Context, nc *nats.Conn, s Settings) (*Farm, error) {
	f := &Farm{settings: s.orDefaults(), nc: nc, tenants: map[string]*tenant{}, asking: map[*context.CancelCauseFunc]bool{}}
	nc.SetErrorHandler(f.denied)
	var err error
	if f.js, err = jetstream.New(nc, jetstream.WithDefaultTimeout(f.settings.Answer), jetstream.WithPublishAsyncTimeout(f.settings.Answer)); err != nil {
		return nil, fmt.Errorf("use JetStream: %w", err)
	}
	if f.slow, err = jetstream.New(nc, jetstream.WithDefaultTimeout(f.settings.Answer), jetstream.WithPublishAsyncTimeout(pieceLife)); err != nil {
		return nil, fmt.Errorf("use JetStream: %w", err)
	}
	if key := nc.Opts.Nkey; key != "" {
		if f.relay, err = jetstream.NewWithAPIPrefix(nc, Relay(key), jetstream.WithDefaultTimeout(f.settings.Answer)); err != nil {
			return nil, fmt.Errorf("use JetStream by way of the server: %w", err)
		}
	}
	if f.users, err = f.bucket(ctx, f.keys(bucketUsers), f.stream); err != nil {
		return nil, err
	}
	if err := f.recognise(ctx); err != nil {
		return nil, err
	}
	workers := f.keys(bucketWorkers)
	workers.Storage, workers.MaxAge, workers.Duplicates = jetstream.MemoryStorage, f.settings.WorkerLife, f.settings.WorkerLife
	if f.workers, err = f.bucket(ctx, workers, f.stream); err != nil || f.restricted() {
		return f, err
	}
	_, err = f.stream(ctx, jetstream.StreamConfig{Name: streamDead, Subjects: []string{"dead.*.*"}, MaxMsgs: maxDead,
		Storage: jetstream.FileStorage, Duplicates: dedup})
	if err != nil {
		return nil, err
	}
	return f, f.Spread(ctx)
}

// queue is the stream of a user's jobs.
func (f *Farm) queue(user string) jetstream.StreamConfig {
	return jetstream.StreamConfig{Name: streamJobs + "_" + user, Subjects: []string{"jobs." + user + ".*.*.*.*"}, Retention: jetstream.WorkQueuePolicy,
		Discard: jetstream.DiscardNew, MaxMsgs: f.settings.QueueJobs, MaxBytes: f.settings.QueueBytes, Storage: jetstream.FileStorage, Duplicates: dedup,
		Metadata: map[string]string{secretName: rand.Text()}}
}

// keys is the stream of a bucket of keys and values, and objects that of a bucket of blobs, as the library would make them
// but for three things. Nothing may be rolled up: by a header one message takes the place of all, whoever wrote those. Where
// users have rights, nothing may be read directly: an answer goes to the subject that the question names, whoever owns that,
// and a direct one is what the asker wrote before, word for word; others are the server's own words.
// And of VERDICTS, and then of USERS, each key is written once, whoever writes it. Source: prepareKeyValueConfig and
// prepareObjectStoreConfig of nats.go.
func (f *Farm) keys(bucket string) jetstream.StreamConfig {
	once := strings.HasPrefix(bucket, bucketVerdicts) || bucket == bucketUsers && f.settings.Guarded
	return jetstream.StreamConfig{Name: "KV_" + bucket, Subjects: []string{"$KV." + bucket + ".>"}, MaxMsgsPerSubject: 1, DenyDelete: true,
		Discard: jetstream.DiscardNew, DiscardNewPerSubject: once, AllowDirect: !f.settings.Guarded,
		Storage: jetstream.FileStorage, Duplicates: dedup}
}

func (f *Farm) objects(user string) jetstream.StreamConfig {
	bucket := bucketBlobs + "_" + user
	return jetstream.StreamConfig{Name: "OBJ_" + bucket, Subjects: []string{"$O." + bucket + ".C.>", "$O." + bucket + ".M.>"},
		Discard: jetstream.DiscardNew, AllowRollup: true, AllowDirect: !f.settings.Guarded, Storage: jetstream.FileStorage}
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

// stream finds a stream, or makes it.
func (f *Farm) stream(ctx context.Context, cfg jetstream.StreamConfig) (s jetstream.Stream, err error) {
	err = f.persist(ctx, "open the stream "+cfg.Name, func(ctx context.Context) error {
		s, err = f.js.Stream(ctx, cfg.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			err = f.make(func(replicas int) (err error) {
				cfg.Replicas = replicas
				s, err = f.js.CreateStream(ctx, cfg)
				return err
			})
		}
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another one made it meanwhile, by other settings
			s, err = f.js.Stream(ctx, cfg.Name)
		}
		if err == nil && f.settings.Guarded {
			s, err = f.guard(ctx, s, cfg)
		}
		return err
	})
	return s, err
}

// guard gives a stream that was made before there were users what it is to have then, see keys.
func (f *Farm) guard(ctx context.Context, s jetstream.Stream, want jetstream.StreamConfig) (jetstream.Stream, error) {
	is := s.CachedInfo().Config
	if !is.AllowDirect && is.DiscardNewPerSubject == want.DiscardNewPerSubject {
		return s, nil
	}
	is.AllowDirect, is.AllowRollup, is.DiscardNewPerSubject = false, want.AllowRollup, want.DiscardNewPerSubject
	return f.js.UpdateStream(ctx, is)
}

// find finds a stream.
func (f *Farm) find(ctx context.Context, cfg jetstream.StreamConfig) (s jetstream.Stream, err error) {
	err = f.persist(ctx, "open the stream "+cfg.Name, func(ctx context.Context) error {
		s, err = f.js.Stream(ctx, cfg.Name)
		return err
	})
	return s, err
}

// bucket is the bucket of keys and values that a stream is.
func (f *Farm) bucket(ctx context.Context, cfg jetstream.StreamConfig, open opener) (kv jetstream.KeyValue, err error) {
	if _, err := open(ctx, cfg); err != nil {
		return nil, err
	}
	err = f.persist(ctx, "open the bucket "+cfg.Name, func(ctx context.Context) error {
		kv, err = f.js.KeyValue(ctx, strings.TrimPrefix(cfg.Name, "KV_"))
		return err
	})
	return kv, err
}

// An opener finds a stream, or finds or makes it.
type opener func(context.Context, jetstream.StreamConfig) (jetstream.Stream, error)

// persist does something at the server until that answers: while it is away, or starts anew,
// it is asked again. What it answers is final, a refusal, too.
func (f *Farm) persist(ctx context.Context, what string, do func(context.Context) error) error {
	deadline := time.Now().Add(f.settings.Patience)
	denials := 0
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := f.once(ctx, do)
		var denied *denial
		if errors.As(err, &denied) {
			if denials++; denials < 2 { // else another question was meant
				continue
			}
		}
		if isFull(err) && f.space.wait(ctx, err) {
			continue
		}
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
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer f.asked(stop)()
	err := do(ctx)
	var denied *denial
	if err != nil && errors.As(context.Cause(ctx), &denied) {
		return denied
	}
	return err
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
		nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded, jetstream.ErrNoStreamResponse, jetstream.ErrAsyncPublishTimeout, jetstream.ErrTooManyStalledMsgs} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}
