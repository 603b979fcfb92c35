package harness

import (
	"fmt"
	"path/filepath"
	"strings"
)

// headerLine is one @key with its value.
type headerLine struct {
	number     int // in the file, from 1
	key, value string
}

// headerLines returns the header of a case: the @lines of its first comment.
func headerLines(path, text string) ([]headerLine, error) {
	var comment []string
	var first int
	switch ext := filepath.Ext(path); ext {
	case ".c":
		comment, first = blockComment(text)
	case ".sh", ".py":
		comment, first = hashComment(text)
	default:
		return nil, fmt.Errorf("%s: a case ends in .c, .sh or .py, not in %q", path, ext)
	}
	if comment == nil {
		return nil, fmt.Errorf("%s: no comment at the top", path)
	}
	var lines []headerLine
	for i, line := range comment {
		rest, ok := strings.CutPrefix(line, "@")
		if !ok {
			continue
		}
		key, value, _ := strings.Cut(strings.ReplaceAll(rest, "\t", " "), " ")
		lines = append(lines, headerLine{first + i, key, strings.TrimSpace(value)})
	}
	return lines, nil
}

// blockComment returns the lines of a C file's first comment without their
// decoration, and the number of the first of them.
func blockComment(text string) ([]string, int) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(text, " \t\r\n"), "/*")
	if !ok {
		return nil, 0
	}
	body, _, ok := strings.Cut(rest, "*/")
	if !ok {
		return nil, 0
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		lines[i] = strings.TrimSpace(strings.TrimPrefix(line, "*"))
	}
	before := len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	return lines, 1 + strings.Count(text[:before], "\n")
}

// hashComment does the same for the # lines of a script, after its #! line.
func hashComment(text string) ([]string, int) {
	var lines []string
	first := 1
	for i, line := range strings.Split(text, "\n") {
		if i == 0 && strings.HasPrefix(line, "#!") {
			first = 2
			continue
		}
		body, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		lines = append(lines, strings.TrimSpace(body))
	}
	return lines, first
}
