package systemd

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Messages of D-Bus, as far as they are needed here (D-Bus specification,
// "Message Format" and "Marshaling"): little-endian, version 1.

const (
	methodCall   = 1
	methodReturn = 2
	errorReply   = 3
	signal       = 4
)

// Codes of header fields.
const (
	fieldPath        = 1
	fieldInterface   = 2
	fieldMember      = 3
	fieldErrorName   = 4
	fieldReplySerial = 5
	fieldDestination = 6
	fieldSignature   = 8
)

const (
	fixedHeader = 16       // up to and with the length of the header fields
	maxMessage  = 64 << 10 // what systemd answers here is far smaller; a bus may send 128 MiB
)

// A writer marshals. Alignment counts from the start of the slice.
type writer []byte

func (w *writer) pad(n int) {
	for len(*w)%n != 0 {
		*w = append(*w, 0)
	}
}

func (w *writer) uint32(n uint32) {
	w.pad(4)
	*w = binary.LittleEndian.AppendUint32(*w, n)
}

func (w *writer) uint64(n uint64) {
	w.pad(8)
	*w = binary.LittleEndian.AppendUint64(*w, n)
}

// str marshals a string or an object path.
func (w *writer) str(s string) {
	w.uint32(uint32(len(s)))
	*w = append(append(*w, s...), 0)
}

func (w *writer) signature(s string) {
	*w = append(append(append(*w, byte(len(s))), s...), 0)
}

// array marshals a list whose elements are aligned to n: the padding before the
// first does not count in its length.
func (w *writer) array(n int, elements func()) {
	w.uint32(0)
	length := len(*w) - 4
	w.pad(n)
	start := len(*w)
	elements()
	binary.LittleEndian.PutUint32((*w)[length:], uint32(len(*w)-start))
}

// call marshals a call of a method.
func call(serial uint32, destination, path, iface, member, signature string, body []byte) []byte {
	w := writer{'l', methodCall, 0, 1}
	w.uint32(uint32(len(body)))
	w.uint32(serial)
	w.array(8, func() {
		for _, f := range []struct {
			code        byte
			kind, value string
		}{
			{fieldPath, "o", path}, {fieldInterface, "s", iface}, {fieldMember, "s", member},
			{fieldDestination, "s", destination}, {fieldSignature, "g", signature},
		} {
			if f.value == "" {
				continue
			}
			w.pad(8)
			w = append(w, f.code)
			w.signature(f.kind)
			if f.kind == "g" {
				w.signature(f.value)
			} else {
				w.str(f.value)
			}
		}
	})
	w.pad(8)
	return append(w, body...)
}

// A message that came.
type message struct {
	kind              byte
	reply             uint32 // the serial of the call that it answers
	member, errorName string
	body              []byte
}

// length of a message, of which the first 16 bytes are at hand.
func length(header []byte) (int, error) {
	if header[0] != 'l' || header[3] != 1 {
		return 0, fmt.Errorf("a message of byte order %q, version %d", header[0], header[3])
	}
	body, fields := binary.LittleEndian.Uint32(header[4:]), binary.LittleEndian.Uint32(header[12:])
	n := uint64(fixedHeader) + (uint64(fields)+7)/8*8 + uint64(body)
	if n > maxMessage {
		return 0, fmt.Errorf("a message of %d bytes", n)
	}
	return int(n), nil
}

var errShort = errors.New("a message is cut off")

// A reader unmarshals. After an error it gives zeros.
type reader struct {
	data []byte
	at   int
	err  error
}

func (r *reader) take(n int) []byte {
	if r.err == nil && (n < 0 || len(r.data)-r.at < n) {
		r.err = errShort
	}
	if r.err != nil {
		return nil
	}
	r.at += n
	return r.data[r.at-n : r.at]
}

func (r *reader) pad(n int) { r.take((n - r.at%n) % n) }

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint32() uint32 {
	r.pad(4)
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) str() string {
	s := r.take(int(r.uint32()))
	r.take(1)
	return string(s)
}

func (r *reader) signature() string {
	s := r.take(int(r.byte()))
	r.take(1)
	return string(s)
}

// parse reads a whole message.
func parse(data []byte) (message, error) {
	m := message{kind: data[1]}
	fields := int(binary.LittleEndian.Uint32(data[12:]))
	r := reader{data: data, at: fixedHeader}
	for end := fixedHeader + fields; r.err == nil && r.at < end; {
		r.pad(8)
		code := r.byte()
		switch kind := r.signature(); kind {
		case "u":
			if n := r.uint32(); code == fieldReplySerial {
				m.reply = n
			}
		case "s", "o":
			switch s := r.str(); code {
			case fieldMember:
				m.member = s
			case fieldErrorName:
				m.errorName = s
			}
		case "g":
			r.signature()
		default:
			return m, fmt.Errorf("a header field of type %q", kind)
		}
	}
	r.pad(8)
	m.body = r.data[r.at:]
	return m, r.err
}
