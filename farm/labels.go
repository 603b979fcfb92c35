package farm

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Labels tell workers apart as their operators like: by what machines they are, or whom they serve. A
// batch may want some, and workers that lack one of them take none of its jobs.

var validLabel = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._=-]{0,63}$`)

// Labels reads a list of labels, with commas between; "" has none. The error is a [*Refusal].
func Labels(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	list := strings.Split(text, ",")
	for _, l := range list {
		if !validLabel.MatchString(l) {
			return nil, &Refusal{What: fmt.Sprintf("--labels %q: %q is no label", text, l), Hint: "letters, digits and . _ = -, 64 at most, with commas between labels"}
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// lacks is a label that is wanted and not there; "" if there is none.
func lacks(want, have []string) string {
	for _, l := range want {
		if !slices.Contains(have, l) {
			return l
		}
	}
	return ""
}
