package store

import (
	"strings"
	"testing"
)

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"contest": true, "a": true, "9": true, "Debian-12.5_x": true, strings.Repeat("a", 64): true,
		"": false, "host": false, "hosts": true, strings.Repeat("a", 65): false, ".": false, "..": false, ".a": false, "-a": false, "_a": false,
		"a/b": false, "a b": false, "a\n": false, "ä": false, "a\x00": false, "a:b": false,
	} {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %v", name, got)
		}
	}
}
