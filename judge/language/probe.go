package language

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/shlex"

	"judge/sandbox"
)

// A Tried is what came of a command that shows a version.
type Tried struct {
	Output  string // of both streams
	Found   bool   // there is such a program, and it could be started
	Failure string // why it did not work, "" if it did
}

// TriedOf reads a report that has both streams.
func TriedOf(r sandbox.Report) Tried {
	t := Tried{Found: r.Status != sandbox.StatusCannotStart}
	for _, s := range []*string{r.Stdout, r.Stderr} {
		if s != nil {
			t.Output += *s
		}
	}
	if r.Status != sandbox.StatusOK {
		t.Failure = string(r.Status)
		if r.Reason != "" {
			t.Failure = r.Reason
		}
	}
	return t
}

// A Runner runs a command where submissions of a language will be compiled, under
// a policy as [Language.ForCompiler] makes it. Its error is the judge's own.
type Runner func(l *Language, argv []string) (Tried, error)

// An Offer says whether a language can be used somewhere.
type Offer struct {
	Language  *Language
	Available bool
	Version   string // as far as it was found out
	Missing   string // why not, for a person
}

var version = regexp.MustCompile(`\d+(\.\d+)+([-+~._]?[A-Za-z0-9]+)*`)

// Probe finds out whether a language's commands work.
func (l *Language) Probe(run Runner) (Offer, error) {
	o := Offer{Language: l, Available: true}
	for i, command := range l.Version {
		argv, err := shlex.Split(command)
		if err != nil || len(argv) == 0 {
			return o, errors.Join(fmt.Errorf("the command %q of language %s", command, l.ID), err)
		}
		tried, err := run(l, argv)
		if err != nil {
			return o, fmt.Errorf("ask %s for its version: %w", argv[0], err)
		}
		switch {
		case !tried.Found:
			o.Missing = argv[0] + " cannot be started" + l.remedy()
		case tried.Failure != "":
			o.Missing = fmt.Sprintf("%s does not work: %s%s", command, tried.Failure, said(tried.Output))
		case i == 0:
			o.Version = version.FindString(tried.Output)
			continue
		default:
			continue
		}
		o.Available, o.Version = false, ""
		return o, nil
	}
	return o, nil
}

// said is the first line of what a program says, for a message.
func said(output string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(output), "\n")
	if line == "" {
		return ""
	}
	return fmt.Sprintf(" (%.200q)", line)
}

func (l *Language) remedy() string {
	switch len(l.Packages) {
	case 0:
		return ""
	case 1:
		return "; Debian's package " + l.Packages[0] + " has it"
	}
	return "; Debian's packages " + strings.Join(l.Packages, " and ") + " have it"
}
