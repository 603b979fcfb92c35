package filter

import (
	"errors"
	"fmt"
	"slices"

	"judge/policy"
	"judge/sandbox/internal/seccomp"
)

// mistakes finds all that is wrong with one file's filter; see
// [policy.FilterCheck].
func mistakes(own, whole policy.Seccomp) []policy.Mistake {
	var all []policy.Mistake
	names := func(list string, calls []string) {
		for i, name := range calls {
			if err := seccomp.CheckName(name); err != nil {
				all = append(all, mistake(fmt.Sprintf("%s[%d]", list, i), err))
			}
		}
	}
	names("seccomp.allow", own.Allow)
	names("seccomp.deny", own.Deny)
	for i, r := range own.Rules {
		at := fmt.Sprintf("seccomp.rules[%d]", i)
		names(at+".calls", r.Calls)
		for j, w := range r.When {
			if _, err := seccomp.ParseCondition(w); err != nil {
				all = append(all, mistake(fmt.Sprintf("%s.when[%d]", at, j), err))
			}
		}
	}
	if len(all) > 0 {
		return all
	}
	if _, err := seccomp.Resolve(whole); err != nil {
		key := "seccomp"
		if errors.Is(err, seccomp.ErrExec) {
			key = whatStops("execve", own)
		}
		all = append(all, mistake(key, err))
	}
	return all
}

func mistake(key string, err error) policy.Mistake {
	m := policy.Mistake{Key: key, Msg: err.Error(), Err: err}
	var unknown *seccomp.UnknownError
	if errors.As(err, &unknown) && unknown.Nearest != "" {
		m.Hint = fmt.Sprintf("did you mean %q?", unknown.Nearest)
		m.Msg = fmt.Sprintf("unknown %s %q", unknown.Kind, unknown.Name)
	}
	return m
}

// whatStops is the key of the entry that keeps a call from being made, as far
// as it is one of the file's own.
func whatStops(call string, own policy.Seccomp) string {
	covers := func(list string, names []string) string {
		if i := covering(names, call); i >= 0 {
			return fmt.Sprintf("%s[%d]", list, i)
		}
		return ""
	}
	for i, r := range own.Rules {
		if a, err := seccomp.ParseAction(r.Action); err != nil || a == seccomp.Allow || a == seccomp.Log {
			continue
		}
		if key := covers(fmt.Sprintf("seccomp.rules[%d].calls", i), r.Calls); key != "" {
			return key
		}
	}
	if key := covers("seccomp.deny", own.Deny); key != "" {
		return key
	}
	return "seccomp.default"
}

// covering is the number of the first entry that stands for a call; -1 if none does.
func covering(entries []string, call string) int {
	return slices.IndexFunc(entries, func(entry string) bool { return has(entry, call) })
}

// has says whether an entry, a call or a group, stands for a call.
func has(entry, call string) bool {
	if entry == call {
		return true
	}
	if entry == "" || entry[0] != '@' {
		return false
	}
	members, _ := seccomp.Members(entry)
	return slices.Contains(members, call)
}
