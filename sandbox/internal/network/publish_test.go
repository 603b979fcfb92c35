package network

import (
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fullPort is a port where nobody takes connections, with its queue full: who
// connects gets no answer.
func fullPort(t *testing.T) netip.AddrPort {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(name.(*unix.SockaddrInet4).Port))
	for range 50 {
		c, err := net.DialTimeout("tcp4", to.String(), 200*time.Millisecond)
		if err != nil {
			return to
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("a queue of one takes 50 connections")
	return to
}

// A run whose server answers nobody does not hold up its end.
func TestPublisherEndsWhileItDials(t *testing.T) {
	to := fullPort(t)
	p, got, err := publish([]Published{{Host: netip.AddrPortFrom(to.Addr(), 0), Port: to.Port()}}, to.Addr())
	if err != nil {
		t.Fatal(err)
	}
	dialing := make(chan struct{})
	p.dial = net.Dialer{Control: func(string, string, syscall.RawConn) error { close(dialing); return nil }} // for as long as the kernel tries
	p.start()
	c, err := net.Dial("tcp4", got[0].Host.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	<-dialing
	ended := make(chan struct{})
	go func() { p.close(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("the end waits for whom nobody answers")
	}
}
