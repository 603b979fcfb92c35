package harness

import (
	"fmt"
	"regexp"
	"slices"
)

// placeholderOf says which preparation gives a placeholder its value; the
// canary is always there.
var placeholderOf = map[string]string{
	"canary":   "",
	"secret":   "",
	"pid":      "process",
	"tcp-port": "tcp-listener",
	"abstract": "abstract-listener",
	"shm-key":  "sysv-shm",
	"mqueue":   "mqueue",
}

var placeholder = regexp.MustCompile(`\{([a-z-]+)\}`)

// expand returns the case with its placeholders replaced.
func (c Case) expand(values map[string]string) (Case, error) {
	var unknown error
	replace := func(text string) string {
		return placeholder.ReplaceAllStringFunc(text, func(match string) string {
			value, ok := values[match[1:len(match)-1]]
			if !ok {
				unknown = fmt.Errorf("unknown placeholder %s in %q", match, text)
			}
			return value
		})
	}
	c.Args = slices.Clone(c.Args)
	for i, a := range c.Args {
		c.Args[i] = replace(a)
	}
	c.Expect = slices.Clone(c.Expect)
	for i, e := range c.Expect {
		c.Expect[i] = replace(e)
	}
	c.Host = slices.Clone(c.Host)
	for i, h := range c.Host {
		c.Host[i].Arg = replace(h.Arg)
	}
	c.Unsandboxed = replace(c.Unsandboxed)
	return c, unknown
}

// checkPlaceholders reports a placeholder whose preparation is not asked for.
func (c *Case) checkPlaceholders() error {
	texts := append(slices.Clone(c.Args), c.Expect...)
	for _, text := range append(texts, c.Unsandboxed) {
		for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
			need := placeholderOf[match[1]]
			has := func(p Preparation) bool { return p.Kind == need }
			if need != "" && !slices.ContainsFunc(c.Host, has) {
				return fmt.Errorf("%s needs @host %s", match[0], need)
			}
		}
	}
	return nil
}
