package problem

import (
	"strings"
	"time"
)

// DOMjudge reads two files of its own beside a Kattis package (its manual, "Problem
// package format"): domjudge-problem.ini, and .timelimit, seconds alone. What
// problem.yaml says goes before both.

// An iniKey is one line KEY = VALUE.
type iniKey struct {
	name, text string
	at         Place
}

// domjudge reads both files.
func (r *reader) domjudge() {
	limit, from := time.Duration(0), ""
	for _, k := range r.ini("domjudge-problem.ini") {
		switch k.name {
		case "timelimit":
			if d, ok := r.limitText(k.at, k.text); ok {
				limit, from = d, "domjudge-problem.ini"
			}
		case "name":
			if r.problem.Title == "" {
				r.problem.Title = k.text
			}
		case "special_compare":
			r.specialCompare(k)
		case "special_run":
			if !r.problem.Type.Interactive && !oneOf(k.text, "run", "") { // "run" is the usual one
				r.fail(Unsupported, k.at, "special_run = %s names an executable of a DOMjudge server, which the package does not hold", k.text)
			}
		case "special_compare_args": // a field of its database, not a key of the file
			r.warn(UnusedSetting, k.at, "special_compare_args is ignored, as DOMjudge does: validator_flags in problem.yaml are the checker's arguments")
		case "short-name", "probid", "cid", "externalid", "allow_submit", "allow_judge", "points", "color":
		default:
			r.warn(UnknownKey, k.at, "%s is no known key and is ignored", k.name)
		}
	}
	if data, ok := r.text(".timelimit"); ok && limit == 0 {
		if d, ok := r.limitText(Place{File: ".timelimit", Line: 1}, string(data)); ok {
			limit, from = d, ".timelimit"
		}
	}
	if limit == 0 {
		return
	}
	l := &r.problem.Limits
	if l.Time != 0 && l.Time != limit {
		r.warn(UnusedSetting, Place{File: from}, "gives a time limit of %v, but %s says %v, which counts", limit, l.TimeFrom, l.Time)
	}
	if l.Time == 0 {
		l.Time, l.TimeFrom = limit, from
	}
}

func (r *reader) limitText(at Place, text string) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	s, ok := parseFloat(text)
	if !ok || s <= 0 || s > maxSeconds {
		r.fail(BadValue, at, "a time limit should be a number of seconds above 0, and is %q", text)
		return 0, false
	}
	return seconds(s), true
}

// specialCompare is a checker by name: one that the package holds, or one of a
// server, without which no verdict would be right.
func (r *reader) specialCompare(k iniKey) {
	if k.text == "compare" || k.text == "" { // DOMjudge's name of the default validator
		return
	}
	if len(r.problem.Checkers) > 0 && r.problem.Checkers[0].Program != nil {
		r.warn(UnusedSetting, k.at, "special_compare is ignored: the package has output validators")
		return
	}
	for _, dir := range []string{"", "output_validators/"} {
		if p := r.program(dir + k.text); p != nil {
			r.problem.Checkers = []*Checker{{Kind: CheckCompare, Program: p}}
			for _, c := range r.problem.Cases {
				c.Checks = []Check{{Checker: r.problem.Checkers[0]}}
			}
			return
		}
	}
	r.fail(Unsupported, k.at, "special_compare = %s names an executable of a DOMjudge server, which the package does not hold", k.text)
}

// ini reads lines KEY = VALUE; sections do not matter, quotation marks around a
// value go away, and between them it may have several lines.
func (r *reader) ini(rel string) []iniKey {
	data, ok := r.text(rel)
	if !ok {
		return nil
	}
	var keys []iniKey
	lines := strings.Split(string(data), "\n")
	closed := map[byte]int{} // the number of the last line that ends in a byte: no quotation mark is closed behind it
	for i, line := range lines {
		if line = strings.TrimRight(line, " \t\r"); line != "" {
			closed[line[len(line)-1]] = i + 1
		}
	}
	for i := 0; i < len(lines); i++ {
		at, line := Place{File: rel, Line: i + 1}, strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, ";") || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "[") {
			continue
		}
		name, text, ok := strings.Cut(line, "=")
		if !ok {
			r.fail(BadSyntax, at, "should be KEY = VALUE, and is %q", line)
			continue
		}
		if text = strings.TrimSpace(text); text != "" {
			var more int
			text, more = unquoted(text, lines[i+1:max(i+1, closed[text[0]])])
			i += more
		}
		keys = append(keys, iniKey{strings.ToLower(strings.TrimSpace(name)), text, at})
	}
	return keys
}

// unquoted is a value, not empty, without its quotation marks, and how many of the following lines
// belong to it. One that is not closed is as it stands.
func unquoted(text string, following []string) (value string, more int) {
	if text[0] != '"' && text[0] != '\'' {
		return text, 0
	}
	quote := text[:1]
	if inner, rest, closed := strings.Cut(text[1:], quote); closed {
		if rest = strings.TrimSpace(rest); rest == "" || rest[0] == ';' || rest[0] == '#' {
			return inner, 0
		}
		return text, 0
	}
	for i, line := range following {
		if inner, closed := strings.CutSuffix(strings.TrimRight(line, " \t\r"), quote); closed {
			return strings.Join(append(append([]string{text[1:]}, following[:i]...), inner), "\n"), i + 1
		}
	}
	return text, 0
}
