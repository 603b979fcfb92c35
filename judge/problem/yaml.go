package problem

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A value is one node of a YAML file, with what is needed to say where it is. Its
// methods report a wrong type and give ok = false; a null is as good as nothing.
//
// Nodes are looked at only as far as a format asks: an alias is never expanded but
// where it is used, so a file of nested aliases costs nothing.
type value struct {
	r    *reader
	file string
	key  string // as a person would name it: "limits.memory"
	node *yaml.Node
}

// yaml reads a YAML file; its root is a null if it holds nothing. ok is false if
// there is no such file, or it cannot be read, which then has been reported.
func (r *reader) yaml(rel string) (v value, ok bool) {
	data, ok := r.text(rel)
	if !ok {
		return value{}, false
	}
	return r.parseYAML(rel, data)
}

func (r *reader) parseYAML(rel string, data []byte) (v value, ok bool) {
	v = value{r: r, file: rel, node: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1, Column: 1}}
	if blank(data) {
		return v, true
	}
	var doc yaml.Node
	// Unique keys are checked in fields, where the place of the second is known.
	if err := yaml.Load(data, &doc, yaml.WithV3Defaults(), yaml.WithUniqueKeys(false)); err != nil {
		place := Place{File: rel}
		var load *yaml.LoadError
		text := err.Error()
		if errors.As(err, &load) {
			place.Line, place.Column, text = load.Mark.Line, load.Mark.Column, load.Message
		}
		r.fail(BadSyntax, place, "is no valid YAML: %s", text)
		return value{}, false
	}
	if doc.Kind == yaml.DocumentNode && len(doc.Content) > 0 {
		v.node = doc.Content[0]
	} else if doc.Kind != 0 {
		v.node = &doc
	}
	return v, true
}

// blank says that a YAML file holds comments and white space only.
func blank(data []byte) bool {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

func (v value) place() Place { return Place{v.file, v.node.Line, v.node.Column} }

func (v value) fail(code Code, format string, args ...any) {
	v.r.fail(code, v.place(), v.prefix()+format, args...)
}

func (v value) warn(code Code, format string, args ...any) {
	v.r.warn(code, v.place(), v.prefix()+format, args...)
}

// prefix names the key in a message; it goes into a format string.
func (v value) prefix() string {
	if v.key == "" {
		return ""
	}
	return strings.ReplaceAll(v.key, "%", "%%") + ": "
}

// resolved follows an alias. An alias of an alias cannot be written.
func (v value) resolved() value {
	if v.node.Kind == yaml.AliasNode && v.node.Alias != nil {
		v.node = v.node.Alias
	}
	return v
}

func (v value) null() bool {
	n := v.resolved().node
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// kind names a node's type for a message.
func (v value) kind() string {
	switch n := v.resolved().node; n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	default:
		return strconv.Quote(n.Value)
	}
}

// A field is one key of a map with its value.
type field struct {
	name string
	at   Place // of the key
	value
}

// fields lists the keys of a map in order, merge keys resolved. A key given twice is
// a warning and its last value counts, as in the library that most tools use.
func (v value) fields() []field {
	if v.null() {
		return nil
	}
	n := v.resolved().node
	if n.Kind != yaml.MappingNode {
		v.fail(BadType, "should be a map of keys to values, and is %s", v.kind())
		return nil
	}
	var all []field
	index := map[string]int{}
	add := func(f field, merged bool) {
		at, twice := index[f.name]
		switch {
		case !twice:
			index[f.name] = len(all)
			all = append(all, f)
		case !merged:
			v.r.warn(Duplicate, f.at, "%s is given twice; this one counts", f.key)
			all[at] = f
		}
	}
	var merges []value
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, sub := n.Content[i], n.Content[i+1]
		if k.ShortTag() == "!!merge" {
			merges = append(merges, value{v.r, v.file, v.key, sub})
			continue
		}
		add(v.field(k, sub), false)
	}
	for _, m := range merges {
		if from := m.resolved().node; from.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(from.Content); i += 2 {
				add(v.field(from.Content[i], from.Content[i+1]), true)
			}
		} else {
			m.fail(Unsupported, "a merge key (<<) takes an alias of one map here")
		}
	}
	return all
}

func (v value) field(k, sub *yaml.Node) field {
	name := k.Value
	if k.Kind == yaml.AliasNode && k.Alias != nil {
		name = k.Alias.Value
	}
	key := name
	if v.key != "" {
		key = v.key + "." + name
	}
	return field{name, Place{v.file, k.Line, k.Column}, value{v.r, v.file, key, sub}}
}

// unknown warns about a key that is not in the format, with the nearest that is; that
// is not looked for where the warning is only counted.
func (f field) unknown(known []string) {
	hint := ""
	if !f.r.faults.full("warning " + string(UnknownKey)) {
		if near := nearest(f.name[:min(64, len(f.name))], known); near != "" {
			hint = "; did you mean " + near + "?"
		}
	}
	f.r.warn(UnknownKey, f.at, "%s is no key of this format and is ignored%s", f.key, hint)
}
