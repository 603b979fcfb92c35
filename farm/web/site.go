package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"judge/farm"
)

// Options say how a farm is served over HTTP.
type Options struct {
	Listen    string // ADDRESS:PORT; port 0 is one that is free
	Cert, Key string // PEM files; "" is no TLS
	Tokens    string // file of tokens; "" is none: everybody on this machine may do all
	Closed    bool   // the farm itself knows its users by keys: it is not open to this machine's others
	User      string // who everybody is without tokens
	Farm      *farm.Farm
	Dir       string // for what is sent, until the farm has it; it is this site's alone
	Version   string // judge's
	MaxUpload int64  // bytes of an archive; 0 is 1 GiB
	Warn      func(string)
}

// Bounds. Whoever is over one is told so, and may come again.
const (
	maxUpload    = 1 << 30 // bytes of an archive
	uploads      = 4       // at once
	ownUploads   = 2       // of one user
	documents    = 4       // results and submissions that are put together at once
	unread       = 64      // documents that are being read: each is a file
	ownUnread    = 16      // of one user
	readers      = 256     // of events
	ownReaders   = 32      // of events, of one user
	connections  = 1024
	headerBytes  = 32 << 10
	headerTime   = 10 * time.Second
	idleTime     = time.Minute
	stallTime    = 30 * time.Second // in which a reader takes something
	slowest      = 32 << 10         // bytes of an archive in a second, on average, after the first minute
	closingTime  = 5 * time.Second
	progressTime = time.Second // for which an answer about a batch that goes on is good
)

// A Site is a farm that is served.
type Site struct {
	Options
	tokens   tokens
	url      string
	listener net.Listener
	http     *http.Server
	counts   *counts
	progress *progress
	uploads  *crowd
	docs     *crowd
	unread   *crowd
	readers  *crowd
	ending   context.Context // done when the site is closed
	end      context.CancelFunc
	running  sync.WaitGroup
}

// Start listens, and serves until Close. The error is a [*farm.Refusal] where the options would open the farm to who
// has no right to it.
func Start(o Options) (*Site, error) {
	if o.MaxUpload == 0 {
		o.MaxUpload = maxUpload
	}
	loopback, err := o.check()
	if err != nil {
		return nil, err
	}
	s := &Site{Options: o, uploads: newCrowd(uploads, ownUploads), docs: newCrowd(documents, documents), unread: newCrowd(unread, ownUnread),
		readers: newCrowd(readers, ownReaders)}
	if o.Tokens != "" {
		if s.tokens, err = readTokens(o.Tokens); err != nil {
			return nil, err
		}
	}
	if err := s.clear(); err != nil {
		return nil, err
	}
	s.progress = newProgress(o.Farm)
	s.counts = newCounts(s)
	s.ending, s.end = context.WithCancel(context.Background())
	handler, err := s.handler(loopback)
	if err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	s.http = &http.Server{Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: log.New(discard{}, "", 0), BaseContext: func(net.Listener) context.Context { return s.ending }}
	s.running.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.warn("the web server ended: %v", err)
		}
	})
	s.running.Go(func() { s.counts.follow(s.ending) })
	return s, nil
}

// discard takes what net/http says of connections: whoever makes them could fill a log.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// URL is where the page is.
func (s *Site) URL() string { return s.url }

// Close ends the site: what is being sent is cancelled, and readers are cut off. It waits for that.
func (s *Site) Close() error {
	s.end()
	ctx, cancel := context.WithTimeout(context.Background(), closingTime)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	s.running.Wait()
	return errors.Join(err, os.RemoveAll(s.Dir))
}

func (s *Site) warn(format string, args ...any) {
	if s.Warn != nil {
		s.Warn(fmt.Sprintf(format, args...))
	}
}

// Check is what Start looks at first: the error is a [*farm.Refusal] where the options cannot be.
func (o Options) Check() error {
	_, err := o.check()
	if err == nil && o.Tokens != "" {
		_, err = readTokens(o.Tokens)
	}
	return err
}

// check refuses what would open the farm, and says whether it listens on the loopback alone.
func (o Options) check() (loopback bool, err error) {
	const hint = "ADDRESS:PORT, as 127.0.0.1:8080"
	host, text, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return false, &farm.Refusal{What: fmt.Sprintf("--http %s: %v", o.Listen, err), Hint: hint}
	}
	if _, err := strconv.ParseUint(text, 10, 16); err != nil {
		return false, &farm.Refusal{What: fmt.Sprintf("--http %s: %q is no port", o.Listen, text), Hint: hint}
	}
	ip := net.ParseIP(host)
	loopback = host == "localhost" || ip != nil && ip.IsLoopback()
	if !loopback && (o.Cert == "" || o.Key == "" || o.Tokens == "") {
		return false, &farm.Refusal{What: fmt.Sprintf("--http %s is open to the network, and whoever connects could have programs run, and read answers", o.Listen),
			Hint: "add --tls-cert, --tls-key and --tokens, or listen on 127.0.0.1"}
	}
	if o.Closed && o.Tokens == "" {
		return false, &farm.Refusal{What: fmt.Sprintf("--http %s would let everybody on this machine in, and --users lets in who has a key", o.Listen), Hint: "add --tokens"}
	}
	return loopback, nil
}

// clear makes the folder anew: what is in it is of a site that was killed.
func (s *Site) clear() error {
	err := os.RemoveAll(s.Dir)
	if err == nil {
		err = os.MkdirAll(s.Dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("make the folder for what is sent: %w", err)
	}
	s.Dir, err = filepath.Abs(s.Dir)
	return err
}

func (s *Site) listen() error {
	var config *tls.Config
	scheme := "http"
	if s.Cert != "" || s.Key != "" {
		pair, err := tls.LoadX509KeyPair(s.Cert, s.Key)
		if err != nil {
			return &farm.Refusal{What: fmt.Sprintf("--tls-cert %q, --tls-key %q: %v", s.Cert, s.Key, err), Hint: "both name PEM files: the certificate, and its key"}
		}
		// HTTP/1.1 alone: a connection is a request, and the bound of the one is that of the other.
		config, scheme = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, "https"
	}
	l, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return &farm.Refusal{What: fmt.Sprintf("--http: %v", err), Hint: "name an address of this machine, and a port that is free"}
	}
	s.url = fmt.Sprintf("%s://%s/", scheme, l.Addr())
	s.listener = &limited{Listener: l, free: make(chan struct{}, connections)}
	if config != nil {
		s.listener = tls.NewListener(s.listener, config)
	}
	return nil
}

// A limited listener takes so many connections at once; further ones wait in the kernel's queue.
type limited struct {
	net.Listener
	free chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	l.free <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &limitedConn{Conn: c, leave: sync.OnceFunc(func() { <-l.free })}, nil
}

type limitedConn struct {
	net.Conn
	leave func()
}

func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
