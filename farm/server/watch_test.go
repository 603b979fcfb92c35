package server

import (
	"errors"
	"testing"
)

// A fault is for good when it is one of the same stream for long enough; of the whole, at once.
func TestIllness(t *testing.T) {
	for looks, want := range map[string]int{"aaaa": 4, "abababab": 0, "aaa aaa": 0, "ab bbbbb": 7, "abbbb": 5, "a*": 2, "        ": 0} {
		var i illness
		at := 0
		for n, look := range []byte(looks) {
			of, err := string(look), error(nil)
			if look != ' ' {
				err = errors.New("ill")
			} else {
				of = ""
			}
			if look == '*' {
				of = ""
			}
			if i.stays(of, err) {
				at = n + 1
				break
			}
		}
		if at != want {
			t.Errorf("%q stays at look %d, not %d", looks, at, want)
		}
	}
}
