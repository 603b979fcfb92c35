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

// Farm is the farm at this server, over no network, with all rights; the function leaves it. Batches that nobody else
// is said to have sent are of user.
func (s *Server) Farm(ctx context.Context, user string) (*farm.Farm, func(), error) {
	nc, err := s.connect()
	if err != nil {
		return nil, nil, err
	}
	settings := s.settings()
	settings.User = user
	f, err := farm.Open(ctx, nc, settings)
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return f, nc.Close, nil
}

func (s *Server) settings() farm.Settings {
	return farm.Settings{Replicas: s.options.replicas(), Guarded: s.known != nil}
}

// connect is a connection to the server that goes over no network.
func (s *Server) connect() (*nats.Conn, error) {
	options := []nats.Option{nats.Name("judge serve"), nats.InProcessServer(s.Server), nats.MaxReconnects(-1)}
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

// Settle makes what lies at a server, or finds it; of a cluster, on as many servers as it is to lie on. It writes
// down there who may do what.
// It waits for those as long as it takes, and says so; ctx ends that.
func (s *Server) Settle(ctx context.Context, say func(string)) error {
	nc, err := s.connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	settings := s.settings()
	settings.Patience = patience
	for told := false; ; told = true {
		f, err := farm.Open(ctx, nc, settings)
		if err == nil {
			forget := f.TellFull(say)
			err = s.admit(ctx, f)
			forget()
		}
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

// tending is how often the server looks for batches that are done.
const tending = 5 * time.Second

// Tend does, until ctx is done, what workers do where they may: it marks batches as done.
func (s *Server) Tend(ctx context.Context) error { return s.tend(ctx, tending) }

func (s *Server) tend(ctx context.Context, every time.Duration) error {
	if s.known == nil {
		return nil
	}
	f, leave, err := s.Farm(ctx, "")
	if err != nil {
		return err
	}
	defer leave()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		f.Tend(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// admit makes what the users need, and tells each key who it is.
func (s *Server) admit(ctx context.Context, f *farm.Farm) error {
	for _, u := range tenants(s.known) {
		if err := f.Admit(ctx, u); err != nil {
			return err
		}
	}
	var keys []string
	for _, k := range s.known {
		l := farm.Login{Name: k.name, Role: k.role}
		if k.role == farm.Work {
			l.For = served(k, s.known)
		}
		if err := f.Let(ctx, k.key, l); err != nil {
			return err
		}
		keys = append(keys, k.key)
	}
	return f.Forget(ctx, keys)
}
