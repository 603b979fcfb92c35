package main

import (
	"fmt"
	"os"

	"judge/policy"
)

// policyCommand is judge policy list | show NAME | check FILE.
func policyCommand(args []string) (int, error) {
	usage := &usageError{what: "judge policy takes list, show NAME or check FILE", hint: "judge policy show strict"}
	if len(args) == 0 {
		return 0, usage
	}
	switch verb := args[0]; {
	case verb == "list" && len(args) == 1:
		for _, name := range policy.Names() {
			fmt.Println(name)
		}
		return 0, nil
	case verb == "show" && len(args) == 2:
		return 0, showPolicy(args[1])
	case verb == "check" && len(args) == 2:
		p, err := policy.Load(args[1])
		if err != nil {
			return 0, err
		}
		fmt.Printf("%s: policy %q is right, %s\n", args[1], p.Name, p.Digest())
		return 0, nil
	}
	return 0, usage
}

// showPolicy prints a policy with everything that it inherits.
func showPolicy(name string) error {
	p, err := policy.Load(name)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(p.TOML())
	return err
}
