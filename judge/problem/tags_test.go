package problem

import (
	"fmt"
	"testing"
)

// TestTagPlaces: a line ends at LF; what a tag says, at CR too.
func TestTagPlaces(t *testing.T) {
	got := ""
	for _, tag := range findTags(tagScore, "a", []byte("@EXPECTED_SCORE@: 1\n\n  # @expected_score@: 2\r @EXPECTED_SCORE@ 3\r@EXPECTED_SCORE@: 4\n@EXPECTED_SCORE@: 5")) {
		got += fmt.Sprint(tag.at, " ", tag.text, "; ")
	}
	if want := "a:1:1 1; a:3:5 2; a:3:26 3; a:3:45 4; a:4:1 5; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
