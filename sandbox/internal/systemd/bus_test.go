package systemd

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A fakeBus is a bus with systemd on it, for one connection. It reads with code
// of its own.
type fakeBus struct {
	in  *bufio.Reader
	out net.Conn

	reject  bool   // our uid
	refuse  string // the error that StartTransientUnit is answered with
	early   bool   // the job ends before its number is told
	result  string // of the job
	silent  bool   // the bus is closed in place of the job's end
	calls   []string
	unit    string
	pids    []uint32
	other   map[string]string // properties besides PIDs, in hex
	answers uint32
}

const fakeJob = "/org/freedesktop/systemd1/job/42"

func (b *fakeBus) serve() error {
	zero, err := b.in.ReadByte()
	if err != nil || zero != 0 {
		return fmt.Errorf("the first byte is %d, %v", zero, err)
	}
	line, err := b.in.ReadString('\n')
	if want := "AUTH EXTERNAL " + hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid()))) + "\r\n"; line != want {
		return fmt.Errorf("%q %v, want %q", line, err, want)
	}
	if b.reject {
		_, err := io.WriteString(b.out, "REJECTED EXTERNAL\r\n")
		return err
	}
	io.WriteString(b.out, "OK 1234deadbeef\r\n")
	if line, err := b.in.ReadString('\n'); line != "BEGIN\r\n" {
		return fmt.Errorf("%q %v, want BEGIN", line, err)
	}
	for {
		again, err := b.answer()
		if err == io.EOF || errors.Is(err, unix.ECONNRESET) { // the client has gone, and had not read all
			return nil
		}
		if err != nil || !again {
			return err
		}
	}
}

// answer takes one call.
func (b *fakeBus) answer() (bool, error) {
	header := make([]byte, 16)
	if _, err := io.ReadFull(b.in, header); err != nil {
		return false, err
	}
	le := binary.LittleEndian
	serial, fields := le.Uint32(header[8:]), le.Uint32(header[12:])
	rest := make([]byte, (fields+7)/8*8+le.Uint32(header[4:]))
	if _, err := io.ReadFull(b.in, rest); err != nil {
		return false, err
	}
	if header[0] != 'l' || header[1] != 1 || header[3] != 1 {
		return false, fmt.Errorf("header % x", header)
	}
	strs := map[byte]string{}
	for at := 0; at < int(fields); at = (at + 7) / 8 * 8 {
		code, kind := rest[at], rest[at+2]
		if kind == 'g' {
			n := int(rest[at+4])
			strs[code] = string(rest[at+5 : at+5+n])
			at += 5 + n + 1
			continue
		}
		n := int(le.Uint32(rest[at+4:]))
		strs[code] = string(rest[at+8 : at+8+n])
		at += 8 + n + 1
	}
	body := rest[(fields+7)/8*8:]
	b.calls = append(b.calls, fmt.Sprintf("%s %s %s.%s(%s)", strs[6], strs[1], strs[2], strs[3], strs[8]))
	switch strs[3] {
	case "Hello":
		// The bus tells that we have a name before it answers the next call, too.
		b.send(signal, 0, "NameAcquired", ":1.9")
		return true, b.reply(serial, ":1.9")
	case "StartTransientUnit":
		return b.start(serial, body)
	}
	return true, b.reply(serial)
}

func (b *fakeBus) start(serial uint32, body []byte) (bool, error) {
	if b.refuse != "" {
		return true, b.send(errorReply, serial, b.refuse, "it says why")
	}
	if err := b.readUnit(body); err != nil {
		return false, err
	}
	if b.early {
		b.jobRemoved(fakeJob, b.result)
	}
	if err := b.reply(serial, fakeJob); err != nil {
		return false, err
	}
	if b.silent {
		return false, b.out.Close()
	}
	b.jobRemoved("/org/freedesktop/systemd1/job/41", "failed") // of somebody else
	b.send(signal, 0, "UnitNew", "x.service")
	if !b.early {
		b.jobRemoved(fakeJob, b.result)
	}
	return true, nil
}

