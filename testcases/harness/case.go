package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Case is one program with the expectations of its header, for one word of
// @each. Args, Expect, Unsandboxed and the values in Host may still hold
// placeholders, which expand replaces.
type Case struct {
	Name string // with a slash and the word of @each, where there is one
	File string // path of the source
	Kind string
	Why  string

	Needs    []string
	Build    []string // extra words for the compiler
	Alter    []alteration
	Args     []string
	Repeat   int
	Parallel int
	Stdin    Stdin
	Limits   Limits
	Collect  []string
	Host     []Preparation

	Expect      []string // the verdict, then the invariants
	Unsandboxed string   // an invariant, "same" or "skip"
}

// kinds are the values of @kind.
var kinds = []string{"resource", "accounting", "isolation", "escape-attempt", "robustness"}

// repeatable are the keys that may occur more than once.
var repeatable = []string{"host", "expect", "alter"}

// ParseFile reads a case and returns it once for each word of @each.
func ParseFile(path string) ([]Case, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, string(text))
}

// Parse is ParseFile of a text at hand. Whatever it does not know is an error.
func Parse(path, text string) ([]Case, error) {
	lines, err := headerLines(path, text)
	if err != nil {
		return nil, err
	}
	each := []string{""}
	seen := map[string]bool{}
	for _, l := range lines {
		if seen[l.key] && !slices.Contains(repeatable, l.key) {
			return nil, fmt.Errorf("%s:%d: @%s occurs twice", path, l.number, l.key)
		}
		seen[l.key] = true
		if l.key == "each" {
			if each = strings.Fields(l.value); len(each) == 0 {
				return nil, fmt.Errorf("%s:%d: @each has no words", path, l.number)
			}
		}
	}
	var cases []Case
	for i, word := range each {
		c, err := parseOne(path, lines, word)
		if err != nil {
			return nil, err
		}
		if i > 0 && each[0] == "all" {
			c.Unsandboxed = "skip" // the line speaks of "all"
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// parseOne builds the case for one word of @each.
func parseOne(path string, lines []headerLine, word string) (Case, error) {
	c := Case{File: path, Repeat: 1, Parallel: 1, Limits: defaultLimits, Unsandboxed: "skip"}
	for _, l := range lines {
		value := l.value
		if l.key != "each" && word != "" {
			value = strings.ReplaceAll(value, "{each}", word)
		}
		if err := c.set(l.key, value); err != nil {
			return Case{}, fmt.Errorf("%s:%d: @%s: %w", path, l.number, l.key, err)
		}
	}
	if err := c.complete(); err != nil {
		return Case{}, fmt.Errorf("%s: %w", path, err)
	}
	if word != "" {
		c.Name += "/" + word
	}
	return c, nil
}

// set takes one header line into the case.
func (c *Case) set(key, value string) (err error) {
	switch key {
	case "name":
		c.Name = value
	case "kind":
		if c.Kind = value; !slices.Contains(kinds, value) {
			return fmt.Errorf("unknown kind %q", value)
		}
	case "why":
		c.Why = value
	case "needs":
		c.Needs = strings.Fields(value)
		return checkNeeds(c.Needs)
	case "build":
		c.Build = strings.Fields(value)
	case "alter":
		var a alteration
		a, err = parseAlteration(value)
		c.Alter = append(c.Alter, a)
	case "args":
		c.Args = strings.Fields(value)
	case "each":
	case "repeat":
		c.Repeat, err = parseCount(value)
	case "parallel":
		c.Parallel, err = parseCount(value)
	case "stdin":
		c.Stdin, err = parseStdin(value)
	case "limits":
		c.Limits, err = parseLimits(value)
	case "collect":
		c.Collect = strings.Fields(value)
	case "host":
		var p Preparation
		p, err = parsePreparation(value)
		c.Host = append(c.Host, p)
	case "expect":
		c.Expect = append(c.Expect, value)
	case "unsandboxed":
		c.Unsandboxed = value
	default:
		return fmt.Errorf("unknown key")
	}
	return err
}

// complete checks what only the whole header can tell. Placeholders are
// replaced by a number first, so that a misspelt expectation is found here and
// not in the middle of a run.
func (c *Case) complete() error {
	stem := strings.TrimSuffix(filepath.Base(c.File), filepath.Ext(c.File))
	switch {
	case c.Name != stem:
		return fmt.Errorf("@name is %q, the file is %q", c.Name, stem)
	case c.Kind == "":
		return fmt.Errorf("@kind is missing")
	case c.Why == "":
		return fmt.Errorf("@why is missing")
	case len(c.Expect) == 0:
		return fmt.Errorf("@expect is missing")
	case len(c.Build) > 0 && filepath.Ext(c.File) != ".c":
		return fmt.Errorf("@build is for C only")
	}
	dummy := map[string]string{}
	for name := range placeholderOf {
		dummy[name] = "1"
	}
	expanded, err := c.expand(dummy)
	if err != nil {
		return err
	}
	if _, err := parseVerdicts(expanded.Expect[0]); err != nil {
		return err
	}
	for _, text := range expanded.Expect[1:] {
		if _, err := parseInvariant(text); err != nil {
			return err
		}
	}
	if u := expanded.Unsandboxed; u != "same" && u != "skip" {
		if _, err := parseInvariant(u); err != nil {
			return fmt.Errorf("@unsandboxed: %w", err)
		}
	}
	return c.checkPlaceholders()
}

// parseCount reads the N of @repeat and @parallel.
func parseCount(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no count", value)
	}
	return n, nil
}
