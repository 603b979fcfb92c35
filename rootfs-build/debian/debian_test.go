package debian

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestSources(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"one line each", map[string]string{"sources.list": "# a comment\ndeb http://a/debian bookworm main contrib # more\ndeb-src http://a/debian bookworm main\n" +
			"deb [ signed-by=/k arch=amd64 ] http://s/sec bookworm-security main\n"},
			"deb http://a/debian bookworm main contrib\ndeb [signed-by=/k arch=amd64] http://s/sec bookworm-security main\n"},
		{"deb822", map[string]string{"sources.list.d/debian.sources": "Types: deb deb-src\n# a comment\nURIs: http://a/debian\nSuites: bookworm bookworm-updates\nComponents: main\n non-free\nSigned-By: /k\n\n" +
			"Types: deb\nURIs: http://s/sec\nSuites: bookworm-security\nComponents: main\n\nTypes: deb-src\nURIs: http://a\nSuites: bookworm\nComponents: main\n\nEnabled: no\nTypes: deb\nURIs: http://b\nSuites: bookworm\nComponents: main\n"},
			"deb [signed-by=/k] http://a/debian bookworm main non-free\ndeb [signed-by=/k] http://a/debian bookworm-updates main non-free\ndeb http://s/sec bookworm-security main\n"},
		{"others' archives", map[string]string{"sources.list": "deb http://a bookworm main\n", "sources.list.d/node.sources": "Types: deb\nURIs: http://n\nSuites: nodistro\nComponents: main\n",
			"sources.list.d/pgdg.list": "deb http://p bookworm-pgdg main\n", "sources.list.d/cloud.list": "deb http://c cloud-sdk-bookworm main", "sources.list.d/old.list.save": "deb http://o bookworm main"},
			"deb http://a bookworm main\n"},
		{"twice the same", map[string]string{"sources.list": "deb http://a bookworm main\ndeb http://a bookworm main\n"}, "deb http://a bookworm main\n"},
	}
	for _, test := range tests {
		etc := fstest.MapFS{}
		for name, text := range test.files {
			etc[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got, err := sourcesList(etc, "bookworm", ""); err != nil || got != test.want {
			t.Errorf("%s: got %q, %v\nwant %q", test.name, got, err, test.want)
		}
	}
	if got, err := sourcesList(fstest.MapFS{}, "bookworm", ""); err == nil {
		t.Errorf("no source at all: %q", got)
	}
	for mirror, want := range map[string]string{
		"http://m/debian":                          "deb http://m/debian bookworm main\n",
		"http://m/archive/debian/20250520T000000Z": "deb [check-valid-until=no] http://m/archive/debian/20250520T000000Z bookworm main\n",
	} {
		if got, err := sourcesList(fstest.MapFS{}, "bookworm", mirror); err != nil || got != want {
			t.Errorf("%s: %q, %v", mirror, got, err)
		}
	}
}

func TestListener(t *testing.T) {
	var steps []string
	l := &listener{step: func(text string) { steps = append(steps, text) }}
	for _, part := range []string{"I: running apt-", "get update...\nW: x\nI: using /x as tempdir\nI: extr", "acting archives...\n", "E: failed"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Error(n, err)
		}
	}
	if want := []string{"running apt-get update...", "extracting archives..."}; !slices.Equal(steps, want) {
		t.Errorf("steps %q, want %q", steps, want)
	}
	if tail := l.tail(); !strings.HasSuffix(tail, "I: extracting archives...\nE: failed") {
		t.Errorf("it ends with %q", tail)
	}
	for i := range 100 {
		fmt.Fprintf(l, "line %d\n", i)
	}
	if n := strings.Count(l.tail(), "\n"); n != kept {
		t.Errorf("%d lines are kept, want %d", n, kept)
	}
}
