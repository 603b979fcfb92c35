package harness

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Stdin is what a program reads: Data and then the end of the file, or with
// Open nothing at all and no end until the run is over.
type Stdin struct {
	Data []byte
	Open bool
}

// parseStdin reads the value of @stdin.
func parseStdin(value string) (Stdin, error) {
	word, rest, _ := strings.Cut(value, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case value == "empty":
		return Stdin{}, nil
	case value == "open":
		return Stdin{Open: true}, nil
	case word == "text":
		data, err := unquoteC(rest)
		return Stdin{Data: data}, err
	case word == "pattern":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 || n > 1<<30 {
			return Stdin{}, fmt.Errorf("%q is no length of a pattern", rest)
		}
		data := make([]byte, n)
		for i := range data {
			data[i] = 'a' + byte(i%26)
		}
		return Stdin{Data: data}, nil
	}
	return Stdin{}, fmt.Errorf("unknown input %q", value)
}

// simpleEscapes are the escapes of C that stand for one character.
var simpleEscapes = map[byte]byte{
	'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v',
	'\\': '\\', '"': '"', '\'': '\'', '?': '?',
}

// unquoteC reads a C string in double quotes.
func unquoteC(text string) ([]byte, error) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return nil, fmt.Errorf("%s is not in double quotes", text)
	}
	var out bytes.Buffer
	for s := text[1 : len(text)-1]; s != ""; {
		if s[0] == '"' {
			return nil, fmt.Errorf("a double quote within %s", text)
		}
		if s[0] != '\\' {
			out.WriteByte(s[0])
			s = s[1:]
			continue
		}
		b, rest, err := unescapeC(s[1:])
		if err != nil {
			return nil, err
		}
		out.WriteByte(b)
		s = rest
	}
	return out.Bytes(), nil
}

// unescapeC reads what follows a backslash and returns the rest.
func unescapeC(s string) (b byte, rest string, err error) {
	if s == "" {
		return 0, "", fmt.Errorf("a backslash at the end")
	}
	if b, ok := simpleEscapes[s[0]]; ok {
		return b, s[1:], nil
	}
	base, digits, most := 8, s, 3
	if s[0] == 'x' {
		base, digits, most = 16, s[1:], 2
	}
	n := 0
	for n < most && n < len(digits) && isDigit(digits[n], base) {
		n++
	}
	v, err := strconv.ParseUint(digits[:n], base, 8)
	if err != nil {
		return 0, "", fmt.Errorf("unknown escape in \\%s", s)
	}
	return byte(v), digits[n:], nil
}

// isDigit reports whether c is a digit of the base, 8 or 16.
func isDigit(c byte, base int) bool {
	if base == 8 {
		return c >= '0' && c <= '7'
	}
	return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0
}
