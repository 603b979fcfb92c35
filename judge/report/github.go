package report

import (
	"fmt"
	"io"
	"strings"

	"judge/judge"
)

// Annotations writes workflow commands of GitHub Actions: an error for each submission
// that [JUnit] has a failure of, and a notice with the sum.
// Source: docs.github.com, "Workflow commands for GitHub Actions"; what must be
// escaped: actions/toolkit, packages/core/src/command.ts.
type Annotations struct {
	w      io.Writer
	counts Counts
}

// NewAnnotations writes to w.
func NewAnnotations(w io.Writer) *Annotations { return &Annotations{w: w, counts: Counts{}} }

var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// Add writes a line if there is something to annotate.
func (a *Annotations) Add(r *judge.Result) error {
	a.counts.Add(r)
	if !failed(r) {
		return nil
	}
	title := fmt.Sprintf("%s: %s", r.Problem, r.Verdict)
	_, err := fmt.Fprintf(a.w, "::error file=%s,title=%s::%s\n", githubProperty.Replace(clip(r.Submission, 500)),
		githubProperty.Replace(clip(title, 200)), githubData.Replace(clip(news(r), 1000)))
	return err
}

// Close writes the sum.
func (a *Annotations) Close() error {
	_, err := fmt.Fprintf(a.w, "::notice title=judge::%s\n", githubData.Replace(a.counts.String()))
	return err
}
