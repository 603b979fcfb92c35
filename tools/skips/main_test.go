package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	const pass = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
	tests := []struct {
		name   string
		events string
		want   string
		ok     bool
	}{
		{"all passed", pass + `{"Action":"pass","Package":"p"}`, "1 passed, 0 failed, 0 skipped", true},
		{"nothing ran", `{"Action":"skip","Package":"p"}`, "no test ran", false},
		{"a test failed", pass + `{"Action":"output","Package":"p","Test":"TestB","Output":"why\n"}
			{"Action":"fail","Package":"p","Test":"TestB"}`, "why\n1 passed, 1 failed, 0 skipped", false},
		{"a package failed without a test", pass + `{"Action":"fail","Package":"p"}`, "1 passed, 0 failed", false},
		{"a skip on the list", pass + `{"Action":"skip","Package":"p","Test":"TestV2Peak"}`,
			"1 passed, 0 failed, 1 skipped", true},
		{"a skip off the list", pass + `{"Action":"output","Package":"p","Test":"TestRoot","Output":"no root\n"}
			{"Action":"skip","Package":"p","Test":"TestRoot"}`, "not on the allow-list: p.TestRoot\nno root", false},
		{"other lines pass through", "go: no such thing\n" + pass, "go: no such thing", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			s := newSummary([]string{"p.TestV2*"}, &out)
			if err := s.read(strings.NewReader(test.events)); err != nil {
				t.Fatal(err)
			}
			if ok := s.finish(); ok != test.ok {
				t.Errorf("ok = %v, want %v", ok, test.ok)
			}
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("output %q lacks %q", out.String(), test.want)
			}
		})
	}
}

func TestAllowedNeedsReason(t *testing.T) {
	name := filepath.Join(t.TempDir(), "allowed")
	if err := os.WriteFile(name, []byte("# a comment\np.TestA needs v2\np.TestB\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := readAllowed(name); err == nil || !strings.Contains(err.Error(), ":3: p.TestB has no reason") {
		t.Errorf("err = %v, want one that names line 3", err)
	}
}
