package main

import (
	"fmt"
	"strings"

	"judge/cmd/internal/cli"
)

// A houseFlag is a flag of a command that takes few; arg is what its value is
// called, "" for a switch.
type houseFlag struct{ name, arg, about string }

// houseFlags are those of judge ps, stats, exec, stop, kill, gc and doctor, for help and
// completion.
func houseFlags(command string) []houseFlag {
	switch command {
	case "ps", "doctor":
		return []houseFlag{{"--json", "", "print JSON"}}
	case "stats":
		return []houseFlag{{"--json", "", "print JSON, an object a line"}, {"--no-stream", "", "once, and no more"}}
	case "exec":
		return []houseFlag{
			{"-t", "", "a pseudo-terminal of its own"}, {"--tty", "", "the same"},
			{"--env", "K=V|K", "set a variable, or pass one on; repeatable"}, {"--workdir", "DIR", "where it starts (where the run did)"},
			{"--grace", "D", "between a forwarded signal and SIGKILL (1s)"},
			{"--no-landlock", "", "without the rules of Landlock: it sees, and may signal, the run's other processes"},
		}
	case "stop":
		return []houseFlag{{"--time", "D", "between SIGTERM and SIGKILL (the run's --grace)"}}
	case "kill":
		return []houseFlag{{"-9", "", "kill its judge, too: no report is written"}}
	case "gc":
		return []houseFlag{{"-n", "", "only say what would be removed"}}
	}
	return nil
}

// given are the flags that a command line has, with their values, the last of each.
type given map[string]string

// A flagValue is a flag that a command line has.
type flagValue struct{ name, value string }

func (g given) has(name string) bool {
	_, ok := g[name]
	return ok
}

// houseArgs reads the command line of such a command: which flags are
// set, and what else there is; done says that help was asked for, and given.
func houseArgs(command, usage string, args []string) (set given, rest []string, done bool, err error) {
	values, rest, done, err := houseFlagValues(command, usage, args)
	set = given{}
	for _, v := range values {
		set[v.name] = v.value
	}
	return set, rest, done, err
}

// houseFlagValues is houseArgs with all flags in their order.
func houseFlagValues(command, usage string, args []string) (set []flagValue, rest []string, done bool, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--help" || arg == "-h":
			fmt.Printf("judge %s%s\n\n", command, usage)
			for _, f := range houseFlags(command) {
				fmt.Printf("  %-13s  %s\n", strings.TrimSpace(f.name+" "+f.arg), f.about)
			}
			return nil, nil, true, nil
		case arg == "--":
			return set, append(rest, args[i+1:]...), false, nil
		case !strings.HasPrefix(arg, "-"):
			rest = append(rest, arg)
			continue
		}
		name, value, valued := strings.Cut(arg, "=")
		f := findHouseFlag(command, name)
		switch {
		case f == nil || valued && f.arg == "":
			return nil, nil, false, &cli.UsageError{What: fmt.Sprintf("judge %s has no flag %s", command, arg), Hint: "judge " + command + usage}
		case f.arg != "" && !valued:
			if i++; i == len(args) {
				return nil, nil, false, &cli.UsageError{What: arg + " has no value", Hint: "judge " + command + usage}
			}
			value = args[i]
		}
		set = append(set, flagValue{name, value})
	}
	return set, rest, false, nil
}

func findHouseFlag(command, name string) *houseFlag {
	for _, f := range houseFlags(command) {
		if f.name == name {
			return &f
		}
	}
	return nil
}
