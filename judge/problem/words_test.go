package problem

import (
	"slices"
	"strings"
	"testing"
)

func TestMatchGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"accepted", "accepted/a.py", true},
		{"accepted", "accepted2/a.py", false},
		{"accepted/*", "accepted/a.py", true},
		{"accepted/*", "accepted", false},
		{"*", "accepted/a.py", true},
		{"*/a.py", "accepted/a.py", true},
		{"accepted*", "accepted/a.py", true},
		{"acc*/{a,b}.{py,cpp}", "accepted/b.cpp", true},
		{"acc*/{a,b}.{py,cpp}", "accepted/c.cpp", false},
		{"{simple,complex{1,2}}.py", "complex2.py", true},
		{"secret/*-easy", "secret/01-easy", true},
		{"secret/*-easy", "secret/01-easy-not", false},
		{"a*b*c", "aXbXbXc", true},
		{"a*b*c", "aXbXbX", false},
		{"?.py", "a.py", false},
		{"[a].py", "a.py", false},
		{"{a", "{a", true},
		{strings.Repeat("{a,b}", 300), "x", false},
		{strings.Repeat("*a", 40) + "b", strings.Repeat("a", 500), false},
	} {
		if got := matchGlob(c.pattern, c.name); got != c.want {
			t.Errorf("matchGlob(%.40q, %.40q) = %v", c.pattern, c.name, got)
		}
	}
}

func TestSplitWords(t *testing.T) {
	for in, want := range map[string][]string{
		"":                     nil,
		"  a\tb\n":             {"a", "b"},
		`a 'b c' "d e" f\ g`:   {"a", "b c", "d e", "f g"},
		`''  x""y`:             {"", "xy"},
		`"a\"b" '\'`:           {`a"b`, `\`},
		`float_tolerance 1e-6`: {"float_tolerance", "1e-6"},
		`"a\nb"`:               {`a\nb`},
	} {
		if got, err := splitWords(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("splitWords(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	if _, err := splitWords(`a 'b`); err == nil {
		t.Error("an open quotation mark is taken")
	}
}

func TestNearest(t *testing.T) {
	keys := []string{"time_multiplier", "time_safety_margin", "memory", "type", "name"}
	for in, want := range map[string]string{"tpye": "type", "time_multipliers": "time_multiplier", "memroy": "memory", "base": "", "colour": ""} {
		if got := nearest(in, keys); got != want {
			t.Errorf("nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCompareNatural(t *testing.T) {
	names := []string{"b", "10", "a10", "2", "a2", "02", "a", "a2b", "1"}
	slices.SortFunc(names, compareNatural)
	if want := []string{"1", "02", "2", "10", "a", "a2", "a2b", "a10", "b"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

func TestPatternPath(t *testing.T) {
	for in, want := range map[string]string{"tests/%02d": "tests/07", "%d.in": "7.in", "t/%3d": "t/  7", "x": "x", "%0999999999d": strings.Repeat("0", 63) + "7"} {
		if got := patternPath(in, 7); got != want {
			t.Errorf("patternPath(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseFloat(t *testing.T) {
	for in, want := range map[string]bool{"1": true, "-1.5e-3": true, ".5": true, "5.": true, "+2": true, "0x1p3": false, "inf": false, "nan": false, "": false, "1_000": false, "1e": false, "e": false} {
		if _, ok := parseFloat(in); ok != want {
			t.Errorf("parseFloat(%q): %v", in, ok)
		}
	}
}
