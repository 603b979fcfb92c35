package problem

import "strings"

// matchGlob says whether a pattern of submissions.yaml matches a path or a folder that
// it is in: * within a name, and {a,b}; nothing else is special (2025-09, "Glob
// patterns").
func matchGlob(pattern, name string) bool {
	alternatives, _ := braces(pattern)
	for _, p := range alternatives {
		if matchPath(strings.Split(p, "/"), strings.Split(name, "/")) {
			return true
		}
	}
	return false
}

func matchPath(pattern, name []string) bool {
	if len(pattern) > len(name) {
		return false
	}
	for i, p := range pattern {
		if !matchName(p, name[i]) {
			return false
		}
	}
	return true
}

// matchName matches * against any run of bytes. It goes back to the last * only, so it
// takes no more than len(pattern) × len(name) steps.
func matchName(pattern, name string) bool {
	p, n, star, from := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && pattern[p] == name[n]:
			p, n = p+1, n+1
		case star >= 0:
			from++
			p, n = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// maxAlternatives bounds brace expansion, which multiplies, and maxGlob its depth.
const (
	maxAlternatives = 1024
	maxGlob         = 1024
)

// braces expands {a,b}, nested too. ok is false if a brace is not closed or there are
// too many alternatives.
func braces(pattern string) (all []string, ok bool) {
	if len(pattern) > maxGlob {
		return []string{pattern}, false
	}
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}, !strings.Contains(pattern, "}")
	}
	var parts []string
	depth, start, end := 0, open+1, -1
	for i := open; i < len(pattern) && end < 0; i++ {
		switch c := pattern[i]; {
		case c == '{':
			depth++
		case c == ',' && depth == 1:
			parts = append(parts, pattern[start:i])
			start = i + 1
		case c == '}':
			if depth--; depth == 0 {
				parts = append(parts, pattern[start:i])
				end = i + 1
			}
		}
	}
	if end < 0 {
		return []string{pattern}, false
	}
	rest, ok := braces(pattern[end:])
	for _, part := range parts {
		middle, good := braces(part)
		ok = ok && good
		for _, m := range middle {
			for _, r := range rest {
				if len(all) >= maxAlternatives {
					return all, false
				}
				all = append(all, pattern[:open]+m+r)
			}
		}
	}
	return all, ok
}
