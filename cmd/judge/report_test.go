package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"judge/cmd/internal/cli"
	"judge/sandbox"
)

// report is one report as JSON has it.
type report struct{ fields any }

// reportSchema is what judge schema report prints.
type reportSchema struct{ *jsonschema.Schema }

func compileSchema(t *testing.T, judge string) *reportSchema {
	t.Helper()
	text, err := exec.Command(judge, "schema", "report").Output()
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != sandbox.ReportSchema {
		t.Error("judge schema report prints something else than sandbox.ReportSchema")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return &reportSchema{s}
}

// parse reads a report and holds it against the schema.
func (s *reportSchema) parse(ts *testscript.TestScript, text string) *report {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		ts.Fatalf("not JSON: %v: %q", err, text)
	}
	if err := s.Validate(doc); err != nil {
		ts.Fatalf("%#v", err)
	}
	return &report{doc}
}

// only finds the one report of judge run, where its flags say it went; nil if
// there was none.
func (s *reportSchema) only(ts *testscript.TestScript, args []string, status int) *report {
	if slices.Contains(args, "--help") {
		return nil // parseRun would print it
	}
	f, err := parseRun(args)
	if f == nil || err != nil || f.explain || strings.HasPrefix(f.report, "/dev/") {
		return nil
	}
	text := ts.ReadFile("stderr")
	switch f.report {
	case "":
	case "-":
		text = ts.ReadFile("stdout")
	default:
		if _, err := os.Stat(ts.MkAbs(f.report)); err != nil && status == cli.ExitJudge {
			return nil
		}
		text = ts.ReadFile(f.report)
	}
	if f.pretty {
		at := strings.LastIndex("\n"+text, "\n{\n")
		if at < 0 {
			ts.Fatalf("no indented report")
		}
		return s.parse(ts, text[at:])
	}
	if !strings.HasSuffix(text, "\n") && text != "" {
		ts.Fatalf("the report's line has no end")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	switch n := len(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !ours(l) })); {
	case n == 0 && status == cli.ExitJudge:
		return nil
	case n != 1 || !ours(lines[len(lines)-1]):
		ts.Fatalf("want one report, as the last line; there are %d", n)
	}
	return s.parse(ts, lines[len(lines)-1])
}

// last finds a report in the last line on stderr; nil if there is none.
func (s *reportSchema) last(ts *testscript.TestScript) *report {
	text := strings.TrimSuffix(ts.ReadFile("stderr"), "\n")
	line := text[strings.LastIndexByte(text, '\n')+1:]
	if !ours(line) {
		return nil
	}
	return s.parse(ts, line)
}

// ours says whether a line is a report, by how judge begins one.
func ours(line string) bool { return strings.HasPrefix(line, `{"version":1,"status":`) }

var comparison = regexp.MustCompile(`^([a-z_0-9.]+)(!=|>=|<=|=|~)((?s:.*))$`)

func checkReport(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	if len(args) > 0 && !comparison.MatchString(args[0]) {
		s.last = s.schema.parse(ts, ts.ReadFile(args[0]))
		args = args[1:]
	}
	if neg || s.last == nil {
		ts.Fatalf("there is no report")
	}
	for _, a := range args {
		m := comparison.FindStringSubmatch(a)
		if m == nil {
			ts.Fatalf("no comparison: %q", a)
		}
		value := s.last.at(m[1])
		if ok, err := compare(value, m[2], m[3]); err != nil || !ok {
			ts.Fatalf("report: %s is %s, want %s (%v)", m[1], value, a, err)
		}
	}
}

// at gives the value at a path as JSON text; a string without its quotes.
func (r *report) at(path string) string {
	v := r.fields
	for name := range strings.SplitSeq(path, ".") {
		switch w := v.(type) {
		case map[string]any:
			v = w[name]
		case []any:
			if i, err := strconv.Atoi(name); err == nil && i < len(w) {
				v = w[i]
				continue
			}
			v = nil
		default:
			v = nil
		}
	}
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func compare(value, op, want string) (bool, error) {
	switch op {
	case "=":
		return value == want, nil
	case "!=":
		return value != want, nil
	case "~":
		return regexp.MatchString(want, value)
	}
	have, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return false, err
	}
	bound, err := strconv.ParseFloat(want, 64)
	if err != nil {
		return false, fmt.Errorf("bound: %w", err)
	}
	if op == ">=" {
		return have >= bound, nil
	}
	return have <= bound, nil
}
