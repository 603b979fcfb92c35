package problem

import (
	"errors"
	"slices"
	"strings"
)

func oneOf(s string, of ...string) bool { return slices.Contains(of, s) }

// nearest is the one of known that a person who typed name may have meant; "" if
// none is near: one slip for each four letters begun.
func nearest(name string, known []string) string {
	best, bound := "", (len(name)+3)/4+1
	for _, k := range known {
		if d := distance(name, k); d < bound {
			best, bound = k, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace, or swap with their
// neighbour, in bytes ("optimal string alignment").
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

var errQuote = errors.New("a quotation mark is not closed")

// splitWords splits arguments that are given as one string: at white space, with
// quotation marks and the backslash as a POSIX shell reads them. Nothing is expanded.
func splitWords(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	started, quote := false, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && strings.IndexByte(" \t\r\n\v\f", c) >= 0:
			if started {
				words = append(words, word.String())
				word.Reset()
				started = false
			}
			continue
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == '\\' && quote != '\'' && i+1 < len(s):
			if i++; quote == '"' && strings.IndexByte("\"\\$`", s[i]) < 0 {
				word.WriteByte('\\')
			}
			word.WriteByte(s[i])
		default:
			word.WriteByte(c)
		}
		started = true
	}
	if quote != 0 {
		return nil, errQuote
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}

// words is a string of arguments.
func (v value) words() (all []string, ok bool) {
	s, ok := v.str()
	if !ok {
		return nil, v.null()
	}
	all, err := splitWords(s)
	if err != nil {
		v.fail(BadValue, "%v", err)
		return nil, false
	}
	return all, true
}
