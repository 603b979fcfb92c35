package problem

import (
	"math"
	"strings"
	"time"
)

const (
	kibi = 1 << 10
	mebi = 1 << 20
)

// kattisDefaults are the specification's "typical system defaults", the same in both
// versions.
func kattisDefaults() Limits {
	return Limits{
		Memory: 2048 * mebi, Output: 8 * mebi, Code: 128 * kibi,
		CompileTime: 60 * time.Second, CompileMemory: 2048 * mebi,
		ValidationTime: 60 * time.Second, ValidationMemory: 2048 * mebi, ValidationOutput: 8 * mebi,
		ValidationPasses: 1,
	}
}

// kattis reads either version of the Kattis format.
func (r *reader) kattis() {
	format, version, doc := r.kattisVersion()
	r.problem.Format, r.problem.Version = format, version
	r.problem.Limits = kattisDefaults()
	switch format {
	case Legacy:
		r.legacy(doc)
	case V2025:
		r.v2025(doc)
	}
}

// kattisVersion reads problem.yaml and says which version it is: "" if none that is
// known, which has been reported. doc is a null if there is no such file.
func (r *reader) kattisVersion() (format Format, version string, doc value) {
	doc, ok := r.yaml("problem.yaml")
	if !ok {
		if r.stat("problem.yaml") == nil {
			r.warn(Missing, Place{File: "problem.yaml"}, "is missing; everything has its default value")
		}
		doc, _ = r.parseYAML("problem.yaml", nil)
		return Legacy, "", doc
	}
	if !doc.null() && !doc.isMap() {
		doc.fail(BadType, "should be a map of keys to values, and is %s", doc.kind())
		doc, _ = r.parseYAML("problem.yaml", nil)
		return Legacy, "", doc
	}
	v, ok := doc.peek("problem_format_version")
	if !ok {
		return Legacy, "", doc
	}
	version, ok = v.str()
	if !ok {
		return Legacy, "", doc
	}
	switch strings.TrimSuffix(version, "-draft") {
	case "legacy", "legacy-icpc":
		return Legacy, version, doc
	case "2025-09", "draft":
		return V2025, version, doc
	case "2023-07": // what became 2025-09 (its changelog)
		v.warn(StaleSetting, "%s became 2025-09, and is read as that", version)
		return V2025, version, doc
	}
	v.fail(Unsupported, "%q is no known version; known are legacy, legacy-icpc, 2023-07 and 2025-09", version)
	return "", version, doc
}

// peek finds a key of a map without reporting anything about the others.
func (v value) peek(name string) (value, bool) {
	n := v.resolved().node
	for i := 0; v.isMap() && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return v.field(n.Content[i], n.Content[i+1]).value, true
		}
	}
	return value{}, false
}

// old says that the package is of a draft of 2025-09, whose rules differ in places.
func (r *reader) old() bool { return strings.HasPrefix(r.problem.Version, "2023-07") }

// A sized limit: where its value goes, and in which unit it is written.
type sized struct {
	to   *int64
	unit int64
}

// sharedLimit reads a limit that both versions have. known is false for another key.
func (r *reader) sharedLimit(f field) (known bool) {
	l := &r.problem.Limits
	sizes := map[string]sized{
		"memory": {&l.Memory, mebi}, "output": {&l.Output, mebi}, "code": {&l.Code, kibi},
		"compilation_memory": {&l.CompileMemory, mebi}, "validation_memory": {&l.ValidationMemory, mebi},
		"validation_output": {&l.ValidationOutput, mebi},
	}
	times := map[string]*time.Duration{"compilation_time": &l.CompileTime, "validation_time": &l.ValidationTime}
	if size, ok := sizes[f.name]; ok {
		if n, ok := f.count(1, math.MaxInt32); ok {
			*size.to = n * size.unit
		}
		return true
	}
	if to, ok := times[f.name]; ok {
		if s, ok := f.positive(maxSeconds); ok {
			*to = seconds(s)
		}
		return true
	}
	return false
}

var sharedLimits = []string{"memory", "output", "code", "compilation_time", "compilation_memory",
	"validation_time", "validation_memory", "validation_output"}

// maxSeconds bounds every time that a package may set: a week.
const maxSeconds = 7 * 24 * 3600

// seconds turns a number of seconds into a duration, to the nanosecond.
func seconds(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }

// title reads a name, which may be a map of languages; English is preferred, then the
// first.
func (f field) title() string {
	if !f.isMap() {
		s, _ := f.str()
		return s
	}
	title := ""
	for i, in := range f.fields() {
		s, ok := in.str()
		if ok && (i == 0 || in.name == "en" || title == "") {
			title = s
		}
	}
	return title
}
