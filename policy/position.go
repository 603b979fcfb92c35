package policy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A place is where a key stands in a file, and its value; offsets in bytes.
// value is -1 for a table that has only a heading.
type place struct {
	key, value int
}

// places finds every key in a text that is valid TOML, by its full name:
// "limits.cpu_time", `environment.set."a b"`, "filesystem.bind[1].target",
// "seccomp.allow[3]". It is only asked once a mistake was found: the TOML
// library gives no positions of keys that it decoded.
func places(text string) map[string]place {
	s := scanner{text: text, at: make(map[string]place), elements: make(map[string]int)}
	for {
		s.skipBlank()
		if s.pos >= len(text) {
			return s.at
		}
		start := s.pos
		if s.peek() == '[' {
			s.heading()
		} else {
			s.pair(s.table)
		}
		if s.pos == start { // not TOML after all
			return s.at
		}
	}
}

// lineColumn gives the place of an offset as people count: from 1, in characters.
func lineColumn(text string, offset int) (line, column int) {
	offset = max(0, min(offset, len(text)))
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// joinPath adds a name to a full key, quoted if it is not a bare key.
func joinPath(path, name string) string {
	if !isBare(name) {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func isBare(name string) bool {
	for i := range len(name) {
		if !isBareByte(name[i]) {
			return false
		}
	}
	return name != ""
}

func isBareByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// scanner walks over TOML that the library has accepted, so it looks only for
// where things begin and end.
type scanner struct {
	text     string
	pos      int
	table    string // the table that the last heading opened
	at       map[string]place
	elements map[string]int // how many [[headings]] an array of tables has had
}

func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) accept(c byte) bool {
	if s.peek() != c || s.pos >= len(s.text) {
		return false
	}
	s.pos++
	return true
}

// record keeps the first place of a key.
func (s *scanner) record(path string, key, value int) {
	old, ok := s.at[path]
	switch {
	case !ok:
		s.at[path] = place{key, value}
	case old.value < 0 && value >= 0:
		s.at[path] = place{old.key, value}
	}
}

// skipSpace skips spaces and tabs.
func (s *scanner) skipSpace() {
	for s.accept(' ') || s.accept('\t') {
	}
}

// skipBlank skips white space, line ends, comments and commas.
func (s *scanner) skipBlank() {
	for s.pos < len(s.text) {
		switch s.peek() {
		case ' ', '\t', '\r', '\n', ',':
			s.pos++
		case '#':
			for s.pos < len(s.text) && s.peek() != '\n' {
				s.pos++
			}
		default:
			return
		}
	}
}

// heading reads [a.b] or [[a.b]].
func (s *scanner) heading() {
	s.accept('[')
	array := s.accept('[')
	names, offsets := s.names()
	path := ""
	for i, name := range names {
		path = joinPath(path, name)
		last := i == len(names)-1
		s.record(path, offsets[i], -1)
		if last && array {
			s.elements[path]++
		}
		if n := s.elements[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
			s.record(path, offsets[i], -1)
		}
	}
	s.table = path
	s.accept(']')
	s.accept(']')
}

// pair reads key = value, in the table called path.
func (s *scanner) pair(path string) {
	names, offsets := s.names()
	if len(names) == 0 {
		return
	}
	for i, name := range names {
		path = joinPath(path, name)
		if i < len(names)-1 {
			s.record(path, offsets[i], -1)
		}
	}
	s.skipSpace()
	s.accept('=')
	s.skipSpace()
	s.record(path, offsets[len(names)-1], s.pos)
	s.value(path)
}

// names reads a key: one name, or several with dots between.
func (s *scanner) names() (names []string, offsets []int) {
	for {
		s.skipSpace()
		start := s.pos
		var name string
		switch s.peek() {
		case '"', '\'':
			name = s.quoted()
		default:
			for s.pos < len(s.text) && strings.IndexByte(" \t\r\n.=]#,{}[\"'", s.peek()) < 0 {
				s.pos++
			}
			name = s.text[start:s.pos]
			if name == "" {
				return names, offsets
			}
		}
		names, offsets = append(names, name), append(offsets, start)
		s.skipSpace()
		if !s.accept('.') {
			return names, offsets
		}
	}
}

// value skips a value, and records what is in it.
func (s *scanner) value(path string) {
	switch s.peek() {
	case '"', '\'':
		s.quoted()
	case '[':
		s.pos++
		for n := 0; ; n++ {
			s.skipBlank()
			if s.pos >= len(s.text) || s.accept(']') {
				return
			}
			element := fmt.Sprintf("%s[%d]", path, n)
			start := s.pos
			s.record(element, start, start)
			if s.value(element); s.pos == start {
				return
			}
		}
	case '{':
		s.pos++
		for {
			s.skipBlank()
			if s.pos >= len(s.text) || s.accept('}') {
				return
			}
			start := s.pos
			if s.pair(path); s.pos == start {
				return
			}
		}
	default:
		for s.pos < len(s.text) && strings.IndexByte(",]}#\n", s.peek()) < 0 {
			s.pos++
		}
	}
}

// Place is where a key stands in a text that is valid TOML, by its full name
// ("limits.cpu_time"): line and column as people count. 0, 0 if it is not there.
func Place(text, key string) (line, column int) {
	at, ok := places(text)[key]
	if !ok {
		return 0, 0
	}
	return lineColumn(text, at.key)
}