// readUnit takes the body of StartTransientUnit, ssa(sv)a(sa(sv)), apart.
func (b *fakeBus) readUnit(body []byte) error {
	r := body
	le := binary.LittleEndian
	at := func() int { return len(body) - len(r) }
	align := func(n int) { r = r[(n-at()%n)%n:] }
	str := func() string {
		align(4)
		n := le.Uint32(r)
		s := string(r[4 : 4+n])
		r = r[4+n+1:]
		return s
	}
	b.unit = str()
	if mode := str(); mode != "fail" {
		return fmt.Errorf("mode %q", mode)
	}
	align(4)
	length := int(le.Uint32(r))
	r = r[4:]
	align(8)
	b.other = map[string]string{}
	for end := at() + length; at() < end; {
		align(8)
		name := str()
		kind := string(r[1 : 1+r[0]])
		r = r[1+int(r[0])+1:]
		switch kind {
		case "s":
			b.other[name] = str()
		case "b":
			align(4)
			b.other[name] = fmt.Sprint(le.Uint32(r) == 1)
			r = r[4:]
		case "t":
			align(8)
			b.other[name] = fmt.Sprint(le.Uint64(r))
			r = r[8:]
		case "au":
			align(4)
			n := int(le.Uint32(r)) / 4
			r = r[4:]
			for range n {
				b.pids = append(b.pids, le.Uint32(r))
				r = r[4:]
			}
		default:
			return fmt.Errorf("%s is of type %q", name, kind)
		}
	}
	align(4)
	if rest := bytes.Trim(r, "\x00"); len(rest) != 0 || len(r) < 4 {
		return fmt.Errorf("% x behind the properties", r)
	}
	return nil
}

// jobRemoved is a signal (u o s s).
func (b *fakeBus) jobRemoved(job, result string) {
	var body []byte
	le := binary.LittleEndian
	body = le.AppendUint32(body, 42)
	for _, s := range []string{job, "x.scope", result} {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		body = append(append(le.AppendUint32(body, uint32(len(s))), s...), 0)
	}
	b.raw(signal, 0, "JobRemoved", body)
}

func (b *fakeBus) reply(serial uint32, values ...string) error {
	return b.send(methodReturn, serial, "", values...)
}

// send sends a message whose body is strings; name is that of a signal or an error.
func (b *fakeBus) send(kind byte, serial uint32, name string, values ...string) error {
	var body []byte
	for _, s := range values {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		body = append(append(binary.LittleEndian.AppendUint32(body, uint32(len(s))), s...), 0)
	}
	return b.raw(kind, serial, name, body)
}

func (b *fakeBus) raw(kind byte, serial uint32, name string, body []byte) error {
	le := binary.LittleEndian
	b.answers++
	msg := le.AppendUint32(le.AppendUint32([]byte{'l', kind, 1, 1}, uint32(len(body))), b.answers)
	var fields []byte
	field := func(code, kind byte, text string) {
		for len(fields)%8 != 0 {
			fields = append(fields, 0)
		}
		fields = append(fields, code, 1, kind, 0)
		if kind == 'g' {
			fields = append(append(append(fields, byte(len(text))), text...), 0)
			return
		}
		fields = append(append(le.AppendUint32(fields, uint32(len(text))), text...), 0)
	}
	field(7, 's', ":1.1")
	field(8, 'g', "s")
	switch kind {
	case signal:
		field(3, 's', name)
		field(1, 'o', "/x")
	case errorReply:
		field(4, 's', name)
	}
	if serial != 0 {
		for len(fields)%8 != 0 {
			fields = append(fields, 0)
		}
		fields = le.AppendUint32(append(fields, 5, 1, 'u', 0), serial)
	}
	msg = append(le.AppendUint32(msg, uint32(len(fields))), fields...)
	for len(msg)%8 != 0 {
		msg = append(msg, 0)
	}
	_, err := b.out.Write(append(msg, body...))
	return err
}

// listenOn serves one connection; the channel gives what was wrong with it.
func listenOn(t *testing.T, b *fakeBus) (string, <-chan error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		defer c.Close()
		b.in, b.out = bufio.NewReader(c), c
		done <- b.serve()
	}()
	return path, done
}

