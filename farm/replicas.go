package farm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// In a cluster several servers keep each stream and bucket. Its leader answers what is written, but any of them
// what is read: an answer may be older than what was written before. Where something must be there, it is asked for again.

// clustered is on how many servers of a cluster things are made, unless it is said.
const clustered = 3

// lag is how long a server of a cluster may not know yet what another one has.
const lag = 2 * time.Second

// Codes of answers that so many replicas cannot be. Source: JSClusterNoPeersErrF and
// JSStreamReplicasNotSupportedErr, server/errors.json of nats-server.
const (
	noPeers    jetstream.ErrorCode = 10005
	noReplicas jetstream.ErrorCode = 10074
)

// make makes something on as many servers as it is to lie on.
func (f *Farm) make(do func(replicas int) error) error {
	n := f.settings.Replicas
	if n > 0 {
		return do(n)
	}
	if f.nc.ConnectedClusterName() == "" {
		return do(1)
	}
	err := do(clustered)
	if isCode(err, noPeers, noReplicas) { // it is smaller
		err = do(1)
	}
	return err
}

func isCode(err error, codes ...jetstream.ErrorCode) bool {
	var api jetstream.JetStreamError
	return errors.As(err, &api) && api.APIError() != nil && slices.Contains(codes, api.APIError().ErrorCode)
}

// Spread puts what lies on fewer servers than it is to onto as many: who made it did so when not all of them were there.
func (f *Farm) Spread(ctx context.Context) error {
	if f.settings.Replicas <= 1 {
		return nil
	}
	return f.persist(ctx, "list the streams", func(ctx context.Context) error {
		list := f.js.ListStreams(ctx)
		for info := range list.Info() {
			if c := info.Config; isOurs(c.Name) && c.Replicas < f.settings.Replicas {
				c.Replicas = f.settings.Replicas
				if _, err := f.js.UpdateStream(ctx, c); err != nil {
					return fmt.Errorf("put %s on %d servers: %w", c.Name, c.Replicas, err)
				}
			}
		}
		return list.Err()
	})
}

// isOurs says whether a stream is one of the farm's: others may use the same server.
func isOurs(stream string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(stream, "KV_"), "OBJ_")
	name, _, _ = strings.Cut(name, "_")
	return slices.Contains([]string{streamJobs, streamDead, bucketBlobs, bucketVerdicts, bucketBatches, bucketWorkers, bucketUsers}, name)
}

// replicated says whether an answer may come from a server that lags behind.
func (f *Farm) replicated() bool { return f.nc.ConnectedClusterName() != "" }

func missingKey(err error) bool { return errors.Is(err, jetstream.ErrKeyNotFound) }

func missingBlob(err error) bool {
	return errors.Is(err, jetstream.ErrObjectNotFound) || errors.Is(err, jetstream.ErrMsgNotFound)
}

// surely is persist for something that must be there: while missing says that it is not, a server may lag behind.
func (f *Farm) surely(ctx context.Context, what string, missing func(error) bool, do func(context.Context) error) error {
	for deadline := time.Now().Add(lag); ; {
		err := f.persist(ctx, what, do)
		if !missing(err) || !f.replicated() || time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
