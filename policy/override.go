package policy

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// An Override is one flag that has something to say about a policy.
type Override struct {
	// Key is the full key: "limits.cpu_time", "filesystem.bind". "environment"
	// stands for environment.set or environment.pass, as the value has it.
	Key string

	// Value is written as on a command line: "2s", "64MiB", "unlimited", "true";
	// "SRC:DST[:ro|rw]" for filesystem.bind; "NAME=VALUE" for environment.set;
	// one name for each other list. A relative SRC is relative to where judge runs.
	Value string

	// Flag is what messages call it: "--cpu-time"; the key if it is "".
	Flag string
}

// source is what messages call the override.
func (o Override) source() string {
	if o.Flag == "" {
		return o.Key
	}
	return o.Flag
}

// With gives the policy with flags laid over it, as a later level would be:
// scalars replace, lists grow. p is not changed. Where p is locked, what
// loosens it is a [*LockedError]; a value that its key cannot have is an
// [*OverrideError]. All errors are joined.
func (p Policy) With(overrides []Override) (Policy, error) {
	next := p.clone()
	var level Policy // what the flags add to lists
	var errs []error
	overrides = withGroups(overrides)
	for _, o := range overrides {
		if err := p.override(&next, &level, o); err != nil {
			errs = append(errs, err)
		}
	}
	merge(&next, &level)
	if len(errs) == 0 {
		errs = conflicts(&next, &level, overrides)
	}
	if len(errs) > 0 {
		return Policy{}, errors.Join(errs...)
	}
	return next, nil
}

// withGroups makes of "bridge:GROUP,GROUP", a value of network.mode, what it stands for.
func withGroups(overrides []Override) []Override {
	var out []Override
	for _, o := range overrides {
		names, grouped := strings.CutPrefix(o.Value, "bridge:")
		if o.Key != "network.mode" || !grouped {
			out = append(out, o)
			continue
		}
		out = append(out, Override{Key: o.Key, Value: "bridge", Flag: o.Flag})
		for name := range strings.SplitSeq(names, ",") {
			out = append(out, Override{Key: "network.bridge.groups", Value: name, Flag: o.Flag})
		}
	}
	return out
}

// override applies one flag: scalars to next, lists to level.
func (p *Policy) override(next, level *Policy, o Override) error {
	k := findKey(environmentKey(o))
	if k == nil || k.path() == "locked" || k.path() == "seccomp.rules" {
		return &OverrideError{Override: o, Msg: "no flag can set the key " + strconv.Quote(o.Key)}
	}
	v, pr := k.parseText(o.Value)
	if pr != nil {
		return &OverrideError{Override: o, Msg: pr.msg, Hint: pr.hint}
	}
	into := next
	if k.isList() {
		into = level
	}
	if issues := k.setTOML(into, v); len(issues) > 0 {
		return &OverrideError{Override: o, Msg: issues[0].msg, Hint: issues[0].hint}
	}
	if p.Locked && p.loosenedBy(k, next, v) {
		return &LockedError{Policy: p.Name, Flag: o.source(), Key: k.path(), Have: k.shown(p), Asked: strconv.Quote(o.Value)}
	}
	if k.path() == "network.mode" && next.Network.Mode == "host" && p.Network.Mode != "host" && !p.Network.AllowHost {
		return &OverrideError{Override: o, Msg: "the policy " + strconv.Quote(p.Name) + " gives no run the host's network", Hint: "a policy does that with allow_host = true in [network]"}
	}
	return nil
}

// loosenedBy says whether a flag's value for a key loosens p. For a list that
// is the one element, judged as if it were the only flag.
func (p *Policy) loosenedBy(k *key, next *Policy, v any) bool {
	if k.isList() {
		var level Policy
		k.setTOML(&level, v) // was right a moment ago
		only := p.clone()
		merge(&only, &level)
		next = &only
	}
	// Not only the key itself: an allowed call is taken out of the denied ones.
	for i := range keys {
		other := &keys[i]
		touched := other == k || k.isList() && other.isList() && other.table == k.table
		if touched && other.loosens(p, next) {
			return true
		}
	}
	return false
}

// environmentKey gives the key that an override means.
func environmentKey(o Override) string {
	if o.Key != "environment" {
		return o.Key
	}
	if strings.Contains(o.Value, "=") {
		return "environment.set"
	}
	return "environment.pass"
}

// conflicts are the mistakes that only the flags together make, or a flag
// together with the policy.
func conflicts(next, level *Policy, overrides []Override) []error {
	var errs []error
	for _, is := range checkTogether(next, level) {
		base, _, _ := strings.Cut(is.path, "[")
		at := slices.IndexFunc(overrides, func(o Override) bool { return environmentKey(o) == base })
		if at < 0 {
			errs = append(errs, &FileError{Key: is.path, Msg: is.message(), Hint: is.hint})
			continue
		}
		errs = append(errs, &OverrideError{Override: overrides[at], Msg: is.msg, Hint: is.hint})
	}
	return errs
}

// parseText makes of a flag's value what TOML would have decoded.
func (k *key) parseText(s string) (any, *problem) {
	if k.limit && (s == unlimited || isNone(s)) {
		return s, nil
	}
	switch k.ref(new(Policy)).(type) {
	case *bool:
		switch s {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, wrong("is neither true nor false")
	case *int, *int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, wrong("want a whole number")
		}
		return n, nil
	case *float64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil, wrong("want a number")
		}
		return f, nil
	case *[]string:
		return []any{s}, nil
	case *map[string]string:
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, wrong("has no value").hinted("write NAME=VALUE")
		}
		return map[string]any{name: value}, nil
	case *[]Bind:
		return parseBind(s)
	}
	return s, nil
}

// parseBind reads SRC:DST[:ro|rw]. A colon in SRC or DST cannot be written.
func parseBind(s string) (any, *problem) {
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, wrong("is no bind mount").hinted("write SRC:DST, SRC:DST:ro or SRC:DST:rw")
	}
	readonly := true
	if len(parts) == 3 {
		switch parts[2] {
		case "ro":
		case "rw":
			readonly = false
		default:
			return nil, wrong("%q is neither ro nor rw", parts[2])
		}
	}
	return []map[string]any{{"source": parts[0], "target": parts[1], "readonly": readonly}}, nil
}
