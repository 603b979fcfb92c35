package check

import (
	"fmt"

	"judge/judge/problem"
)

// ParseFlags reads the arguments of the default validator, a word each. An error
// is a fault of the problem package, and names the word.
func ParseFlags(words []string, format problem.Format) (Flags, error) {
	given, err := problem.ParseDefaultFlags(words, format)
	if err != nil {
		return Flags{}, err
	}
	f := Flags{CaseSensitive: given.CaseSensitive, SpaceChangeSensitive: given.SpaceChangeSensitive}
	if f.Absolute, err = tolerance(given.Absolute); err != nil {
		return Flags{}, err
	}
	f.Relative, err = tolerance(given.Relative)
	return f, err
}

// tolerance is nil for none.
func tolerance(text string) (*Tolerance, error) {
	if text == "" {
		return nil, nil
	}
	t, err := ParseTolerance(text)
	if err != nil {
		return nil, fmt.Errorf("the validator's flags: %w", err)
	}
	return t, nil
}
