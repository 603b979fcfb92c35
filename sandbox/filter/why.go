package filter

import (
	"fmt"
	"strings"

	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

// An Outcome is one thing that a filter may do with a call.
type Outcome struct {
	Action string   // "allow", "kill", "errno:EPERM", "log"
	When   []string // conditions on arguments that were not given; none if the outcome is certain
	Key    string   // what says so: "seccomp.rules[3]", "seccomp.deny", "seccomp.allow", "seccomp.default"
	Entry  string   // that rule as an inline table, or the entry of that list
}

// Why says what a filter does with a call, such as "socket" or "socket(AF_INET,
// SOCK_STREAM, 0)", and what of the policy makes it so. Arguments are numbers
// and names of constants, joined by "|"; "_", a string and what is left out are
// not known. The first outcome whose conditions hold is the filter's; the last
// is certain. The filter must be one that [Load] finds right.
func Why(p policy.Seccomp, call string) ([]Outcome, error) {
	q, err := parseQuestion(call)
	if err != nil {
		return nil, err
	}
	var out []Outcome
	for i, r := range p.Rules {
		if covering(r.Calls, q.name) < 0 {
			continue
		}
		open, holds, err := q.conditions(r.When)
		if err != nil {
			return nil, fmt.Errorf("rules[%d]: %w", i, err)
		}
		if !holds {
			continue
		}
		out = append(out, Outcome{r.Action, open, fmt.Sprintf("seccomp.rules[%d]", i), r.TOML()})
		if len(open) == 0 {
			return out, nil
		}
	}
	return append(out, q.unruled(p)), nil
}

// unruled is what becomes of a call that no rule decides.
func (q question) unruled(p policy.Seccomp) Outcome {
	for _, list := range []struct {
		key, action string
		names       []string
	}{{"seccomp.deny", "kill", p.Deny}, {"seccomp.allow", "allow", p.Allow}} {
		if i := covering(list.names, q.name); i >= 0 {
			return Outcome{Action: list.action, Key: list.key, Entry: fmt.Sprintf("%q", list.names[i])}
		}
	}
	action := p.Default
	if action == "" {
		action = "kill"
	}
	return Outcome{Action: action, Key: "seccomp.default", Entry: fmt.Sprintf("%q", action)}
}

// A question is a call of which some arguments may be known.
type question struct {
	name  string
	args  [6]uint64
	known [6]bool
}

func parseQuestion(text string) (question, error) {
	name, rest, given := strings.Cut(strings.TrimSpace(text), "(")
	q := question{name: strings.TrimSpace(name)}
	if strings.HasPrefix(q.name, "@") {
		return q, fmt.Errorf("%q is a group; name one call of it", q.name)
	}
	if err := seccomp.CheckName(q.name); err != nil {
		return q, err
	}
	if !given {
		return q, nil
	}
	rest, closed := strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !closed {
		return q, fmt.Errorf("%q has no ) at its end", text)
	}
	if strings.TrimSpace(rest) == "" {
		return q, nil
	}
	words := split(rest)
	if len(words) > len(q.args) {
		return q, fmt.Errorf("%q has %d arguments; a system call has at most %d", text, len(words), len(q.args))
	}
	for i, word := range words {
		if strings.HasPrefix(word, `"`) || strings.HasPrefix(word, "{") || strings.HasPrefix(word, "[") || word == "_" || strings.HasPrefix(word, "...") {
			continue // behind a pointer, where no filter looks
		}
		if word == "NULL" {
			word = "0"
		}
		v, err := seccomp.ParseValue(word)
		if err != nil {
			return q, fmt.Errorf("argument %d of %s: %w", i, q.name, err)
		}
		q.args[i], q.known[i] = v, true
	}
	return q, nil
}

// split cuts arguments at commas outside quotes and brackets.
func split(s string) []string {
	var words []string
	depth, quoted, start := 0, false, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ',' && depth == 0:
			words = append(words, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	return append(words, strings.TrimSpace(s[start:]))
}

// conditions are those that hang on arguments that are not known; holds is
// false where one of the others does not hold.
func (q question) conditions(when []string) (open []string, holds bool, err error) {
	for _, w := range when {
		c, err := seccomp.ParseCondition(w)
		switch {
		case err != nil:
			return nil, false, err
		case !q.known[c.Arg]:
			open = append(open, w)
		case !c.Holds(q.args):
			return nil, false, nil
		}
	}
	return open, true, nil
}
