package problem

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// str is a string, or a number or date as it is written.
func (v value) str() (s string, ok bool) {
	if v.null() {
		return "", false
	}
	n := v.resolved().node
	if n.Kind != yaml.ScalarNode {
		v.fail(BadType, "should be a string, and is %s", v.kind())
		return "", false
	}
	return n.Value, true
}

// float is a number. NaN is none.
func (v value) float() (f float64, ok bool) {
	if v.null() {
		return 0, false
	}
	n := v.resolved().node
	text := strings.ToLower(strings.TrimPrefix(n.Value, "+"))
	if n.Kind == yaml.ScalarNode {
		switch text {
		case ".inf", "inf", "infinity":
			return math.Inf(1), true
		case "-.inf", "-inf", "-infinity":
			return math.Inf(-1), true
		}
		if f, ok := parseFloat(n.Value); ok {
			return f, true
		}
	}
	v.fail(BadType, "should be a number, and is %s", v.kind())
	return 0, false
}

// parseFloat reads a float of the specification's grammar (2025-09, "General
// requirements"): decimal, no infinities.
func parseFloat(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange)
}

// positive is a number above zero and at most limit.
func (v value) positive(limit float64) (f float64, ok bool) {
	if f, ok = v.float(); ok && !(f > 0 && f <= limit) {
		v.fail(BadValue, "should be above 0 and at most %g, and is %g", limit, f)
		return 0, false
	}
	return f, ok
}

// count is a whole number from least to most; 2.0 is one.
func (v value) count(least, most int64) (n int64, ok bool) {
	f, ok := v.float()
	if !ok {
		return 0, false
	}
	if f != math.Trunc(f) {
		v.fail(BadType, "should be a whole number, and is %s", v.kind())
		return 0, false
	}
	if f < float64(least) || f > float64(most) {
		v.fail(BadValue, "should be from %d to %d, and is %g", least, most, f)
		return 0, false
	}
	return int64(f), true
}

// boolean is true or false; YAML 1.1's yes and no are taken too, since the tools'
// library does.
func (v value) boolean() (b, ok bool) {
	if v.null() {
		return false, false
	}
	switch n := v.resolved().node; {
	case n.Kind != yaml.ScalarNode:
	case oneOf(strings.ToLower(n.Value), "true", "yes", "on"):
		return true, true
	case oneOf(strings.ToLower(n.Value), "false", "no", "off"):
		return false, true
	}
	v.fail(BadType, "should be true or false, and is %s", v.kind())
	return false, false
}

// items are the elements of a list; a null has none.
func (v value) items() (all []value, ok bool) {
	if v.null() {
		return nil, true
	}
	n := v.resolved().node
	if n.Kind != yaml.SequenceNode {
		v.fail(BadType, "should be a list, and is %s", v.kind())
		return nil, false
	}
	for i, sub := range n.Content {
		all = append(all, value{v.r, v.file, v.key + "[" + strconv.Itoa(i) + "]", sub})
	}
	return all, true
}

// isList and isMap say of which type a value is where several are allowed.
func (v value) isList() bool { return v.resolved().node.Kind == yaml.SequenceNode }
func (v value) isMap() bool  { return v.resolved().node.Kind == yaml.MappingNode }

// strs is a list of strings.
func (v value) strs() (all []string, ok bool) {
	items, ok := v.items()
	for _, item := range items {
		s, good := item.str()
		if !good {
			if item.null() {
				item.fail(BadType, "should be a string, and is empty")
			}
			ok = false
			continue
		}
		all = append(all, s)
	}
	return all, ok
}

// strOrStrs is a string, or a list of strings.
func (v value) strOrStrs() (all []string, ok bool) {
	if v.isList() {
		return v.strs()
	}
	s, ok := v.str()
	if !ok {
		return nil, false
	}
	return []string{s}, true
}

// choice is a string that is one of a few.
func (v value) choice(of ...string) (s string, ok bool) {
	if s, ok = v.str(); !ok {
		return "", false
	}
	if !oneOf(s, of...) {
		v.fail(BadValue, "should be %s, and is %q", strings.Join(of, " or "), s)
		return "", false
	}
	return s, true
}
