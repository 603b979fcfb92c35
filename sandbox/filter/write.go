package filter

import (
	"fmt"
	"slices"
	"strings"

	"judge/policy"
)

// TOML writes a policy whose filter was learnt: p with that filter, each entry
// with how often it was needed. about are lines of comment for its head.
func (r *Recording) TOML(p policy.Policy, about []string) (string, error) {
	learnt, err := r.Filter()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, line := range about {
		fmt.Fprintf(&b, "# %s\n", oneLine(line))
	}
	b.WriteString("\n")
	p.Seccomp = policy.Seccomp{}
	b.WriteString(p.TOML())
	b.WriteString("\n# A call that is not named here ends the run. Behind each: how often it was made.\n")
	fmt.Fprintf(&b, "[seccomp]\ndefault = %q\n", learnt.Default)
	r.mu.Lock()
	defer r.mu.Unlock()
	lessons := r.lessons()
	list := func(name string, plain bool) {
		if !slices.ContainsFunc(lessons, func(l lesson) bool { return l.plain() == plain }) {
			return
		}
		fmt.Fprintf(&b, "%s = [\n", name)
		for _, l := range lessons {
			switch {
			case l.plain() != plain:
			case plain:
				fmt.Fprintf(&b, "    %-24s # %s\n", fmt.Sprintf("%q,", l.call), l.remark())
			default:
				fmt.Fprintf(&b, "    %s, # %s\n", l.rule().TOML(), l.remark())
			}
		}
		b.WriteString("]\n")
	}
	list("allow", true)
	list("rules", false)
	return b.String(), nil
}

func (l lesson) remark() string {
	switch {
	case l.count == 0:
		return l.note
	case l.note == "":
		return fmt.Sprint(l.count)
	}
	return fmt.Sprintf("%d, %s", l.count, l.note)
}

// oneLine keeps a comment a comment.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
}
