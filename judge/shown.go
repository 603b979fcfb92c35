package judge

import (
	"cmp"
	"fmt"
	"os"

	"judge/policy"
	"judge/sandbox"
)

// A show is a file of the host that a checker reads.
type show struct {
	name string // in the sandbox
	path string // on the host
	at   string // where in the sandbox, below /box; "" is a place of judge's choice
}

// shown binds files into a sandbox, read-only, and gives the names that they have
// there. One that not everybody may read on the host is copied instead: a bind
// leaves its owner and mode as they are. One that the package does not have is empty.
func shown(cmd *sandbox.Command, p *policy.Policy, files ...show) ([]string, error) {
	names := make([]string, len(files))
	binds := append([]policy.Bind(nil), p.Filesystem.Bind...)
	for i, f := range files {
		if f.path == "" {
			names[i] = os.DevNull
			continue
		}
		info, err := os.Stat(f.path)
		switch {
		case err != nil:
			return nil, fmt.Errorf("show %s to a checker: %w", f.name, err)
		case info.Mode()&0o004 == 0:
			at := cmp.Or(f.at, ".judge/"+f.name)
			names[i] = "/box/" + at
			cmd.Files = append(cmd.Files, sandbox.File{Source: f.path, Name: at})
		default:
			if names[i] = "/judge/" + f.name; f.at != "" {
				names[i] = "/box/" + f.at
			}
			binds = append(binds, policy.Bind{Source: f.path, Target: names[i], Readonly: true})
		}
	}
	p.Filesystem.Bind = binds
	return names, nil
}
