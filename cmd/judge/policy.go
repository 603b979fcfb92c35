package main

import (
	"errors"
	"fmt"
	"os"
	"unicode/utf8"

	"judge/cmd/internal/cli"
	"judge/policy"
	"judge/sandbox/filter"
)

// policyVerbs are the commands below judge policy, in the order of help.
func policyVerbs() []cli.Command {
	return []cli.Command{
		{Name: "list", About: "name the built-in policies", Run: policyList},
		{Name: "show", About: "NAME|FILE: print a policy with all that it inherits", Run: policyShow},
		{Name: "check", About: "NAME|FILE: say all that is wrong with a policy", Run: policyCheck},
		{Name: "explain", About: "NAME|FILE [--calls] [--call CALL]: what each part does and what enforces it", Run: policyExplain},
		{Name: "diff", About: "A B: settings and system calls that two policies have differently", Run: policyDiff},
		{Name: "learn", About: "[flags] [--] PROG [ARG...]: run a trusted program, and write the policy that it needs", Run: policyLearn},
	}
}

// policyCommand is judge policy VERB.
func policyCommand(args []string) (int, error) {
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h") {
		fmt.Println("judge policy COMMAND [ARG...]")
		fmt.Println()
		for _, v := range policyVerbs() {
			fmt.Printf("  %-8s %s\n", v.Name, v.About)
		}
		return 0, nil
	}
	var names []string
	for _, v := range policyVerbs() {
		if len(args) > 0 && args[0] == v.Name {
			return v.Run(args[1:])
		}
		names = append(names, v.Name)
	}
	e := &cli.UsageError{What: "judge policy takes list, show, check, explain, diff or learn", Hint: "judge policy --help"}
	if len(args) > 0 {
		e.What = fmt.Sprintf("unknown command judge policy %s", args[0])
		if near := policy.Nearest(args[0], names); near != "" {
			e.Hint = "did you mean judge policy " + near + "? " + e.Hint
		}
	}
	return 0, e
}

// placed looks at the policy's file again if an error may come from it: that
// finds also what is wrong with its filter, each with its place. A run, which
// has no time for that, finds the first mistake, and only when it makes the filter.
func placed(name string, err error) error {
	var files policy.FileErrors
	if err == nil {
		return nil
	}
	if _, found := filter.Load(name); errors.As(found, &files) {
		return files
	}
	return err
}

func policyList(args []string) (int, error) {
	if len(args) != 0 {
		return 0, &cli.UsageError{What: fmt.Sprintf("judge policy list takes no argument, got %q", args), Hint: "judge policy list"}
	}
	for _, name := range policy.Names() {
		fmt.Println(name)
	}
	return 0, nil
}

// policyShow prints a policy with everything that it inherits.
func policyShow(args []string) (int, error) {
	if len(args) != 1 {
		return 0, &cli.UsageError{What: "judge policy show takes one policy", Hint: "judge policy show strict"}
	}
	p, err := policy.Load(args[0])
	if err != nil {
		return 0, err
	}
	_, err = os.Stdout.WriteString(p.TOML())
	return 0, err
}

func policyCheck(args []string) (int, error) {
	if len(args) != 1 {
		return 0, &cli.UsageError{What: "judge policy check takes one policy", Hint: "judge policy check my.toml"}
	}
	p, err := filter.Load(args[0])
	if err != nil {
		return 0, err
	}
	fmt.Printf("%s: policy %q is right, %s\n", args[0], p.Name, p.Digest())
	return 0, nil
}

// policyDiff says in what two policies differ, by effect. What they are called
// is no difference.
func policyDiff(args []string) (int, error) {
	if len(args) != 2 {
		return 0, &cli.UsageError{What: "judge policy diff takes two policies", Hint: "judge policy diff strict my.toml"}
	}
	var p [2]policy.Policy
	for i := range p {
		var err error
		if p[i], err = filter.Load(args[i]); err != nil {
			return 0, err
		}
	}
	calls, err := filter.Compare(p[0].Seccomp, p[1].Seccomp)
	if err != nil {
		return 0, err
	}
	p[0].Name, p[0].Seccomp = p[1].Name, p[1].Seccomp
	settings := policy.Diff(p[0], p[1])
	for _, d := range settings {
		fmt.Printf("%-24s  %s -> %s\n", d.Key, shortened(d.A), shortened(d.B))
	}
	if len(settings) > 0 && len(calls) > 0 {
		fmt.Println()
	}
	width := 0
	for _, c := range calls {
		width = max(width, min(utf8.RuneCountInString(c.Call), 48))
	}
	for _, c := range calls {
		fmt.Printf("%-*s  %s -> %s\n", width, c.Call, c.A, c.B)
	}
	if len(settings)+len(calls) > 0 {
		return 1, nil
	}
	return 0, nil
}

func shortened(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return s
}
