package problem

import (
	"fmt"
	"strings"
)

// The flags of the default validator.
const (
	flagCase     = "case_sensitive"
	flagSpace    = "space_change_sensitive"
	flagBoth     = "float_tolerance"
	flagAbsolute = "float_absolute_tolerance"
	flagRelative = "float_relative_tolerance"
)

// DefaultFlags are the arguments of the default validator ([CheckDefault]), read.
// Tolerances are numbers of the specification's grammar, not negative; "" is none.
type DefaultFlags struct {
	CaseSensitive, SpaceChangeSensitive bool
	Absolute, Relative                  string
}

// ParseDefaultFlags reads them, a word each. An error is a fault of the package, and
// names the word. In 2025-09 a tolerance given twice, or one given beside
// float_tolerance, is one; elsewhere the last counts.
func ParseDefaultFlags(words []string, format Format) (DefaultFlags, error) {
	var f DefaultFlags
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
			return DefaultFlags{}, fmt.Errorf("the default validator has no flag %q; it has %s", word,
				strings.Join([]string{flagCase, flagSpace, flagBoth, flagAbsolute, flagRelative}, ", "))
		}
		if err := clash(word, given); err != nil && format == V2025 {
			return DefaultFlags{}, err
		}
		given[word] = true
		if i++; i == len(words) {
			return DefaultFlags{}, fmt.Errorf("the validator's flag %s lacks its tolerance", word)
		}
		switch t, ok := parseFloat(words[i]); {
		case !ok:
			return DefaultFlags{}, fmt.Errorf("the validator's flag %s: tolerance %q is not a number such as 1e-6", word, words[i])
		case t < 0:
			return DefaultFlags{}, fmt.Errorf("the validator's flag %s: tolerance %q is negative", word, words[i])
		}
		if word != flagRelative {
			f.Absolute = words[i]
		}
		if word != flagAbsolute {
			f.Relative = words[i]
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

// flagsAt are arguments of output validators, and where they stand.
type flagsAt struct {
	words []string
	at    value
}

// checkFlags reports flags that the default validator does not have.
func (r *reader) checkFlags() {
	if p := r.problem; len(p.Checkers) == 0 || p.Checkers[0].Kind != CheckDefault || p.Interactor != nil {
		return
	}
	for _, f := range r.flags {
		if _, err := ParseDefaultFlags(f.words, r.problem.Format); err != nil {
			f.at.fail(BadValue, "%v", err)
		}
	}
}
