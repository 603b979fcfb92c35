package check

import (
	"fmt"
	"strings"

	"judge/judge/problem"
)

const (
	flagCase     = "case_sensitive"
	flagSpace    = "space_change_sensitive"
	flagBoth     = "float_tolerance"
	flagAbsolute = "float_absolute_tolerance"
	flagRelative = "float_relative_tolerance"
)

// ParseFlags reads the arguments of the default validator, a word each. An error
// is a fault of the problem package, and names the word. In 2025-09 a tolerance
// given twice, or one given beside float_tolerance, is one; elsewhere the last counts.
func ParseFlags(words []string, format problem.Format) (Flags, error) {
	var f Flags
	given := map[string]bool{}
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch word {
		case flagCase:
			f.CaseSensitive = true
			continue
		case flagSpace:
			f.SpaceChangeSensitive = true
			continue
		case flagBoth, flagAbsolute, flagRelative:
		default:
			return Flags{}, fmt.Errorf("the default validator has no flag %q; it has %s", word,
				strings.Join([]string{flagCase, flagSpace, flagBoth, flagAbsolute, flagRelative}, ", "))
		}
		if err := clash(word, given); err != nil && format == problem.V2025 {
			return Flags{}, err
		}
		given[word] = true
		if i++; i == len(words) {
			return Flags{}, fmt.Errorf("the validator's flag %s lacks its tolerance", word)
		}
		t, err := ParseTolerance(words[i])
		if err != nil {
			return Flags{}, fmt.Errorf("the validator's flag %s: %w", word, err)
		}
		if word != flagRelative {
			f.Absolute = t
		}
		if word != flagAbsolute {
			f.Relative = t
		}
	}
	return f, nil
}

// clash says what is wrong with a tolerance beside those given before.
func clash(word string, given map[string]bool) error {
	if given[word] {
		return fmt.Errorf("the validator's flag %s is given twice", word)
	}
	for other := range given {
		if word == flagBoth || other == flagBoth {
			return fmt.Errorf("the validator's flag %s is given beside %s: %s stands for both of the others", word, other, flagBoth)
		}
	}
	return nil
}
