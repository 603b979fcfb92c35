package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Sibling is a command that another program does, which lies beside judge: what
// is heavy there costs no run its start. That program gets the whole command
// line, and judge's place.
func Sibling(program, name, about string) Command {
	return Command{Name: name, About: about, Run: func(args []string) (int, error) {
		self, err := os.Executable()
		if err != nil {
			return 0, fmt.Errorf("find %s, which does judge %s: %w", program, name, err)
		}
		path := filepath.Join(filepath.Dir(self), program)
		err = unix.Exec(path, append([]string{program, name}, args...), os.Environ())
		return 0, fmt.Errorf("start %s, which does judge %s: %w", path, name, err)
	}}
}
