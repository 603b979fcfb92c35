package policy

import (
	"fmt"
	"strconv"
	"strings"
)

// A FileError is one mistake in a policy: in a file, with its place, or, from
// [Policy.Check], in a policy that was made by hand, without.
type FileError struct {
	File   string // as it was named; "" for a policy that is no file
	Line   int    // from 1; 0 if the place is not known
	Column int    // in characters, from 1
	Key    string // the full key: "limits.cpu_time", "filesystem.bind[1].target"
	Msg    string // what is wrong
	Hint   string // what to write instead; may be empty
	Err    error  // the cause, if it has a type of its own; may be nil
}

// Error gives "file:line:column: what is wrong (hint)".
func (e *FileError) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Msg)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Unwrap gives the cause: a [*LockedError], an error of the file system, or nil.
func (e *FileError) Unwrap() error { return e.Err }

// FileErrors are all the mistakes of one file, in the order of their places.
// It is never empty when returned as an error.
type FileErrors []*FileError

// Error gives one line for each mistake.
func (l FileErrors) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the mistakes, so that errors.As finds them and their causes.
func (l FileErrors) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// An OverrideError is a flag with a value that its key cannot have.
type OverrideError struct {
	Override
	Msg  string
	Hint string // may be empty
}

// Error gives "--flag "value": what is wrong (hint)".
func (e *OverrideError) Error() string {
	s := e.source() + " " + strconv.Quote(e.Value) + ": " + e.Msg
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// A LockedError is an attempt, by a flag or by a policy that extends it, to
// loosen a locked policy.
type LockedError struct {
	Policy string // the locked policy's name
	Flag   string // "--memory"; "" when a file tried it
	Key    string // "limits.memory"
	Have   string // the policy's value, as TOML; "unlimited" for no limit
	Asked  string // the value asked for
}

// Error names the flag or key, and both values.
func (e *LockedError) Error() string {
	who := e.Flag
	if who == "" {
		who = e.Key
	}
	return fmt.Sprintf("%s %s: policy %q is locked and has %s = %s, which may only be tightened",
		who, e.Asked, e.Policy, e.Key, e.Have)
}

// UnknownPolicyError says that a name is neither a file nor a built-in policy.
type UnknownPolicyError struct {
	Name    string
	Nearest string // the built-in name that is like it, or ""
}

// Error lists the built-in policies.
func (e *UnknownPolicyError) Error() string {
	s := fmt.Sprintf("no policy %q: there is no such file, and the built-in ones are %s",
		e.Name, strings.Join(Names(), ", "))
	if e.Nearest != "" {
		s += fmt.Sprintf(" (did you mean %q?)", e.Nearest)
	}
	return s
}

// A problem is what is wrong with a value, before it is known where the value
// came from.
type problem struct {
	msg, hint string
}

func (p *problem) Error() string {
	if p.hint == "" {
		return p.msg
	}
	return p.msg + " (" + p.hint + ")"
}

// wrong makes a problem without a hint.
func wrong(format string, args ...any) *problem {
	return &problem{msg: fmt.Sprintf(format, args...)}
}

// hinted adds what to write instead.
func (p *problem) hinted(format string, args ...any) *problem {
	p.hint = fmt.Sprintf(format, args...)
	return p
}

// An issue is a problem with a key of a policy.
type issue struct {
	path  string // the full key, with indexes
	atKey bool   // the key itself is wrong, not its value
	named bool   // the message names the key already
	problem
	err error // the cause, if it has a type of its own
}

// message is the text of the issue, with the key in it.
func (i issue) message() string {
	if i.named || i.path == "" {
		return i.msg
	}
	return i.path + ": " + i.msg
}
