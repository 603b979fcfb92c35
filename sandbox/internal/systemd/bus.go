package systemd

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long the bus and systemd may take for each answer.
const patience = 5 * time.Second

// A conn is a connection to a bus.
type conn struct {
	fd     int
	serial uint32
	// signals are those that came while an answer was waited for.
	signals []message
}

// dial connects to the socket of a bus, and says who we are: the kernel tells
// the bus our uid (D-Bus specification, "Authentication Protocol", EXTERNAL).
func dial(socket string) (*conn, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	c := &conn{fd: fd}
	if err := c.open(socket); err != nil {
		c.close()
		return nil, fmt.Errorf("connect to the bus at %s: %w", socket, err)
	}
	return c, nil
}

func (c *conn) open(socket string) error {
	limit := unix.NsecToTimeval(patience.Nanoseconds())
	for _, option := range []int{unix.SO_RCVTIMEO, unix.SO_SNDTIMEO} {
		if err := unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, option, &limit); err != nil {
			return err
		}
	}
	if err := unix.Connect(c.fd, &unix.SockaddrUnix{Name: socket}); err != nil {
		return err
	}
	uid := hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid())))
	if err := c.send([]byte("\x00AUTH EXTERNAL " + uid + "\r\n")); err != nil {
		return err
	}
	var line []byte
	for !bytes.HasSuffix(line, []byte("\r\n")) {
		var b [1]byte // what comes after the line is not ours to take yet
		if err := c.receive(b[:]); err != nil {
			return err
		}
		if line = append(line, b[0]); len(line) > 512 {
			return fmt.Errorf("it answers %q", line)
		}
	}
	if !bytes.HasPrefix(line, []byte("OK ")) {
		return fmt.Errorf("it does not take us for uid %d: %q", os.Geteuid(), bytes.TrimSpace(line))
	}
	if err := c.send([]byte("BEGIN\r\n")); err != nil {
		return err
	}
	_, err := c.call(theBus, "/org/freedesktop/DBus", theBus, "Hello", "", nil)
	return err
}

func (c *conn) close() { unix.Close(c.fd) }

func (c *conn) send(data []byte) error {
	for len(data) > 0 {
		n, err := unix.SendmsgN(c.fd, data, nil, nil, unix.MSG_NOSIGNAL)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("send: %w", err)
		}
		data = data[n:]
	}
	return nil
}

// receive fills buf.
func (c *conn) receive(buf []byte) error {
	for len(buf) > 0 {
		n, err := unix.Read(c.fd, buf)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN: // SO_RCVTIMEO, socket(7)
			return fmt.Errorf("no answer for %v", patience)
		case err != nil:
			return fmt.Errorf("receive: %w", err)
		case n == 0:
			return fmt.Errorf("the connection was closed")
		}
		buf = buf[n:]
	}
	return nil
}

func (c *conn) next() (message, error) {
	header := make([]byte, fixedHeader)
	if err := c.receive(header); err != nil {
		return message{}, err
	}
	n, err := length(header)
	if err != nil {
		return message{}, err
	}
	data := append(header, make([]byte, n-fixedHeader)...)
	if err := c.receive(data[fixedHeader:]); err != nil {
		return message{}, err
	}
	return parse(data)
}

// An Error is what the bus or systemd answered.
type Error struct{ Name, Text string }

func (e *Error) Error() string { return e.Name + ": " + e.Text }

// call calls a method and waits for the answer, whose body it returns.
func (c *conn) call(destination, path, iface, member, signature string, body []byte) ([]byte, error) {
	c.serial++
	if err := c.send(call(c.serial, destination, path, iface, member, signature, body)); err != nil {
		return nil, fmt.Errorf("%s: %w", member, err)
	}
	for {
		m, err := c.next()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", member, err)
		}
		switch {
		case m.kind == signal:
			c.signals = append(c.signals, m)
		case m.reply != c.serial:
		case m.kind == errorReply:
			r := reader{data: m.body}
			return nil, fmt.Errorf("%s: %w", member, &Error{m.errorName, r.str()})
		case m.kind == methodReturn:
			return m.body, nil
		}
	}
}

// signal gives the next signal, of those that came first.
func (c *conn) signal() (message, error) {
	if len(c.signals) > 0 {
		m := c.signals[0]
		c.signals = c.signals[1:]
		return m, nil
	}
	for {
		m, err := c.next()
		if err != nil || m.kind == signal {
			return m, err
		}
	}
}