func TestScope(t *testing.T) {
	for _, early := range []bool{false, true} {
		b := &fakeBus{result: "done", early: early}
		path, done := listenOn(t, b)
		if err := Scope(path, []int{1234, 77}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(b.pids, []uint32{1234, 77}) || !strings.HasPrefix(b.unit, fmt.Sprintf("judge-%d-", os.Getpid())) || !strings.HasSuffix(b.unit, ".scope") {
			t.Errorf("unit %s of %v", b.unit, b.pids)
		}
		if b.other["Delegate"] != "true" || b.other["TasksMax"] != "18446744073709551615" || b.other["CollectMode"] != "inactive-or-failed" || b.other["Description"] == "" {
			t.Errorf("properties %v", b.other)
		}
		want := []string{
			"org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus.Hello()",
			"org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus.AddMatch(s)",
			"org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.Subscribe()",
			"org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.StartTransientUnit(ssa(sv)a(sa(sv)))",
		}
		if !slices.Equal(b.calls, want) {
			t.Errorf("calls\n%s\nwant\n%s", strings.Join(b.calls, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestScopeIsNotGiven(t *testing.T) {
	for _, tt := range []struct {
		name string
		bus  *fakeBus
		want string
	}{
		{"not for us", &fakeBus{reject: true}, "REJECTED"},
		{"a unit of that name", &fakeBus{refuse: "org.freedesktop.systemd1.UnitExists"}, "org.freedesktop.systemd1.UnitExists: it says why"},
		{"a job that failed", &fakeBus{result: "failed"}, `ended with "failed"`},
		{"no end", &fakeBus{silent: true}, "connection was closed"},
	} {
		path, done := listenOn(t, tt.bus)
		err := Scope(path, []int{1})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
		if err := <-done; err != nil {
			t.Errorf("%s: the bus: %v", tt.name, err)
		}
	}
	var told *Error
	b := &fakeBus{refuse: "a.b"}
	path, _ := listenOn(t, b)
	if err := Scope(path, nil); !errors.As(err, &told) || told.Name != "a.b" {
		t.Errorf("%v", err)
	}
	if err := Scope(filepath.Join(t.TempDir(), "none"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no bus: %v", err)
	}
}

func TestSocket(t *testing.T) {
	booted := "/run/systemd/system"
	for _, tt := range []struct {
		name  string
		root  bool
		env   string // K=V
		files []string
		want  string
	}{
		{"no systemd", true, "", []string{"/run/dbus/system_bus_socket"}, ""},
		{"root", true, "", []string{booted, "/run/dbus/system_bus_socket"}, "/run/dbus/system_bus_socket"},
		{"root without a bus", true, "", []string{booted, "/run/user/7/bus"}, ""},
		{"a user", false, "", []string{booted, "/run/dbus/system_bus_socket", "/run/user/7/bus"}, "/run/user/7/bus"},
		{"a user's own directory", false, "XDG_RUNTIME_DIR=/x", []string{booted, "/x/bus", "/run/user/7/bus"}, "/x/bus"},
		{"an address", false, "DBUS_SESSION_BUS_ADDRESS=unix:abstract=/a;unix:path=/y/b,guid=00", []string{booted, "/y/b"}, "/y/b"},
		{"the user's before a desktop's", false, "DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/dbus-1", []string{booted, "/tmp/dbus-1", "/run/user/7/bus"}, "/run/user/7/bus"},
		{"a user without one", false, "DBUS_SESSION_BUS_ADDRESS=tcp:host=x", []string{booted, "/run/dbus/system_bus_socket"}, ""},
	} {
		name, value, _ := strings.Cut(tt.env, "=")
		getenv := func(k string) string {
			if k == name {
				return value
			}
			return ""
		}
		got := Socket(tt.root, 7, getenv, func(path string) bool { return slices.Contains(tt.files, path) })
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What a bus sends is not to be trusted: it must come to an error, not to a panic
// or a great allocation.
func FuzzParse(f *testing.F) {
	f.Add(call(1, "a.b", "/c", "a.d", "E", "s", []byte{1, 0, 0, 0, 'x', 0}))
	f.Add([]byte("l\x02\x01\x01\x00\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < fixedHeader {
			return
		}
		n, err := length(data[:fixedHeader])
		if err != nil || n > len(data) {
			return
		}
		m, err := parse(data[:n])
		if err == nil && len(m.body) > len(data) {
			t.Errorf("a body of %d bytes", len(m.body))
		}
	})
}
