package sandbox

import (
	"fmt"

	"judge/sandbox/internal/plan"
	"judge/sandbox/internal/spawn"

	"golang.org/x/sys/unix"
)

// A UsageError is the caller's fault: something asked for that does not exist,
// or that this host cannot do. Nothing was started.
type UsageError struct {
	What string // what was tried, with the value
	Hint string // what to do
	Err  error  // may be nil
}

func (e *UsageError) Error() string {
	text := e.What
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

func (e *UsageError) Unwrap() error { return e.Err }

// A StepError is a step of the sandbox's set-up that the kernel refused.
type StepError struct {
	List  int    // 0: PID 1's, 1: the program's process
	Index int    // of the step in its list, from 0
	Call  string // as strace prints it
	Errno unix.Errno
	Key   string // the policy key or flag behind it, "" if every run has the step
	Hint  string

	name, fstype string // of the call, and of what it would have mounted
}

func (e *StepError) Error() string {
	who := [...]string{"the sandbox's init", "the program's process"}[e.List]
	text := fmt.Sprintf("step %d of %s: %s: %v", e.Index, who, e.Call, e.Errno)
	if e.Key != "" {
		text += " (" + e.Key + ")"
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

func (e *StepError) Unwrap() error { return e.Errno }

func stepError(p *plan.Plan, m *spawn.Message) *StepError {
	step := p.Lists()[m.List][m.Step]
	fstype := ""
	if step.Name == "mount" {
		fstype = step.Args[2].Text()
	}
	return &StepError{
		name: step.Name, fstype: fstype,
		List: int(m.List), Index: int(m.Step), Call: step.String(), Errno: unix.Errno(m.Errno),
		Key: step.Why, Hint: step.Hint,
	}
}
