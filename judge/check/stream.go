package check

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// bufferSize is what each stream holds at once. A longer token is compared in pieces.
const bufferSize = 128 << 10

// isSpace and lower are tables of what the C locale's isspace and tolower say.
var (
	isSpace = func() (t [256]bool) {
		for _, b := range " \f\n\r\t\v" {
			t[b] = true
		}
		return t
	}()
	lower = func() (t [256]byte) {
		for i := range t {
			t[i] = byte(i)
			if 'A' <= i && i <= 'Z' {
				t[i] += 'a' - 'A'
			}
		}
		return t
	}()
)

// A stream reads through a buffer and knows where it stands.
type stream struct {
	r         io.Reader
	name      string // for errors
	buf       []byte
	pos, end  int // buf[pos:end] is read, and not yet passed
	eof       bool
	base      int64 // offset of buf[0]
	line      int64 // line ends passed
	lineStart int64 // offset of the first byte of this line
}

func (s *stream) rest() []byte { return s.buf[s.pos:s.end] }

func (s *stream) position() Position {
	at := s.base + int64(s.pos)
	return Position{Offset: at, Line: s.line + 1, Column: at - s.lineStart + 1}
}

// fill reads more behind what is there, unless there is no more, or no place for it.
func (s *stream) fill() error {
	if s.eof {
		return nil
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.pos, s.end = 0, s.end-s.pos
	}
	for tries := 0; s.end < len(s.buf); tries++ {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		switch {
		case err == io.EOF:
			s.eof = true
			return nil
		case err != nil:
			return fmt.Errorf("read the %s at byte %d: %w", s.name, s.base+int64(s.end), err)
		case n > 0:
			return nil
		case tries == 100:
			return fmt.Errorf("read the %s at byte %d: %w", s.name, s.base+int64(s.end), io.ErrNoProgress)
		}
	}
	return nil
}

// some makes sure that there is a byte to look at, unless the stream has ended.
func (s *stream) some() error {
	for s.pos == s.end && !s.eof {
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) atEOF() (bool, error) {
	err := s.some()
	return s.pos == s.end, err
}

// advance passes n bytes, whatever they are.
func (s *stream) advance(n int) {
	passed := s.buf[s.pos : s.pos+n]
	if i := bytes.LastIndexByte(passed, '\n'); i >= 0 {
		s.line += int64(bytes.Count(passed, []byte{'\n'}))
		s.lineStart = s.base + int64(s.pos+i+1)
	}
	s.pos += n
}

// advanceWord passes n bytes of a token.
func (s *stream) advanceWord(n int) { s.pos += n }

func (s *stream) skipSpace() error {
	for {
		b := s.rest()
		n := 0
		for n < len(b) && isSpace[b[n]] {
			n++
		}
		s.advance(n)
		if n < len(b) || s.eof {
			return nil
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

// peekSpace is the next byte if it is white space.
func (s *stream) peekSpace() (byte, bool, error) {
	if err := s.some(); err != nil || s.pos == s.end || !isSpace[s.buf[s.pos]] {
		return 0, false, err
	}
	return s.buf[s.pos], true, nil
}

// peekShown is for a message: the white space that is next, or what comes instead.
func (s *stream) peekShown() string {
	b := s.rest()
	if len(b) == 0 {
		return ""
	}
	if !isSpace[b[0]] {
		return excerpt(s.peekWord(), 0)
	}
	n := 0
	for n < len(b) && isSpace[b[n]] {
		n++
	}
	return excerpt(b[:n], 0)
}

// peekWord is as much as is in the buffer of the token that is next.
func (s *stream) peekWord() []byte {
	b := s.rest()
	return b[:wordLength(b)]
}

// word is the token that is next, and whether that is all of it.
func (s *stream) word() ([]byte, bool, error) {
	n := 0
	for {
		b := s.rest()
		n += wordLength(b[n:])
		if n < len(b) || s.eof {
			return b[:n], true, nil
		}
		if len(b) == len(s.buf) {
			return b, false, nil
		}
		if err := s.fill(); err != nil {
			return nil, false, err
		}
	}
}

// piece is the next part of a token, empty at its end.
func (s *stream) piece() ([]byte, error) {
	if err := s.some(); err != nil {
		return nil, err
	}
	return s.peekWord(), nil
}

func wordLength(b []byte) int {
	for i, x := range b {
		if isSpace[x] {
			return i
		}
	}
	return len(b)
}

// words counts the tokens in what ends with white space.
func words(b []byte) int64 {
	var n int64
	before := true
	for _, x := range b {
		space := isSpace[x]
		if space && !before {
			n++
		}
		before = space
	}
	return n
}

// common is the length of the longest common prefix.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
