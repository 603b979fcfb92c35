// Package server is the NATS server that judge serve embeds, alone or one of a cluster: with JetStream, whose
// store is on the disk before anything is answered.
//
// It listens on the loopback alone, unless it has a certificate and knows its users by keys:
// whoever can connect can send jobs, and read what is in them.
package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"golang.org/x/sys/unix"

	"judge/farm"
)

// Options say how a server is started.
type Options struct {
	Listen    string // ADDRESS:PORT; port 0 is one that is free
	Dir       string // of the store
	MaxStore  int64  // bytes on the disk; 0 is three quarters of what is free there
	Cert, Key string // PEM files; "" is no TLS
	Users     string // file of users; "" is everybody, see users
	Cluster   Cluster

	// Keep is how long batches are kept that are over; 0 is for ever. Blobs that no batch needs are removed at the start, unless
	// the server is one of a cluster.
	Keep time.Duration

	// Unguarded lets a disk become really full, as it may when something else writes there fast. For tests.
	Unguarded bool
}

// maxPayload bounds a message: a verdict with what a checker and a program wrote is one.
const maxPayload = 8 << 20

// A Server is one that runs.
type Server struct {
	*server.Server
	options Options
	lock    *os.File
	own     nkeys.KeyPair // the server's own, where users have keys; else nil
	known   []known       // nil is everybody
	relay   *nats.Conn    // nil without keys
	untidy  error         // why the store was not tidied at the start, which is no reason not to serve
}

// Start starts a server, and waits until it answers. The error is a [*farm.Refusal] where the
// options would open it to the network without keys and TLS, its address is taken, or another server has the store.
func Start(o Options) (*Server, error) {
	s := &Server{options: o}
	opts, err := s.nats()
	if err != nil {
		return nil, err
	}
	if s.lock, err = lockStore(o.Dir); err != nil {
		return nil, err
	}
	if err = vacant(opts); err == nil {
		err = o.Cluster.mark(o.Dir)
	}
	if err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	s.untidy = s.tidy(*opts, tidying)
	if s.Server, err = server.NewServer(opts); err != nil {
		return nil, errors.Join(fmt.Errorf("make the server on %s: %w", o.Listen, err), s.lock.Close())
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		return nil, errors.Join(fmt.Errorf("start the server on %s: it does not answer after 30 s; is another one there?", o.Listen), s.Stop())
	}
	if s.known != nil {
		if s.relay, err = s.connect(); err == nil {
			err = relay(s.relay)
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// nats are the options as the server's library has them. It finds out who may come in.
func (s *Server) nats() (*server.Options, error) {
	o := s.options
	host, port, err := o.address()
	if err != nil {
		return nil, err
	}
	opts := &server.Options{ServerName: "judge", Host: host, Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: o.Dir,
		JetStreamMaxStore: o.MaxStore, SyncAlways: true, MaxPayload: maxPayload, NoSystemAccount: true}
	if port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	if opts.TLSConfig, err = o.tls(); err != nil {
		return nil, err
	}
	if opts.TLSConfig != nil {
		opts.TLS, opts.TLSTimeout = true, 5
	}
	if s.known, err = o.users(); err != nil {
		return nil, err
	}
	opts.Nkeys = logins(s.known)
	if s.own, err = let(opts); err != nil {
		return nil, err
	}
	return opts, o.join(opts)
}

// vacant refuses an address where nobody can listen: the library notices nothing of it but that no connection comes.
func vacant(opts *server.Options) error {
	for _, at := range []struct {
		flag, host string
		port       int
	}{{"--listen", opts.Host, opts.Port}, {"--cluster-listen", opts.Cluster.Host, opts.Cluster.Port}} {
		if at.port <= 0 { // any, or none
			continue
		}
		address := net.JoinHostPort(at.host, strconv.Itoa(at.port))
		l, err := net.Listen("tcp", address)
		if err != nil {
			return &farm.Refusal{What: fmt.Sprintf("%s %s: %v", at.flag, address, err), Hint: "name an address of this machine, and a port that no other program has"}
		}
		if err := l.Close(); err != nil {
			return fmt.Errorf("try %s %s: %w", at.flag, address, err)
		}
	}
	return nil
}

// Stop ends the server, and waits for it.
func (s *Server) Stop() error {
	if s.relay != nil {
		s.relay.Close()
	}
	s.Shutdown()
	s.WaitForShutdown()
	return s.lock.Close()
}

// address takes the listening address apart, and refuses the network without TLS and keys.
func (o Options) address() (string, int, error) {
	host, port, local, err := listening("--listen", o.Listen)
	if err == nil && !local && (o.Cert == "" || o.Key == "" || o.Users == "") {
		err = &farm.Refusal{What: fmt.Sprintf("--listen %s is open to the network, and whoever connects could have programs run, and read answers", o.Listen),
			Hint: "add --tls-cert, --tls-key and --users, or listen on 127.0.0.1"}
	}
	return host, port, err
}

// listening takes an address apart. local says that it is this machine's alone.
func listening(flag, address string) (host string, port int, local bool, err error) {
	const hint = "ADDRESS:PORT, as 127.0.0.1:4222"
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, false, &farm.Refusal{What: fmt.Sprintf("%s %s: %v", flag, address, err), Hint: hint}
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, false, &farm.Refusal{What: fmt.Sprintf("%s %s: %q is no port", flag, address, text), Hint: hint}
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip := net.ParseIP(host)
	return host, int(n), ip != nil && ip.IsLoopback(), nil
}

func (o Options) tls() (*tls.Config, error) {
	if o.Cert == "" && o.Key == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
	if err != nil {
		return nil, &farm.Refusal{What: fmt.Sprintf("--tls-cert %q, --tls-key %q: %v", o.Cert, o.Key, err), Hint: "both name PEM files: the certificate, and its key"}
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// lockStore keeps another server from the same store. The lock goes with its holder.
func lockStore(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the store: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the store: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = &farm.Refusal{What: fmt.Sprintf("another server has the store %s", dir), Hint: "stop it, or name another folder with --store"}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
