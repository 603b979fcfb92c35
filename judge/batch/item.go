package batch

import (
	"encoding/json"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"judge/judge"
	"judge/judge/problem"
)

// An Item is one submission to one problem.
type Item struct {
	Problem    string // the package's folder
	Submission string // file or folder
	Language   string // an id or a code; "" is found by the files' names

	// Expected lists verdicts of which one must come out, or is the word "package": what
	// the package says. Nil: nothing must, and where the submission is the package's own,
	// the result says all the same whether it is as the package expects.
	Expected []string

	// Name and Course are submission and problem as they were written, for people and for
	// the digest of the list; "" are Submission and Problem.
	Name, Course string

	Place string // where it is listed, for messages: "batch.jsonl:12"; "" is the command line
}

// OfPackage in [Item.Expected] is what the package expects.
const OfPackage = "package"

// Items are a list. It can be gone through more than once. An error is a [*ListError] or
// one of reading, and the last of it.
type Items = iter.Seq2[Item, error]

// A ListError is a list that cannot be graded: whoever wrote it must mend it.
type ListError struct {
	Place      string // "" is the command line
	What, Hint string
	Err        error // behind it; may be nil
}

func (e *ListError) Error() string {
	if e.Place == "" {
		return e.What
	}
	return e.Place + ": " + e.What
}

func (e *ListError) Unwrap() error { return e.Err }

// Cross is each submission to each problem.
func Cross(problems, submissions, expected []string) Items {
	return func(yield func(Item, error) bool) {
		for _, p := range problems {
			for _, s := range submissions {
				if !yield(Item{Problem: p, Submission: s, Expected: expected}, nil) {
					return
				}
			}
		}
	}
}

// name is what results call the submission.
func (i *Item) name() string {
	if i.Name != "" {
		return i.Name
	}
	return filepath.ToSlash(filepath.Clean(i.Submission))
}

// course is what the item calls the problem.
func (i *Item) course() string {
	if i.Course != "" {
		return i.Course
	}
	return filepath.ToSlash(filepath.Clean(i.Problem))
}

// line is what the digest of the list has of it.
func (i *Item) line() []byte {
	text, err := json.Marshal([]any{i.course(), i.name(), i.Language, i.Expected})
	if err != nil {
		panic(err) // strings can be marshalled
	}
	return append(text, '\n')
}

// fault is a ListError about the item.
func (i *Item) fault(hint, format string, args ...any) *ListError {
	return &ListError{Place: i.Place, What: fmt.Sprintf(format, args...), Hint: hint}
}

// known lists the verdicts that can be expected.
var known = []problem.Verdict{problem.AC, problem.WA, problem.TLE, problem.MLE, problem.OLE, problem.RTE, problem.CE, problem.PAC}

// Expectation makes an expectation of [Item.Expected]; nil for nil, and for the word
// package. from is where it stands. The error is a [*ListError].
func Expectation(words []string, from string) (*problem.Expectation, error) {
	if len(words) == 0 || len(words) == 1 && words[0] == OfPackage {
		return nil, nil
	}
	e := &problem.Expectation{From: from, Exact: true}
	for _, word := range words {
		v := problem.Verdict(strings.ToUpper(strings.TrimSpace(word)))
		if !slices.Contains(known, v) {
			return nil, &ListError{What: fmt.Sprintf("%s: there is no verdict %q", from, word), Hint: "AC, WA, TLE, MLE, OLE, RTE, CE, PAC, or the word package"}
		}
		e.Final = append(e.Final, v)
	}
	return e, nil
}

// submission finds the files of an item's submission. What is one of the package's own
// keeps its name there, its language and what is expected of it.
func (i *Item) submission(p *problem.Problem) (judge.Submission, error) {
	s, err := i.find(p)
	if err != nil {
		return s, err
	}
	if i.Language != "" {
		s.Language = i.Language
	}
	expect, err := Expectation(i.Expected, "expected")
	if err != nil {
		return s, i.fault(err.(*ListError).Hint, "%v", err)
	}
	if expect != nil {
		s.Expect = expect
	}
	return s, nil
}

func (i *Item) find(p *problem.Problem) (judge.Submission, error) {
	if len(p.Submissions) > 0 {
		if abs, err := filepath.Abs(i.Submission); err == nil {
			if real, err := filepath.EvalSymlinks(abs); err == nil {
				for _, s := range p.Submissions {
					if s.Path == real {
						return judge.OfPackage(s), nil
					}
				}
			}
		}
	}
	s, err := judge.ReadSubmission(i.Submission)
	if err != nil {
		return s, &ListError{Place: i.Place, What: err.Error(), Hint: "name one that is there", Err: err}
	}
	s.Name = i.name()
	return s, nil
}
