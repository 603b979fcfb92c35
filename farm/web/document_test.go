package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"judge/judge"
)

// A document is the API's own description, by which answers are checked.
type document struct {
	t        *testing.T
	compiler *jsonschema.Compiler
	paths    map[string]map[string]any
}

func (p *place) document() *document {
	p.t.Helper()
	text := p.ask("GET", "/openapi.json", nil).body
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		p.t.Fatalf("%v: %.300s", err, text)
	}
	d := &document{t: p.t, compiler: jsonschema.NewCompiler(), paths: map[string]map[string]any{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020) // OpenAPI 3.1's is an extension of it
	if err := d.compiler.AddResource("openapi.json", doc); err != nil {
		p.t.Fatal(err)
	}
	for path, ops := range doc.(map[string]any)["paths"].(map[string]any) {
		d.paths[path] = ops.(map[string]any)
	}
	d.whole()
	return d
}

var escape = strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D") // of parts of a JSON pointer in a URI

// whole says whether all that the document says of answers can be read, and names nothing that is not there.
func (d *document) whole() {
	d.t.Helper()
	n := 0
	for path, ops := range d.paths {
		for method, op := range ops {
			for status, r := range op.(map[string]any)["responses"].(map[string]any) {
				content, _ := r.(map[string]any)["content"].(map[string]any) // some answers have none
				for kind := range content {
					n++
					at := fmt.Sprintf("openapi.json#/paths/%s/%s/responses/%s/content/%s/schema", escape.Replace(path), method, status, escape.Replace(kind))
					if _, err := d.compiler.Compile(at); err != nil {
						d.t.Errorf("%s: %v", at, err)
					}
				}
			}
		}
	}
	if n < 20 {
		d.t.Errorf("the document has %d answers", n)
	}
}

// check says whether an answer is what the document says of it.
func (d *document) check(a answer, method, path string) {
	d.t.Helper()
	op, there := d.paths[path][strings.ToLower(method)].(map[string]any)
	if !there {
		d.t.Errorf("the document has no %s %s", method, path)
		return
	}
	status := fmt.Sprint(a.StatusCode)
	if _, there := op["responses"].(map[string]any)[status]; !there {
		status = "default"
	}
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	at := fmt.Sprintf("openapi.json#/paths/%s/%s/responses/%s/content/%s/schema", escape.Replace(path), strings.ToLower(method), status, escape.Replace(kind))
	schema, err := d.compiler.Compile(at)
	if err != nil {
		d.t.Errorf("%s %s answers %d as %s, of which the document knows nothing: %v", method, path, a.StatusCode, kind, err)
		return
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(a.body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		d.t.Errorf("%s %s: %v\n%.2000s", method, path, err, a.body)
	}
}

// Each verdict and status that a result can have is a label of its own, and nothing else is.
func TestLabels(t *testing.T) {
	text, err := judge.ResultSchema()
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		t.Fatal(err)
	}
	for one, labels := range map[string]map[string]bool{"JE": verdicts, "cannot-start": statuses} {
		found := false
		for _, names := range enums(schema) {
			if of := setOf(names...); of[one] {
				found = true
				if !maps.Equal(of, labels) {
					t.Errorf("labels are %v, the schema has %v", labels, names)
				}
			}
		}
		if !found {
			t.Errorf("the schema has no %s", one)
		}
	}
}

// enums are the lists of a schema that say what a value can be.
func enums(schema any) (lists [][]string) {
	switch s := schema.(type) {
	case map[string]any:
		for name, v := range s {
			lists = append(lists, enums(v)...)
			if values, is := v.([]any); name == "enum" && is {
				var list []string
				for _, v := range values {
					if text, is := v.(string); is {
						list = append(list, text)
					}
				}
				lists = append(lists, list)
			}
		}
	case []any:
		for _, v := range s {
			lists = append(lists, enums(v)...)
		}
	}
	return lists
}
