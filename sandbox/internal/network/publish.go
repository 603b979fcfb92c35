package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// A Published is a TCP port of the run that appears on the host.
type Published struct {
	Host netip.AddrPort // port 0 is any that is free
	Port uint16         // of the run
}

// A publisher hands connections on, from the host to the run. judge does that
// itself: rules that rewrite addresses would have to let packets for 127.0.0.1 leave the host
// (route_localnet, ip-sysctl.rst), and so others send some.
type publisher struct {
	ports []*port
	dial  net.Dialer
	run   context.Context // until close
	quit  context.CancelFunc
	all   sync.WaitGroup // of its goroutines
}

type port struct {
	l  *net.TCPListener
	to netip.AddrPort
}

const (
	// maxConnections bounds what is open at once of one port; more wait where the kernel queues them.
	maxConnections = 512
	// dialPatience: the run is one hop away.
	dialPatience = 5 * time.Second
)

// publish takes the ports; nothing is handed on before start.
func publish(list []Published, run netip.Addr) (*publisher, []Published, error) {
	p := &publisher{dial: net.Dialer{Timeout: dialPatience}}
	p.run, p.quit = context.WithCancel(context.Background())
	var got []Published
	for _, w := range list {
		l, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(w.Host))
		if err != nil {
			p.close()
			return nil, nil, refusedPort(w, err)
		}
		p.ports = append(p.ports, &port{l, netip.AddrPortFrom(run, w.Port)})
		got = append(got, Published{l.Addr().(*net.TCPAddr).AddrPort(), w.Port})
	}
	return p, got, nil
}

func refusedPort(w Published, err error) error {
	var errno syscall.Errno
	errors.As(err, &errno)
	e := &Unfit{What: fmt.Sprintf("--publish %s:%d", w.Host, w.Port), Err: err, Hint: "name another port of the host, or 0 for any that is free"}
	switch errno {
	case syscall.EADDRINUSE:
		e.Err = errno
	case syscall.EADDRNOTAVAIL:
		e.Err, e.Hint = errno, "the host has no such address: leave it out for 127.0.0.1"
	}
	return e
}

func (p *publisher) start() {
	for _, one := range p.ports {
		p.all.Go(func() { p.serve(one) })
	}
}

// serve takes connections until the listener is closed.
func (p *publisher) serve(one *port) {
	room := make(chan struct{}, maxConnections)
	for {
		select {
		case room <- struct{}{}:
		case <-p.run.Done():
			return
		}
		client, err := one.l.AcceptTCP()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			<-room
			select { // as out of descriptors: others may be given back
			case <-time.After(50 * time.Millisecond):
			case <-p.run.Done():
				return
			}
			continue
		}
		p.all.Go(func() {
			p.handOn(client, one.to)
			<-room
		})
	}
}

// handOn copies both ways until both ends have said all, or the run has ended. Nobody
// who listens in the run shows as a connection that is closed at once.
func (p *publisher) handOn(client *net.TCPConn, to netip.AddrPort) {
	defer client.Close()
	conn, err := p.dial.DialContext(p.run, "tcp4", to.String())
	if err != nil {
		_ = client.SetLinger(0) // the client is to see a reset, not an empty answer
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	done := make(chan struct{}, 2)
	for _, way := range [][2]*net.TCPConn{{server, client}, {client, server}} {
		p.all.Go(func() {
			if _, err := io.Copy(way[0], way[1]); err != nil {
				_ = way[0].SetLinger(0) // as the one end broke off, so does the other
				way[0].Close()
			}
			_ = way[0].CloseWrite() // it is closed, or told that no more comes
			done <- struct{}{}
		})
	}
	for range 2 {
		select {
		case <-done:
		case <-p.run.Done():
			return // closing both ends the copying
		}
	}
}

// close ends everything, and waits for it.
func (p *publisher) close() {
	p.quit()
	for _, one := range p.ports {
		one.l.Close()
	}
	p.all.Wait()
}
