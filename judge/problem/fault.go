package problem

import (
	"fmt"
	"strings"
)

// A Code names a kind of fault of a package, for machines.
type Code string

// The codes. Those in the first group are of errors, the others of warnings; a
// few serve as both, as the format has it.
const (
	NotAPackage   Code = "not-a-package"  // no format fits the folder
	Unreadable    Code = "unreadable"     // a file or folder cannot be read
	OutsideLink   Code = "outside-link"   // a symbolic link leaves the package, or leads nowhere
	BadSyntax     Code = "bad-syntax"     // broken YAML, XML, INI
	BadEncoding   Code = "bad-encoding"   // not UTF-8, where it must be; a BOM
	BadType       Code = "bad-type"       // a value of the wrong type
	BadValue      Code = "bad-value"      // a value that cannot be
	Missing       Code = "missing"        // a key or file that must be there
	NoCases       Code = "no-cases"       // no secret test data
	NoAnswer      Code = "no-answer"      // a case has no answer file
	NoInput       Code = "no-input"       // an answer file has no input
	Duplicate     Code = "duplicate"      // two of the same name, or a key given twice
	Unsupported   Code = "unsupported"    // the format has it, judge has not
	UnknownKey    Code = "unknown-key"    // not in the format, perhaps misspelt
	NoAccepted    Code = "no-accepted"    // no submission that must be accepted
	NoSample      Code = "no-sample"      // no sample case
	BadLimits     Code = "bad-limits"     // limits that cannot hold
	BadGroups     Code = "bad-groups"     // rules of groups that contradict each other
	BadName       Code = "bad-name"       // a file name that the format ignores or forbids
	BadExpected   Code = "bad-expected"   // an expectation that is unknown or contradicts another
	OddTextFile   Code = "odd-text-file"  // CRLF, no newline at the end
	EmptyProgram  Code = "empty-program"  // a program's folder without a file
	NotExecutable Code = "not-executable" // a script that is to be started, without the right to
	StaleSetting  Code = "stale-setting"  // a key of an older or newer version of the format
	UnusedSetting Code = "unused-setting" // a setting without an effect
)

// A Place is where in a package a fault is.
type Place struct {
	File         string // slash-separated, relative to the package; "" is the package
	Line, Column int    // from 1; 0 is the whole file
}

func (p Place) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// A Warning is a fault of a package that does not keep it from being graded.
type Warning struct {
	Code  Code
	Place Place
	Text  string // one sentence: what is wrong, and what was done about it
}

func (w Warning) String() string { return join(w.Place, w.Text) }

// An Error is a fault of a package with which it cannot be graded.
type Error struct {
	Code  Code
	Place Place
	Text  string
	Err   error // what is behind it; may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return join(e.Place, e.Text+": "+e.Err.Error())
	}
	return join(e.Place, e.Text)
}

func (e *Error) Unwrap() error { return e.Err }

// Errors are all the faults that were found in one reading.
type Errors []*Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the faults to errors.Is and errors.As.
func (es Errors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}

func join(p Place, text string) string {
	if p == (Place{}) {
		return text
	}
	return p.String() + ": " + text
}
