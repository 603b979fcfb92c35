package policy

import (
	"fmt"
	"strings"
)

// setStrings adds the strings of a TOML list to a field.
func setStrings(ref *[]string, path string, v any, check func(string) *problem) []issue {
	list, ok := v.([]any)
	if !ok {
		pr := mistyped("a list of strings", v)
		if s, ok := v.(string); ok {
			pr = pr.hinted("write [%q]", s)
		}
		return []issue{{path: path, problem: *pr}}
	}
	var issues []issue
	for i, v := range list {
		path := fmt.Sprintf("%s[%d]", path, i)
		s, ok := v.(string)
		if !ok {
			issues = append(issues, issue{path: path, problem: *mistyped("a string", v)})
		} else if pr := check(s); pr != nil {
			issues = append(issues, issue{path: path, problem: *pr})
		}
		*ref = append(*ref, s) // a wrong one too: who looks further counts as the file does
	}
	return issues
}

// setMap adds the pairs of a TOML table to a field; check is for the names.
func setMap(ref *map[string]string, path string, v any, check func(string) *problem) []issue {
	table, ok := v.(map[string]any)
	if !ok {
		return []issue{{path: path, problem: *mistyped("a table", v)}}
	}
	var issues []issue
	for name, v := range table {
		path := joinPath(path, name)
		s, ok := v.(string)
		if !ok {
			issues = append(issues, issue{path: path, problem: *mistyped("a string", v)})
			continue
		}
		if pr := check(name); pr != nil {
			issues = append(issues, issue{path: path, atKey: true, problem: *pr})
			continue
		}
		if pr := checkText(s); pr != nil {
			issues = append(issues, issue{path: path, problem: *pr})
			continue
		}
		if *ref == nil {
			*ref = make(map[string]string)
		}
		(*ref)[name] = s
	}
	return issues
}

// setBinds adds bind mounts: inline tables, or [[filesystem.bind]].
func setBinds(ref *[]Bind, path string, v any) []issue {
	tables, issues := tablesOf(path, v)
	for i, table := range tables {
		path := fmt.Sprintf("%s[%d]", path, i)
		b := Bind{Readonly: true}
		f := fields{path: path, table: table}
		f.text("source", &b.Source, true)
		f.text("target", &b.Target, true)
		if v, ok := f.take("readonly"); ok {
			if readonly, ok := v.(bool); ok {
				b.Readonly = readonly
			} else {
				f.wrong("readonly", mistyped("true or false", v))
			}
		}
		f.rest("source", "target", "readonly")
		if len(f.issues) == 0 {
			f.issues = append(f.issues, checkBind(path, b)...)
		}
		issues = append(issues, f.issues...)
		*ref = append(*ref, b)
	}
	return issues
}

// setRules adds rules of the filter: inline tables, or [[seccomp.rules]].
func setRules(ref *[]Rule, path string, v any) []issue {
	tables, issues := tablesOf(path, v)
	for i, table := range tables {
		path := fmt.Sprintf("%s[%d]", path, i)
		var r Rule
		f := fields{path: path, table: table}
		f.list("calls", &r.Calls, checkCall)
		f.list("when", &r.When, checkCondition)
		f.text("action", &r.Action, true)
		f.rest("calls", "when", "action")
		if len(f.issues) == 0 {
			f.issues = append(f.issues, checkRule(path, r)...)
		}
		issues = append(issues, f.issues...)
		*ref = append(*ref, r)
	}
	return issues
}

// tablesOf gives the tables of a list of them, however it was written.
func tablesOf(path string, v any) ([]map[string]any, []issue) {
	switch v := v.(type) {
	case []map[string]any:
		return v, nil
	case []any:
		tables := make([]map[string]any, 0, len(v))
		for i, v := range v {
			table, ok := v.(map[string]any)
			if !ok {
				return nil, []issue{{path: fmt.Sprintf("%s[%d]", path, i), problem: *mistyped("a table", v)}}
			}
			tables = append(tables, table)
		}
		return tables, nil
	}
	pr := mistyped("a list of tables", v)
	if _, ok := v.(map[string]any); ok {
		pr = pr.hinted("write [[%s]], or %s = [{…}]", path, path[strings.LastIndexByte(path, '.')+1:])
	}
	return nil, []issue{{path: path, problem: *pr}}
}

// fields reads a small table, the element of a list.
type fields struct {
	path   string
	table  map[string]any
	issues []issue
}

func (f *fields) take(name string) (any, bool) {
	v, ok := f.table[name]
	return v, ok
}

func (f *fields) wrong(name string, pr *problem) {
	f.issues = append(f.issues, issue{path: joinPath(f.path, name), problem: *pr})
}

// text reads a string, which must be there if needed is true.
func (f *fields) text(name string, ref *string, needed bool) {
	v, ok := f.take(name)
	if !ok {
		if needed {
			f.issues = append(f.issues, issue{path: f.path, problem: *wrong("%s is missing", name)})
		}
		return
	}
	s, ok := v.(string)
	if !ok {
		f.wrong(name, mistyped("a string", v))
		return
	}
	*ref = s
}

// list reads a list of strings.
func (f *fields) list(name string, ref *[]string, check func(string) *problem) {
	if v, ok := f.take(name); ok {
		f.issues = append(f.issues, setStrings(ref, joinPath(f.path, name), v, check)...)
	}
}

// rest says of every other name in the table that it is unknown.
func (f *fields) rest(known ...string) {
next:
	for name := range f.table {
		for _, k := range known {
			if k == name {
				continue next
			}
		}
		pr := wrong("unknown key %q in %s", name, f.path)
		if near := Nearest(name, known); near != "" {
			pr = pr.hinted("did you mean %q?", near)
		}
		f.issues = append(f.issues, issue{path: joinPath(f.path, name), atKey: true, named: true, problem: *pr})
	}
}
