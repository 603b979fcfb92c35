package problem

import (
	"fmt"
	"strings"
	"testing"
)

// TestValues: what each kind of value takes, and what it says of the rest.
func TestValues(t *testing.T) {
	kinds := map[string]func(field) (any, bool){
		"str":     func(f field) (any, bool) { return f.str() },
		"float":   func(f field) (any, bool) { return f.float() },
		"count":   func(f field) (any, bool) { return f.count(1, 10) },
		"above":   func(f field) (any, bool) { return f.positive(10) },
		"bool":    func(f field) (any, bool) { return f.boolean() },
		"strs":    func(f field) (any, bool) { return f.strs() },
		"one":     func(f field) (any, bool) { return f.strOrStrs() },
		"choice":  func(f field) (any, bool) { return f.choice("a", "b") },
		"words":   func(f field) (any, bool) { return f.words() },
		"bounds":  func(f field) (any, bool) { b := f.bounds(); return b, b != nil },
		"verdict": func(f field) (any, bool) { var v []Verdict; f.verdicts(&v); return v, v != nil },
	}
	for _, c := range []struct{ kind, yaml, want, wrong string }{
		{"str", "x y", "x y", ""},
		{"str", "12", "12", ""},
		{"str", "2025-09-01", "2025-09-01", ""},
		{"str", "[a]", "", "k: should be a string, and is a list"},
		{"str", "~", "", ""},
		{"str", "", "", ""},
		{"float", "1.5e2", "150", ""},
		{"float", `"7"`, "7", ""},
		{"float", "+inf", "+Inf", ""},
		{"float", "-.inf", "-Inf", ""},
		{"float", ".nan", "", `should be a number, and is ".nan"`},
		{"float", "0x10", "", `should be a number`},
		{"float", "1_000", "", `should be a number`},
		{"count", "2.0", "2", ""},
		{"count", "2.5", "", "should be a whole number"},
		{"count", "11", "", "should be from 1 to 10, and is 11"},
		{"above", "0", "", "should be above 0 and at most 10, and is 0"},
		{"above", ".inf", "", "should be above 0"},
		{"bool", "true", "true", ""},
		{"bool", "No", "false", ""},
		{"bool", "1", "", "should be true or false"},
		{"strs", "[a, 2]", "[a 2]", ""},
		{"strs", "[a, ~]", "", "k[1]: should be a string, and is empty"},
		{"strs", "a", "", "should be a list"},
		{"one", "a", "[a]", ""},
		{"one", "{a: b}", "", "should be a string, and is a map"},
		{"choice", "b", "b", ""},
		{"choice", "c", "", `should be a or b, and is "c"`},
		{"words", `a "b c"`, "[a b c]", ""},
		{"words", `"a 'b"`, "", "a quotation mark is not closed"},
		{"bounds", "0 100", "&{0 100}", ""},
		{"bounds", "-inf +inf", "&{-Inf +Inf}", ""},
		{"bounds", "[1, 2]", "&{1 2}", ""},
		{"bounds", "2 1", "", "the lower one first"},
		{"bounds", "5", "", "should be two numbers"},
		{"verdict", "[AC, TLE]", "[AC TLE]", ""},
		{"verdict", "AC", "[AC]", ""},
		{"verdict", "[MLE]", "", `"MLE" is none of`},
	} {
		t.Run(c.kind+" "+c.yaml, func(t *testing.T) {
			r := &reader{problem: &Problem{}}
			doc, ok := r.parseYAML("f.yaml", []byte("# a remark\nk: "+c.yaml+"\n"))
			if !ok {
				t.Fatal(r.faults.errs)
			}
			got, good := kinds[c.kind](doc.fields()[0])
			if good != (c.want != "") || good && fmt.Sprint(got) != c.want {
				t.Errorf("is %v, %v; want %q", got, good, c.want)
			}
			errs := r.faults.errors().Error()
			if (errs == "") != (c.wrong == "") || !strings.Contains(errs, c.wrong) {
				t.Errorf("says %q, want %q", errs, c.wrong)
			}
			if errs != "" && !strings.HasPrefix(errs, "f.yaml:2:") {
				t.Errorf("has no place: %s", errs)
			}
		})
	}
}

// TestBadYAML: what is no YAML, or no map, is said with its place.
func TestBadYAML(t *testing.T) {
	for text, want := range map[string]string{
		"a: [1\nb: 2\n":        "f.yaml:2:",
		"a: 1\n\tb: 2\n":       "f.yaml:2:",
		"a: 'x\n":              "f.yaml:",
		"a: 1\n---\nb: 2\n":    "f.yaml",
		"a: *gone\n":           "f.yaml:1:",
		"a: b: c\n":            "f.yaml:1:",
		"{a: 1}}\n":            "f.yaml:1:",
		"a: \"\\q\"\n":         "f.yaml:1:",
		"%YAML 9.9\n---\na: 1": "f.yaml",
	} {
		r := &reader{problem: &Problem{}}
		if _, ok := r.parseYAML("f.yaml", []byte(text)); ok || len(r.faults.errs) != 1 || !strings.HasPrefix(r.faults.errs[0].Error(), want) {
			t.Errorf("%q: %v, %v; want an error at %s", text, ok, r.faults.errs, want)
		}
	}
}
