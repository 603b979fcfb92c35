package sandbox

import (
	"fmt"
	"os"

	"judge/policy"
	"judge/sandbox/internal/lease"
	"judge/sandbox/internal/network"
	"judge/sandbox/internal/plan"
)

// Explain gives, a line a step, what a run would do, in strace's notation.
// Nothing is started; the slot's number is that of the lowest.
func Explain(cmd Command, p policy.Policy) ([]string, error) {
	may, err := findRights(true)
	if err != nil {
		return nil, err
	}
	r := &run{cmd: cmd, may: may}
	err = r.prepare(p)
	if r.view != nil {
		defer r.view.Close()
	}
	if err != nil {
		return nil, err
	}
	if r.prog.path == "" {
		return nil, &UsageError{What: "find " + cmd.Args[0], Err: os.ErrNotExist, Hint: r.notFound(nil).Reason}
	}
	if r.policy.Network.Mode == "bridge" {
		r.net = network.Preview(r.netConfig(0))
	}
	steps := plan.Compile(r.input(lease.FirstUID))
	var lines []string
	for i, list := range steps.Lists() {
		for j, s := range list {
			line := fmt.Sprintf("%s %3d  %s", [...]string{"init   ", "program"}[i], j, s)
			if s.Why != "" {
				line += "  /* " + s.Why + " */"
			}
			lines = append(lines, line)
		}
	}
	if r.net != nil {
		for i, s := range r.net.Explain() {
			lines = append(lines, fmt.Sprintf("network %3d  %s  /* network.mode */", i, s))
		}
	}
	return lines, nil
}
