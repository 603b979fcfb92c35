package policy

import (
	"strconv"
	"strings"
)

// quoted skips a string of any of TOML's four kinds and gives the value of a
// one-line one, as keys have. A string over several lines gives "".
func (s *scanner) quoted() string {
	quote := s.text[s.pos]
	if strings.HasPrefix(s.text[s.pos:], strings.Repeat(string(quote), 3)) {
		s.longString(quote)
		return ""
	}
	s.pos++
	start := s.pos
	for s.pos < len(s.text) && s.peek() != quote {
		if quote == '"' && s.peek() == '\\' {
			s.pos++
		}
		s.pos++
	}
	s.pos = min(s.pos, len(s.text))
	raw := s.text[start:s.pos]
	s.accept(quote)
	if quote == '\'' {
		return raw
	}
	return unescape(raw)
}

// longString skips a string in three quotes. It may end in up to two quotes
// that belong to it, so the last three of a row of quotes end it.
func (s *scanner) longString(quote byte) {
	end := strings.Repeat(string(quote), 3)
	s.pos += len(end)
	for s.pos < len(s.text) {
		switch {
		case quote == '"' && s.peek() == '\\':
			s.pos += 2
		case strings.HasPrefix(s.text[s.pos:], end):
			s.pos += len(end)
			for range 2 {
				s.accept(quote)
			}
			return
		default:
			s.pos++
		}
	}
	s.pos = len(s.text)
}

// unescape gives the value of a basic string without its quotes.
func unescape(raw string) string {
	if !strings.Contains(raw, `\`) {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			b.WriteByte(raw[i])
			continue
		}
		i++
		digits := 0
		switch raw[i] {
		case 'b':
			b.WriteByte('\b')
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'f':
			b.WriteByte('\f')
		case 'r':
			b.WriteByte('\r')
		case 'e':
			b.WriteByte(0x1b)
		case 'x':
			digits = 2
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		default:
			b.WriteByte(raw[i])
		}
		if digits > 0 && i+digits < len(raw) {
			code, _ := strconv.ParseUint(raw[i+1:i+1+digits], 16, 32) // the library has checked the digits
			b.WriteRune(rune(code))
			i += digits
		}
	}
	return b.String()
}
