package harness

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is one line of a process list.
type process struct {
	pid, parent int
	state       string
	name        string // of the program file, or else of the process
	has         bool   // the token is in its program's name or its arguments
}

// processes lists what runs on the machine.
func processes(token string) []process {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var all []process
	for _, dir := range dirs {
		stat, err := os.ReadFile(dir + "/stat")
		end := bytes.LastIndexByte(stat, ')') // a name may hold blanks and brackets
		if err != nil || end < 0 {
			continue // it ended meanwhile
		}
		f := strings.Fields(string(stat[end+1:]))
		if len(f) < 2 {
			continue
		}
		p := process{state: f[0]}
		p.pid, _ = strconv.Atoi(filepath.Base(dir))
		p.parent, _ = strconv.Atoi(f[1])
		exe, _ := os.Readlink(dir + "/exe")
		args, _ := os.ReadFile(dir + "/cmdline")
		if p.name = exe; exe == "" {
			p.name = string(stat[:end+1])
		}
		p.has = strings.Contains(exe, token) || bytes.Contains(args, []byte(token))
		all = append(all, p)
	}
	return all
}

// strays returns the processes of ended runs: those whose program has the
// token in its name, and the children that this process adopted as subreaper.
// Dead ones are only collected. Own lists the harness's own processes.
func strays(token string, own []int) []process {
	var left []process
	self := os.Getpid()
	for _, p := range processes(token) {
		adopted := p.parent == self && !slices.Contains(own, p.pid)
		switch {
		case p.pid == self, !adopted && !p.has:
		case p.state != "Z":
			left = append(left, p)
		case adopted:
			_, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
		}
	}
	return left
}

// lingering waits for strays to end, and returns what is said about those that
// do not. It ends them, so that one case does not disturb the next.
func lingering(token string, own []int) []string {
	left := strays(token, own)
	for end := time.Now().Add(vanishGrace); len(left) > 0 && time.Now().Before(end); {
		time.Sleep(vanishGrace / 50)
		left = strays(token, own)
	}
	var said []string
	for _, p := range left {
		said = append(said, fmt.Sprintf("process %d %s (state %s)", p.pid, p.name, p.state))
		_ = unix.Kill(p.pid, unix.SIGKILL)
	}
	return said
}
