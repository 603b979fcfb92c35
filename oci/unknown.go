package oci

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"judge/policy"
)

// unknown notes properties that the specification does not have, which it tells
// runtimes to ignore ("Extensibility"): a misspelt one would be ignored, too.
func (t *translation) unknown(config []byte) {
	var tree any
	if json.Unmarshal(config, &tree) == nil {
		t.compare("", tree, reflect.TypeOf(t.spec))
	}
}

func (t *translation) compare(path string, v any, is reflect.Type) {
	for is.Kind() == reflect.Pointer {
		is = is.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		if is.Kind() == reflect.Map {
			for key, e := range sorted(v) {
				t.compare(join(path, key), e, is.Elem())
			}
			return
		}
		if is.Kind() != reflect.Struct {
			return
		}
		fields := jsonFields(is)
		for key, e := range sorted(v) {
			if field, ok := fields[key]; ok {
				t.compare(join(path, key), e, field)
				continue
			}
			if near := policy.Nearest(key, slices.Sorted(maps.Keys(fields))); near != "" {
				t.note(join(path, key), "the specification has no such property, and judge ignores it; did you mean %s?", near)
			} else {
				t.note(join(path, key), "the specification has no such property, and judge ignores it")
			}
		}
	case []any:
		if is.Kind() != reflect.Slice {
			return
		}
		for i, e := range v {
			t.compare(fmt.Sprintf("%s[%d]", path, i), e, is.Elem())
		}
	}
}

// jsonFields are the properties of a type. (encoding/json takes a name in letters
// of another size, too; the specification does not.)
func jsonFields(is reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for f := range is.NumField() {
		field := is.Field(f)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" && field.Anonymous {
			for k, v := range jsonFields(field.Type) {
				fields[k] = v
			}
			continue
		}
		if name != "" && name != "-" {
			fields[name] = field.Type
		}
	}
	return fields
}
