package seccomp

import (
	"errors"
	"fmt"
	"sort"

	"judge/policy"
)

// maxConditions bounds a rule. The built-in policies need two.
const maxConditions = 16

// ErrExec is what Resolve answers for a filter that would stop the very
// program it is for.
var ErrExec = errors.New(`the filter stops execve, so no program could start; allow "execve" without conditions`)

// ErrEmpty is what Resolve answers for a filter with nothing in it.
var ErrEmpty = errors.New(`the filter is empty; extend a policy that has one, or set default = "allow"`)

// Resolve brings a policy's filter into its normal form: groups expanded,
// conditions parsed, precedence applied. A default that is not set is kill.
func Resolve(p policy.Seccomp) (Spec, error) {
	if p.Default == "" && len(p.Allow) == 0 && len(p.Deny) == 0 && len(p.Rules) == 0 {
		return Spec{}, ErrEmpty
	}
	s := Spec{Default: Kill}
	if p.Default != "" {
		a, err := ParseAction(p.Default)
		if err != nil {
			return Spec{}, fmt.Errorf("default: %w", err)
		}
		s.Default = a
	}
	calls := map[string][]Rule{}
	for i, r := range p.Rules {
		if err := addRule(calls, r); err != nil {
			return Spec{}, fmt.Errorf("rules[%d]: %w", i, err)
		}
	}
	if err := addList(calls, p.Deny, Kill); err != nil {
		return Spec{}, fmt.Errorf("deny: %w", err)
	}
	if err := addList(calls, p.Allow, Allow); err != nil {
		return Spec{}, fmt.Errorf("allow: %w", err)
	}
	for name, rules := range calls {
		rules = normal(rules, s.Default)
		if len(rules) == 1 && rules[0].Action == s.Default {
			continue
		}
		s.Calls = append(s.Calls, CallRules{Name: name, Rules: rules})
	}
	sort.Slice(s.Calls, func(i, j int) bool { return s.Calls[i].Name < s.Calls[j].Name })
	for _, r := range s.Rules("execve") {
		if r.Action != Allow && r.Action != Log {
			return Spec{}, ErrExec
		}
	}
	return s, nil
}

// addRule appends a rule to every call it names. What comes after an
// unconditional rule is never reached and dropped by normal.
func addRule(calls map[string][]Rule, r policy.Rule) error {
	a, err := ParseAction(r.Action)
	if err != nil {
		return err
	}
	if len(r.Calls) == 0 {
		return errors.New("names no calls")
	}
	if len(r.When) > maxConditions {
		return fmt.Errorf("%d conditions, at most %d fit", len(r.When), maxConditions)
	}
	var when []Condition
	for _, w := range r.When {
		c, err := ParseCondition(w)
		if err != nil {
			return err
		}
		when = append(when, c)
	}
	return addNames(r.Calls, func(call string) {
		calls[call] = append(calls[call], Rule{When: when, Action: a})
	})
}

func addList(calls map[string][]Rule, names []string, a Action) error {
	return addNames(names, func(call string) {
		calls[call] = append(calls[call], Rule{Action: a})
	})
}

func addNames(names []string, add func(call string)) error {
	for _, name := range names {
		if err := CheckName(name); err != nil {
			return err
		}
		expand(name, add)
	}
	return nil
}

func groupNames(yield func(string) bool) {
	Groups(func(name, _ string) bool { return yield(name) })
}

// normal ends the rules with one that always holds, and drops what cannot be
// reached and what changes nothing.
func normal(rules []Rule, def Action) []Rule {
	out := make([]Rule, 0, len(rules)+1)
	for _, r := range rules {
		out = append(out, r)
		if len(r.When) == 0 {
			break
		}
	}
	if len(out[len(out)-1].When) != 0 {
		out = append(out, Rule{Action: def})
	}
	last := out[len(out)-1]
	for len(out) > 1 && out[len(out)-2].Action == last.Action {
		out[len(out)-2] = last
		out = out[:len(out)-1]
	}
	return out
}

// CheckName says of a policy's entry, the name of a call or of a group, whether
// there is such a thing; the error is an [*UnknownError].
func CheckName(name string) error {
	switch {
	case len(name) > 0 && name[0] == '@':
		if _, ok := groupMembers(name); !ok {
			return &UnknownError{Kind: "group", Name: name, Nearest: nearest(name, groupNames)}
		}
	case !known(name):
		return &UnknownError{Kind: "system call", Name: name, Nearest: nearest(name, each(allCalls()))}
	}
	return nil
}
