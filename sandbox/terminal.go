package sandbox

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/spawn"
	"judge/sandbox/internal/supervise"
)

// A Terminal asks for a pseudo-terminal: the program's standard streams are its
// lower end, and its controlling terminal. What it writes there, Command.Stdout
// takes; Stderr is not used. What comes from Command.Stdin, an *os.File or nil, is
// typed there; at its end Ctrl-D is.
type Terminal struct {
	// Size of what the user looks at, asked for at the start and with each
	// SIGWINCH that comes as a signal does. false is for unknown, and 24 by 80.
	Size func() (size unix.Winsize, known bool)
}

// size at the start.
func (t *Terminal) size() *plan.Terminal {
	if t == nil {
		return nil
	}
	if s, ok := t.Size(); ok && s.Row > 0 && s.Col > 0 {
		return &plan.Terminal{Rows: s.Row, Cols: s.Col}
	}
	return &plan.Terminal{Rows: 24, Cols: 80}
}

// sizes is for the loop; nil if there is no terminal.
func (t *Terminal) sizes() func() (unix.Winsize, bool) {
	if t == nil {
		return nil
	}
	return t.Size
}

// openTerminal is openStreams for a program with a terminal: its ends are made
// inside, and the upper one comes out.
func openTerminal(cmd Command, limit int64) (_ *streams, err error) {
	s := &streams{child: spawn.Streams{In: -1, Out: -1, Err: -1}, errs: make(chan error, 2)}
	defer func() {
		if err != nil {
			s.abandon()
		}
	}()
	for _, fd := range []*int{&s.child.In, &s.child.Out, &s.child.Err} { // to be replaced
		if *fd, err = unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
			return nil, &os.PathError{Op: "open", Path: os.DevNull, Err: err}
		}
	}
	for i := range s.out {
		s.out[i] = &supervise.Sink{Pipe: -1, Dest: -1, Limit: limit}
	}
	s.out[0].Keep, s.out[0].Observe = cmd.Capture, cmd.Observe
	if err := s.connect(s.out[0], cmd.Stdout); err != nil {
		return nil, err
	}
	switch in := cmd.Stdin.(type) {
	case nil:
	case *os.File:
		if in != nil {
			s.feed = &supervise.Feed{Pipe: -1, Source: int(in.Fd()), TTY: true}
		}
	default:
		return nil, &UsageError{What: fmt.Sprintf("Command.Stdin of type %T beside Command.Terminal", in), Hint: "give a file, or nil"}
	}
	return s, nil
}

// withTerm adds TERM to an environment, for a program with a terminal: what the
// caller's is called, if that is a plain name.
func withTerm(env []string) []string {
	if lookupEnv(env, "TERM") != "" {
		return env
	}
	term := os.Getenv("TERM")
	if term == "" || strings.Trim(term, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+._") != "" {
		term = "xterm"
	}
	return environ(env, []string{"TERM=" + term})
}
