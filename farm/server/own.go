package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"judge/farm"
)

const (
	patience = 5 * time.Second        // with other servers of a cluster, before it is said that they are waited for
	pause    = 200 * time.Millisecond // before they are asked again
)

// let makes a key for the server itself, which is in nobody's file, and lets it in; nil where nobody has one.
func let(opts *server.Options) (nkeys.KeyPair, error) {
	if opts.Nkeys == nil {
		return nil, nil
	}
	own, err := nkeys.CreateUser()
	if err != nil {
		return nil, fmt.Errorf("make the server's own key: %w", err)
	}
	public, err := own.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("make the server's own key: %w", err)
	}
	opts.Nkeys = append(opts.Nkeys, &server.NkeyUser{Nkey: public})
	return own, nil
}

// connect is a connection to the server that goes over no network.
func (s *Server) connect(name string) (*nats.Conn, error) {
	options := []nats.Option{nats.Name(name), nats.InProcessServer(s.Server), nats.MaxReconnects(-1)}
	if s.own != nil {
		public, err := s.own.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("use the server's own key: %w", err)
		}
		options = append(options, nats.Nkey(public, s.own.Sign))
	}
	nc, err := nats.Connect("", options...)
	if err != nil {
		return nil, fmt.Errorf("connect to the server in this program: %w", err)
	}
	return nc, nil
}

// Settle makes what lies at a server, or finds it; of a cluster, on as many servers as it is to lie on.
// It waits for those as long as it takes, and says so; ctx ends that.
func (s *Server) Settle(ctx context.Context, say func(string)) error {
	nc, err := s.connect("judge serve")
	if err != nil {
		return err
	}
	defer nc.Close()
	for told := false; ; told = true {
		_, err := farm.Open(ctx, nc, farm.Settings{Replicas: s.options.replicas(), Patience: patience})
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if s.options.Cluster.Name == "" {
			return err
		}
		if !told {
			say(fmt.Sprintf("waiting until enough servers of the cluster %s are there, of %s: %v", s.options.Cluster.Name, s.options.Cluster.Routes, err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
