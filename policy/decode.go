package policy

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// maxFile bounds a policy file, in bytes. The largest built-in one has a
// hundredth of it; the TOML library's stack grows with nesting.
const maxFile = 256 << 10

// A file is a policy's text and what TOML made of it.
type file struct {
	name string // as it was named, for messages
	dir  string // what its relative paths are relative to
	text string
	tree map[string]any

	check FilterCheck // may be nil
}

// parse decodes a file's text into its tree. The error is a [FileErrors].
func parse(name, dir, text string) (f *file, err error) {
	f = &file{name: name, dir: dir, text: strings.TrimPrefix(text, "\xef\xbb\xbf")}
	if len(text) > maxFile {
		return nil, FileErrors{{File: name, Msg: fmt.Sprintf("a policy of %d bytes is longer than the most, %s", len(text), Bytes(maxFile))}}
	}
	// The library panics with a string on some malformed texts ("BUG: …").
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, FileErrors{{File: name, Line: 1, Column: 1, Msg: fmt.Sprintf("not valid TOML: %v", r)}}
		}
	}()
	if _, err := toml.Decode(f.text, &f.tree); err != nil {
		return nil, FileErrors{syntaxError(f, err)}
	}
	return f, nil
}

// syntaxError gives the library's error the form of all others.
func syntaxError(f *file, err error) *FileError {
	var pe toml.ParseError
	if !errors.As(err, &pe) {
		return &FileError{File: f.name, Msg: "not valid TOML: " + err.Error(), Err: err}
	}
	line, column := lineColumn(f.text, pe.Position.Start)
	e := &FileError{File: f.name, Line: line, Column: column, Key: pe.LastKey, Msg: "not valid TOML: " + strings.TrimSuffix(pe.Message, "."), Err: err}
	if word := bareWord(f.text, line, column); word != "" {
		e.Hint = fmt.Sprintf("put it in quotes: %q", word)
	}
	return e
}

// bareWord gives the value of a line such as "memory = 64MiB", which lacks its
// quotes, or "" if the line is none such or the mistake is before the value.
func bareWord(text string, line, column int) string {
	lines := strings.Split(text, "\n")
	key, value, _ := strings.Cut(lines[min(line, len(lines))-1], "=")
	if column <= utf8.RuneCountInString(key) {
		return ""
	}
	value, _, _ = strings.Cut(value, "#")
	value = strings.TrimSpace(value)
	letter := false
	for i := range len(value) {
		c := value[i]
		if !isBareByte(c) && c != '.' && c != '%' && c != '/' && c != ':' {
			return ""
		}
		letter = letter || c == '%' || c == '/' || c >= 'A' && c <= 'z' && c != '_'
	}
	if !letter {
		return ""
	}
	return value
}

// extends gives the policy that the file extends, or "".
func (f *file) extends() (string, *issue) {
	v, ok := f.tree["extends"]
	if !ok {
		return "", nil
	}
	s, ok := v.(string)
	if !ok {
		return "", &issue{path: "extends", problem: *mistyped("the name or path of a policy", v)}
	}
	if s == "" {
		return "", &issue{path: "extends", problem: *wrong("the name is empty").hinted("leave it out to extend nothing")}
	}
	return s, nil
}

// start is what the file goes over if it extends nothing. A file that does not
// say what becomes of the calls that it does not name has not thought of all of
// them: its filter starts from that of the built-in default, not from none.
func (f *file) start() Policy {
	p := unset()
	if _, ok := subtable(f.tree, "seccomp")["default"]; !ok {
		p.Seccomp = defaultPolicy.clone().Seccomp
	}
	return p
}

// apply puts what the file says over base, and gives everything that is wrong
// with it. base is not changed.
func (f *file) apply(base Policy) (Policy, []issue) {
	next := base.clone()
	next.Name = baseName(f.name)
	var level Policy // what the file adds to lists
	issues := f.table(&next, &level, "", f.tree)
	f.resolvePaths(&next, &level)
	issues = append(issues, checkTogether(&next, &level)...)
	merge(&next, &level)
	issues = append(issues, f.checkFilter(level.Seccomp, next.Seccomp, issues)...)
	if base.Locked {
		issues = append(issues, loosenings(&base, &next)...)
	}
	return next, issues
}

