package report

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"judge/judge"
	"judge/judge/problem"
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
	_, err := fmt.Fprintf(a.w, "::error file=%s,title=%s%s::%s\n", githubProperty.Replace(clip(r.Submission, 500)),
		githubProperty.Replace(clip(title, 200)), lineOf(r), githubData.Replace(clip(news(r), 1000)))
	return err
}

// compilerLine is how most compilers begin an error: FILE:LINE:COLUMN: error.
var compilerLine = regexp.MustCompile(`(?m)^([^:\n]+):(\d{1,7}):(?:(\d{1,5}):)? (?:fatal )?error`)

// lineOf is where a submission of one file does not compile, as properties; "" if the
// compiler does not say it that way.
func lineOf(r *judge.Result) string {
	if r.Verdict != problem.CE || r.Compile == nil {
		return ""
	}
	m := compilerLine.FindStringSubmatch(r.Compile.Output)
	if m == nil || path.Base(m[1]) != path.Base(r.Submission) {
		return ""
	}
	if m[3] == "" {
		return ",line=" + m[2]
	}
	return ",line=" + m[2] + ",col=" + m[3]
}

// Close writes the sum.
func (a *Annotations) Close() error {
	_, err := fmt.Fprintf(a.w, "::notice title=judge::%s\n", githubData.Replace(a.counts.String()))
	return err
}
