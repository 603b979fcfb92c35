package language

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/google/shlex"

	"judge/policy"
)

// maxFile bounds a file of presets, in bytes.
const maxFile = 256 << 10

// add decodes a file's tables over the set.
func (s *Set) add(name, text string) error {
	text = strings.TrimPrefix(text, "\xef\xbb\xbf")
	if len(text) > maxFile {
		return policy.FileErrors{{File: name, Msg: fmt.Sprintf("a file of %d bytes is longer than the most, %s", len(text), policy.Bytes(maxFile))}}
	}
	tree := map[string]any{}
	meta, err := toml.Decode(text, &tree)
	if err != nil {
		e := &policy.FileError{File: name, Msg: "not valid TOML: " + err.Error(), Err: err}
		var pe toml.ParseError
		if errors.As(err, &pe) {
			e.Line, e.Column, e.Msg = pe.Position.Line, pe.Position.Col, "not valid TOML: "+strings.TrimSuffix(pe.Message, ".")
		}
		return policy.FileErrors{e}
	}
	d := &decoder{set: s, name: name, text: text, tree: tree}
	for _, key := range meta.Keys() { // in the order of the file
		if len(key) == 1 {
			d.language(key[0])
		}
	}
	if len(d.errs) > 0 {
		slices.SortStableFunc(d.errs, func(a, b *policy.FileError) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return d.errs
	}
	return nil
}

type decoder struct {
	set        *Set
	name, text string
	tree       map[string]any
	errs       policy.FileErrors
}

func (d *decoder) wrong(key, hint, format string, args ...any) {
	line, column := policy.Place(d.text, key)
	d.errs = append(d.errs, &policy.FileError{File: d.name, Line: line, Column: column, Key: key, Msg: key + ": " + fmt.Sprintf(format, args...), Hint: hint})
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// language decodes the table of one.
func (d *decoder) language(id string) {
	table, ok := d.tree[id].(map[string]any)
	switch {
	case !ok:
		d.wrong(id, "a language is a table: ["+id+"]", "%q is not a language", id)
		return
	case !idPattern.MatchString(id):
		d.wrong(id, "lower-case letters, digits, _ and -", "%q cannot be the id of a language", id)
		return
	}
	l := d.set.byID(id)
	known := l != nil
	if !known {
		l = &Language{ID: id, Code: id, Name: id, Detect: true, Policy: "strict", TimeFactor: 1}
	}
	if base, ok := d.text1(id, table, "extends"); ok {
		from := d.set.find(base)
		if from == nil {
			d.wrong(id+".extends", "it must stand before, or be a built-in one", "there is no language %q", base)
			return
		}
		l2 := from.clone()
		l2.ID, l2.Aliases = id, nil
		if known {
			*l = *l2
		} else {
			l = l2
		}
	}
	before := len(d.errs)
	for key, value := range table {
		if key != "extends" {
			d.field(l, id, key, value)
		}
	}
	if len(d.errs) == before {
		d.check(l)
	}
	if !known {
		d.set.list = append(d.set.list, l)
	}
}

func (s *Set) byID(id string) *Language {
	if i := slices.IndexFunc(s.list, func(l *Language) bool { return l.ID == id }); i >= 0 {
		return s.list[i]
	}
	return nil
}

// fields are where the keys of a table go.
func (l *Language) fields() map[string]any {
	return map[string]any{
		"code": &l.Code, "name": &l.Name, "aliases": &l.Aliases, "extensions": &l.Extensions, "detect": &l.Detect,
		"main": &l.Main, "main_names": &l.MainNames, "main_pattern": &l.MainPattern,
		"compile": &l.Compile, "binary": &l.Binary, "run": &l.Run, "compile_env": &l.CompileEnv, "env": &l.Env,
		"compile_binds": &l.CompileBinds,
		"version":       &l.Version, "packages": &l.Packages, "policy": &l.Policy, "time_factor": &l.TimeFactor,
	}
}

// field decodes one key.
func (d *decoder) field(l *Language, id, key string, value any) {
	fields, path := l.fields(), id+"."+key
	field, ok := fields[key]
	if !ok {
		hint := ""
		if near := policy.Nearest(key, slices.Sorted(maps.Keys(fields))); near != "" {
			hint = "did you mean " + near + "?"
		}
		d.wrong(path, hint, "a language has no key %q", key)
		return
	}
	ok = false
	switch to := field.(type) {
	case *string:
		*to, ok = value.(string)
		d.mustBe(ok, path, "a string", value)
	case *bool:
		*to, ok = value.(bool)
		d.mustBe(ok, path, "true or false", value)
	case *float64:
		switch n := value.(type) {
		case float64:
			*to, ok = n, true
		case int64:
			*to, ok = float64(n), true
		}
		d.mustBe(ok, path, "a number", value)
	case *[]string:
		*to, ok = stringList(value)
		d.mustBe(ok, path, "a list of strings", value)
	case *map[string]string:
		*to, ok = stringMap(value)
		d.mustBe(ok, path, "a table of strings", value)
	}
}

func (d *decoder) mustBe(ok bool, path, what string, value any) {
	if !ok {
		d.wrong(path, "", "must be %s, not %v", what, value)
	}
}

func (d *decoder) text1(id string, table map[string]any, key string) (string, bool) {
	value, has := table[key]
	if !has {
		return "", false
	}
	s, ok := value.(string)
	d.mustBe(ok, id+"."+key, "a string", value)
	return s, ok
}

func stringList(value any) ([]string, bool) {
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, len(list))
	for i, v := range list {
		if out[i], ok = v.(string); !ok {
			return nil, false
		}
	}
	return out, true
}

func stringMap(value any) (map[string]string, bool) {
	table, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	out := make(map[string]string, len(table))
	for k, v := range table {
		if out[k], ok = v.(string); !ok {
			return nil, false
		}
	}
	return out, true
}

// check finds what no single key is to blame for.
func (d *decoder) check(l *Language) {
	if l.Run == "" {
		d.wrong(l.ID, "", "the language %q has no command run", l.ID)
	}
	for _, e := range l.Extensions {
		if !strings.HasPrefix(e, ".") || strings.Contains(e, "/") || strings.LastIndex(e, ".") > 0 {
			d.wrong(l.ID+".extensions", "such as \".cc\"", "%q is not an extension", e)
		}
	}
	if !slices.Contains([]string{"", "file", "java", "kotlin"}, l.Main) {
		d.wrong(l.ID+".main", `"file", "java" or "kotlin", or leave it out`, "there is no way %q to find what is run", l.Main)
	}
	if _, err := regexp.Compile(l.MainPattern); err != nil {
		d.wrong(l.ID+".main_pattern", "", "not a regular expression: %v", err)
	}
	if strings.ContainsAny(l.Binary, "/\x00") || l.Binary == ".." {
		d.wrong(l.ID+".binary", "", "%q is not the name of a file", l.Binary)
	}
	if l.TimeFactor <= 0 || l.TimeFactor > 1000 {
		d.wrong(l.ID+".time_factor", "", "%v is not in (0,1000]", l.TimeFactor)
	}
	if _, ok := policy.Builtin(l.Policy); !ok && !strings.ContainsAny(l.Policy, "/.") {
		d.wrong(l.ID+".policy", "a built-in policy, or a file with a slash or a point in its name", "there is no policy %q", l.Policy)
	}
	d.command(l, "compile", l.Compile)
	d.command(l, "run", l.Run)
	for _, v := range l.Version {
		d.command(l, "version", v)
	}
}

// command looks at a command's quotes and placeholders.
func (d *decoder) command(l *Language, key, text string) {
	path := l.ID + "." + key
	list, err := shlex.Split(text)
	if err != nil {
		d.wrong(path, "", "the command cannot be split into words: %v", err)
		return
	}
	if len(list) == 0 && text != "" {
		d.wrong(path, "", "the command has no words")
	}
	for _, word := range list {
		for _, name := range placeholder.FindAllString(word, -1) {
			switch {
			case !slices.Contains(placeholders, name):
				d.wrong(path, "they are "+strings.Join(placeholders, " "), "there is no placeholder %s", name)
			case key == "version":
				d.wrong(path, "", "%s has no meaning where there is no submission", name)
			case name == "{files}" && word != name:
				d.wrong(path, "", "%s stands for several words and cannot be a part of one, as in %q", name, word)
			case name == "{binary}" && l.Binary == "":
				d.wrong(path, "name it with binary", "there is no {binary}")
			case name == "{main}" && l.Main != "file", name == "{mainclass}" && l.Main != "java" && l.Main != "kotlin":
				d.wrong(path, "say with main how it is found", "there is no %s", name)
			}
		}
	}
}
