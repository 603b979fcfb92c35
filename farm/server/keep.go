package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// retiring is how often batches are looked for that are over for long enough.
const retiring = 10 * time.Minute

// Retire removes, until ctx is done, batches that are over for longer than the server keeps them. In a cluster it also
// sees that all lies on as many servers as it is to.
func (s *Server) Retire(ctx context.Context, say func(string)) error {
	clustered := s.options.Cluster.Name != ""
	if s.options.Keep <= 0 && !clustered {
		return nil
	}
	if s.untidy != nil {
		say(fmt.Sprintf("remove old batches and blobs at the start: %v", s.untidy))
	}
	f, leave, err := s.Farm(ctx, "")
	if err != nil {
		return err
	}
	defer leave()
	tick := time.NewTicker(retiring)
	defer tick.Stop()
	for {
		n, err := 0, error(nil)
		if clustered {
			err = f.Spread(ctx) // a server may have been away when something was made
		}
		if s.options.Keep > 0 && err == nil {
			n, err = f.Retire(ctx, s.options.Keep)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			say(fmt.Sprintf("look after the store: %v", err)) // the next look does it
		case n > 0:
			say(fmt.Sprintf("removed %d batches that were over for %v", n, s.options.Keep))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tidying is how long a start is held up by it at most. What is left then is for the next one: a change of a batch, for one,
// waits for space as long as the store is full.
const tidying = time.Minute

// tidy removes old batches, and blobs that nobody needs, at a server that nobody can connect to yet.
func (s Server) tidy(opts server.Options, most time.Duration) (err error) {
	if s.options.Keep <= 0 || s.options.Cluster.Name != "" {
		return nil
	}
	opts.DontListen = true
	if s.Server, err = server.NewServer(&opts); err != nil {
		return err
	}
	s.Start()
	defer func() {
		s.Shutdown()
		s.WaitForShutdown()
	}()
	if !s.ReadyForConnections(30 * time.Second) {
		return errors.New("it does not answer after 30 s")
	}
	ctx, stop := context.WithTimeout(context.Background(), most)
	defer stop()
	f, leave, err := s.Farm(ctx, "")
	if err != nil {
		return err
	}
	defer leave()
	if _, err = f.Retire(ctx, s.options.Keep); err != nil {
		return err
	}
	_, err = f.Sweep(ctx, s.options.Keep)
	return err
}
