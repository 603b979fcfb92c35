package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"judge/cmd/internal/cli"
	"judge/policy"
	"judge/sandbox"
	"judge/sandbox/filter"
)

// policyExplain says what a policy means, or what its filter does with a call.
func policyExplain(args []string) (int, error) {
	var name, call string
	calls := false
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		value, given := strings.CutPrefix(word, "--call=")
		switch {
		case given:
			call = value
		case word == "--call" && len(args) > 0:
			call, args = args[0], args[1:]
		case word == "--calls":
			calls = true
		case strings.HasPrefix(word, "-") || name != "":
			return 0, explainUsage()
		default:
			name = word
		}
	}
	if name == "" {
		return 0, explainUsage()
	}
	p, err := filter.Load(name)
	if err != nil {
		return 0, err
	}
	var b strings.Builder
	if call != "" {
		if err := explainCall(&b, p.Seccomp, call); err != nil {
			return 0, &cli.UsageError{What: fmt.Sprintf("--call %q: %v", call, err), Hint: `write --call socket, or --call 'socket(AF_INET, SOCK_STREAM, 0)'`}
		}
	} else {
		walls, err := sandbox.Walls(p)
		if err != nil {
			return 0, err
		}
		explainPolicy(&b, p, walls, calls)
	}
	_, err = os.Stdout.WriteString(b.String())
	return 0, err
}

func explainUsage() error {
	return &cli.UsageError{What: "judge policy explain takes one policy, --calls, and --call CALL", Hint: "judge policy explain strict --call 'socket(AF_INET, SOCK_STREAM, 0)'"}
}

func explainPolicy(b *strings.Builder, p policy.Policy, walls []string, calls bool) {
	fmt.Fprintf(b, "policy %s, %s\n", p.Name, p.Digest())
	if p.Locked {
		b.WriteString("  locked: flags and policies that extend it may tighten it, and not loosen it\n")
	}
	b.WriteString("\nLimits\n")
	values := settings(p)
	for _, e := range limitTable {
		value, set := values["limits."+e.key]
		if !set {
			value = unsetLimit(e.key, p)
		}
		fmt.Fprintf(b, "  %-11s %-12s %s\n", e.key, value, e.by)
		if set || e.key == "wall_time" {
			fmt.Fprintf(b, "  %-24s %s\n", "", e.passed)
		}
	}
	b.WriteString("\nWhat it sees\n")
	for _, line := range sees(p) {
		fmt.Fprintf(b, "  %s\n", line)
	}
	b.WriteString("\nWhat stands around it\n")
	for _, line := range walls {
		fmt.Fprintf(b, "  %s\n", line)
	}
	b.WriteString("\nSystem calls\n")
	explainFilter(b, p.Seccomp, calls)
}

// settings are all keys that the policy sets, with their values.
func settings(p policy.Policy) map[string]string {
	values := map[string]string{}
	for _, d := range policy.Diff(p, policy.Policy{}) {
		value, _, _ := strings.Cut(d.A, " (") // how it was derived
		values[d.Key] = strings.Trim(value, `"`)
	}
	return values
}

func unsetLimit(key string, p policy.Policy) string {
	if key == "wall_time" && p.Wall() > 0 {
		return p.Wall().String()
	}
	return "unlimited"
}

// explainFilter lists the entries in the order in which they decide.
func explainFilter(b *strings.Builder, s policy.Seccomp, calls bool) {
	for i, r := range s.Rules {
		fmt.Fprintf(b, "  rules[%d]  %s: %s", i, strings.Join(r.Calls, ", "), r.Action)
		if len(r.When) > 0 {
			fmt.Fprintf(b, " where %s", strings.Join(r.When, " and "))
		}
		b.WriteString("\n")
		if calls {
			expandGroups(b, r.Calls)
		}
	}
	for _, list := range []struct {
		name, what string
		entries    []string
	}{{"deny", "ends the run, and the report names the call", s.Deny}, {"allow", "is made", s.Allow}} {
		if len(list.entries) == 0 {
			continue
		}
		fmt.Fprintf(b, "  %s: %s\n", list.name, list.what)
		if calls {
			expandGroups(b, list.entries)
		}
		names := slices.DeleteFunc(slices.Clone(list.entries), func(e string) bool { return calls && strings.HasPrefix(e, "@") })
		wrap(b, "      ", names)
	}
	fmt.Fprintf(b, "  any other call: %s\n", actionText(s.Default))
}

func actionText(action string) string {
	if name, ok := strings.CutPrefix(action, "errno:"); ok {
		return "fails with " + name
	}
	switch action {
	case "allow":
		return "is made"
	case "log":
		return "is made, and written to the kernel's log"
	}
	return "ends the run, and the report names it (status syscall, exit status 159)"
}

func expandGroups(b *strings.Builder, entries []string) {
	for _, entry := range entries {
		members, ok := filter.Members(entry)
		if !ok {
			continue
		}
		about := ""
		for name, text := range filter.Groups {
			if name == entry {
				about = text
			}
		}
		fmt.Fprintf(b, "      %s (%s)\n", entry, about)
		wrap(b, "          ", members)
	}
}

// wrap writes words in lines of up to 100 bytes.
func wrap(b *strings.Builder, indent string, words []string) {
	line := indent
	for _, w := range words {
		if len(line)+len(w) > 100 && line != indent {
			fmt.Fprintln(b, strings.TrimRight(line, " "))
			line = indent
		}
		line += w + " "
	}
	if line != indent {
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
}

// explainCall says what the filter does with a call, and what says so.
func explainCall(b *strings.Builder, s policy.Seccomp, call string) error {
	outcomes, err := filter.Why(s, call)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		condition := ""
		switch {
		case len(o.When) > 0:
			condition = " where " + strings.Join(o.When, " and ")
		case i > 0:
			condition = " otherwise"
		}
		fmt.Fprintf(b, "%s: %s%s\n    by %s = %s\n", call, o.Action, condition, o.Key, o.Entry)
	}
	return nil
}
