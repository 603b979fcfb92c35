package network

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A wire is a socket for requests of rtnetlink(7), or of nftables. What takes the time with netlink is
// less the kernel than the way there: messages that follow each other go in one
// datagram, of which only the last asks for an answer, and there is one buffer. With libraries, which
// exchange them one by one, each answer with a buffer of its own, a bridged run took 1.5 ms
// more of a processor; what few runs need is theirs (library).
type wire struct {
	mu  sync.Mutex
	fd  int
	seq uint32
	buf []byte
}

// routeSocket opens one, in the calling thread's namespace, where it stays.
func routeSocket() (*wire, error) { return dial(unix.NETLINK_ROUTE) }

// rulesSocket opens one for nftables.
func rulesSocket() (*wire, error) {
	w, err := dial(unix.NETLINK_NETFILTER)
	return w, missing(err)
}

func dial(protocol int) (*wire, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w", err)
	}
	// The kernel has answered when the request is sent; this is for the day when it has not.
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: int64(patience.Seconds())}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("set up a netlink socket: %w", err)
	}
	return &wire{fd: fd, buf: make([]byte, 16<<10)}, nil
}

func (w *wire) close() { unix.Close(w.fd) }

// A message is a request, without its header but for these.
type message struct {
	kind, flags uint16
	body        []byte
}

// refused are the messages that the kernel did not do, by their place, and why.
type refused map[int]unix.Errno

// do sends messages. The kernel does them in their order, and goes on after one that it refuses
// (netlink_rcv_skb in net/netlink/af_netlink.c).
func (w *wire) do(list []message) (refused, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	no := refused{}
	return no, w.exchange(list, len(list)-1, func(n int, h header, body []byte) error {
		if errno := errnoOf(body); h.kind == unix.NLMSG_ERROR && errno != 0 {
			no[n] = errno
		}
		return nil
	})
}

// one sends one.
func (w *wire) one(m message) error {
	no, err := w.do([]message{m})
	if errno, bad := no[0]; bad && err == nil {
		return errno
	}
	return err
}

// ask sends a question that has one answer.
func (w *wire) ask(m message) (answer []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	err = w.exchange([]message{m}, 0, func(_ int, h header, body []byte) error {
		if h.kind != unix.NLMSG_ERROR {
			answer = bytes.Clone(body)
		} else if errno := errnoOf(body); errno != 0 {
			return errno
		}
		return nil
	})
	return answer, err
}

// list asks for a list until nothing has changed while it was told (NLM_F_DUMP_INTR), which
// each entry is handed over of.
func (w *wire) list(m message, each func(body []byte)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m.flags |= unix.NLM_F_DUMP
	for range tries {
		var entries [][]byte
		changed := false
		err := w.exchange([]message{m}, 0, func(_ int, h header, body []byte) error {
			changed = changed || h.flags&unix.NLM_F_DUMP_INTR != 0
			switch {
			case h.kind != unix.NLMSG_ERROR && h.kind != unix.NLMSG_DONE:
				entries = append(entries, bytes.Clone(body))
			case len(body) >= 4 && errnoOf(body) != 0:
				return errnoOf(body)
			}
			return nil
		})
		if err != nil || !changed {
			for _, e := range entries {
				each(e)
			}
			return err
		}
		time.Sleep(100 * time.Microsecond)
	}
	return fmt.Errorf("it changed %d times while it was told", tries)
}

// header is struct nlmsghdr, less the number of its sender.
type header struct {
	length      uint32
	kind, flags uint16
	seq         uint32
}

func headerOf(b []byte) header {
	return header{binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:]), binary.NativeEndian.Uint32(b[8:])}
}

// errnoOf the body of an NLMSG_ERROR, which is 0 where nothing was wrong.
func errnoOf(body []byte) unix.Errno {
	if len(body) < 4 {
		return unix.EBADMSG
	}
	return unix.Errno(-int32(binary.NativeEndian.Uint32(body)))
}

// exchange sends messages and hands over what comes back, each with its message's place,
// until the message in the place last is acknowledged, or its list at an end, or got has seen enough.
func (w *wire) exchange(list []message, last int, got func(n int, h header, body []byte) error) error {
	first := w.seq + 1
	w.seq += uint32(len(list))
	var out []byte
	for i, m := range list {
		flags := m.flags | unix.NLM_F_REQUEST
		if i == last {
			flags |= unix.NLM_F_ACK
		}
		out = binary.NativeEndian.AppendUint32(out, uint32(unix.SizeofNlMsghdr+len(m.body)))
		out = binary.NativeEndian.AppendUint16(out, m.kind)
		out = binary.NativeEndian.AppendUint16(out, flags)
		out = binary.NativeEndian.AppendUint32(out, first+uint32(i))
		out = append(append(out, 0, 0, 0, 0), m.body...)
		out = append(out, make([]byte, aligned(len(out))-len(out))...)
	}
	if err := w.makeRoom(len(out)); err != nil {
		return err
	}
	if err := unix.Sendto(w.fd, out, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("send to netlink: %w", err)
	}
	for {
		data, err := w.receive()
		if err != nil {
			return err
		}
		for len(data) >= unix.SizeofNlMsghdr {
			h := headerOf(data)
			if int(h.length) < unix.SizeofNlMsghdr || int(h.length) > len(data) {
				return fmt.Errorf("receive from netlink: a message of %d bytes in %d", h.length, len(data))
			}
			n := h.seq - first
			if n < uint32(len(list)) { // and no answer to one before, of which nobody waited for the end
				if err := got(int(n), h, data[unix.SizeofNlMsghdr:h.length]); err != nil {
					return err
				}
				if int(n) == last && (h.kind == unix.NLMSG_ERROR || h.kind == unix.NLMSG_DONE) {
					return nil
				}
			}
			data = data[min(aligned(int(h.length)), len(data)):]
		}
	}
}

// usualRoom is less than what a socket sends at once (sysctl net.core.wmem_default).
const usualRoom = 64 << 10

// makeRoom lets the socket send a datagram of that size, as a transaction with hundreds of rules is
// (socket(7), SO_SNDBUFFORCE; EMSGSIZE of netlink_sendmsg in net/netlink/af_netlink.c).
func (w *wire) makeRoom(size int) error {
	if size < usualRoom {
		return nil
	}
	if err := unix.SetsockoptInt(w.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 2*size); err != nil {
		return fmt.Errorf("make room for %d bytes to netlink: %w", size, err)
	}
	return nil
}

// receive gives one datagram of the kernel's.
func (w *wire) receive() ([]byte, error) {
	for {
		n, from, err := unix.Recvfrom(w.fd, w.buf, unix.MSG_TRUNC)
		switch sender, _ := from.(*unix.SockaddrNetlink); {
		case err == unix.EINTR: // a socket with a timeout does not go on by itself (signal(7))
		case err != nil:
			return nil, fmt.Errorf("receive from netlink: %w", err)
		case sender == nil || sender.Pid != 0: // only the kernel is believed
		case n > len(w.buf):
			return nil, fmt.Errorf("receive from netlink: %d bytes, more than %d", n, len(w.buf))
		default:
			return w.buf[:n], nil
		}
	}
}

// aligned to words of four bytes, as messages and attributes are.
func aligned(n int) int { return (n + 3) &^ 3 }
