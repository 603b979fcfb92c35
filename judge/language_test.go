package judge

import (
	"testing"

	"judge/judge/language"
)

// TestAnyLanguage: a package lists languages by their codes, and C++17 is C++ to it.
func TestAnyLanguage(t *testing.T) {
	e := &Engine{opts: Options{Languages: language.Builtin()}}
	for _, test := range []struct {
		id      string
		allowed []string
		want    bool
	}{
		{"cpp17", []string{"c", "cpp"}, true},
		{"cpp", []string{"C++"}, true},
		{"pypy3", []string{"python3"}, true},
		{"c", []string{"cpp"}, false},
		{"java", []string{"algol68", "java"}, true},
		{"java", nil, false},
	} {
		l, err := e.opts.Languages.Find(test.id)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.anyLanguage(test.allowed, toolchain{language: l}.code()); got != test.want {
			t.Errorf("%s is one of %v: %v, want %v", test.id, test.allowed, got, test.want)
		}
	}
}