// table decodes one table: scalars into next, lists into level.
func (f *file) table(next, level *Policy, prefix string, tree map[string]any) []issue {
	var issues []issue
	for name, v := range tree {
		path := joinPath(prefix, name)
		if path == "extends" {
			continue // see file.extends
		}
		if k := findKey(path); k != nil {
			into := next
			if k.isList() {
				into = level
			}
			issues = append(issues, k.setTOML(into, v)...)
			continue
		}
		sub, ok := v.(map[string]any)
		switch {
		case !isTable(path):
			issues = append(issues, issue{path: path, atKey: true, named: true, problem: *unknownKey(prefix, name)})
		case !ok:
			issues = append(issues, issue{path: path, problem: *mistyped("a table", v).hinted("write [%s]", path)})
		default:
			issues = append(issues, f.table(next, level, path, sub)...)
		}
	}
	return issues
}

// resolvePaths makes the file's relative host paths relative to where judge runs.
func (f *file) resolvePaths(next, level *Policy) {
	resolve := func(p *string) {
		if *p != "" && !filepath.IsAbs(*p) && f.dir != "" {
			*p = filepath.Join(f.dir, *p)
		}
	}
	for i := range level.Filesystem.Bind {
		resolve(&level.Filesystem.Bind[i].Source)
	}
	tree := subtable(f.tree, "filesystem")
	if _, ok := tree["box"]; ok {
		resolve(&next.Filesystem.Box)
	}
	// A rootfs without a slash is the name of an imported one, or "host".
	if _, ok := tree["rootfs"]; ok && strings.Contains(next.Filesystem.Rootfs, "/") {
		resolve(&next.Filesystem.Rootfs)
	}
}

func subtable(tree map[string]any, name string) map[string]any {
	sub, _ := tree[name].(map[string]any)
	return sub
}

// errors gives the issues their places in the file, in order, or nil.
func (f *file) errors(issues []issue) error {
	if len(issues) == 0 {
		return nil
	}
	at := places(f.text)
	errs := make(FileErrors, len(issues))
	for i, is := range issues {
		e := &FileError{File: f.name, Key: is.path, Msg: is.message(), Hint: is.hint, Err: is.err}
		e.Line, e.Column = lineColumn(f.text, offsetOf(at, is))
		errs[i] = e
	}
	slices.SortFunc(errs, func(a, b *FileError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Msg, b.Msg))
	})
	return errs
}

// offsetOf finds an issue's key, or the nearest table around it.
func offsetOf(at map[string]place, is issue) int {
	for path := is.path; path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		if p, ok := at[path]; ok {
			if is.atKey || p.value < 0 || path != is.path {
				return p.key
			}
			return p.value
		}
	}
	return 0
}

// unknownKey says that a table has no such key, and which was meant.
func unknownKey(table, name string) *problem {
	pr := wrong("unknown key %q", name)
	if table != "" {
		pr = wrong("unknown key %q in [%s]", name, table)
	}
	var here, all []string
	for i := range keys {
		if keys[i].table == table {
			here = append(here, keys[i].name)
		}
		all = append(all, keys[i].name)
	}
	if table == "" {
		here = append(here, "extends", "limits", "filesystem", "network", "namespaces", "identity", "environment", "seccomp")
	}
	if table == "" && findKey(name) != nil {
		return pr.hinted("write it without quotes")
	}
	if near := Nearest(name, here); near != "" {
		return pr.hinted("did you mean %q?", near)
	}
	if near := Nearest(name, all); near != "" {
		return pr.hinted("%q belongs %s", near, homeOf(near))
	}
	return pr
}

// homeOf says where the first key of this name stands.
func homeOf(name string) string {
	for i := range keys {
		if keys[i].name == name && keys[i].table != "" {
			return "under [" + keys[i].table + "]"
		}
	}
	return "at the top, before the first table"
}

// baseName is the name that a file gives its policy; "" for a text without one.
func baseName(file string) string {
	if file == "" {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(file), ".toml")
}
