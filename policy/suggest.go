package policy

import "strings"

// Nearest gives the candidate that a misspelt word was most likely meant to be,
// or "" if none is like it: at most a third of its letters differ, or one is
// the beginning of the other.
func Nearest(word string, candidates []string) string {
	best, least := "", len(word)/3+1
	plain := plainWord(word)
	for _, c := range candidates {
		d := distance(plain, plainWord(c))
		if d < least {
			best, least = c, d
		}
	}
	if best != "" {
		return best
	}
	for _, c := range candidates {
		if len(word) >= 3 && (strings.HasPrefix(c, plain) || strings.HasPrefix(plain, c)) {
			return c
		}
	}
	return ""
}

// plainWord takes out what people mix up without noticing: case and separators.
func plainWord(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// distance is the number of letters to insert, drop, change, or swap with
// their neighbour, that makes b of a (optimal string alignment).
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
