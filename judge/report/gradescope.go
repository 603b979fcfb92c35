package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// Gradescope writes results.json for one submission, as Gradescope's autograders
// give it back. Source: gradescope-autograders.readthedocs.io, "Autograder
// Specifications". The student sees it, so of secret cases it has no word of a checker
// but those meant for teams. The score is the problem's, or 1 and 0 where it has none.
type Gradescope struct {
	w   io.Writer
	one *judge.Result
}

// ErrOneSubmission says that results.json is about one submission.
var ErrOneSubmission = errors.New("a results.json of Gradescope holds one submission")

// NewGradescope writes to w.
func NewGradescope(w io.Writer) *Gradescope { return &Gradescope{w: w} }

// Add takes the submission. A second one is an error, [ErrOneSubmission].
func (g *Gradescope) Add(r *judge.Result) error {
	if g.one != nil {
		return fmt.Errorf("%s, after %s: %w", r.Submission, g.one.Submission, ErrOneSubmission)
	}
	g.one = r
	return nil
}

type gradescopeResults struct {
	Score         float64          `json:"score"`
	ExecutionTime float64          `json:"execution_time"` // seconds
	Output        string           `json:"output"`
	OutputFormat  string           `json:"output_format"`
	Tests         []gradescopeTest `json:"tests"`
}

type gradescopeTest struct {
	Name         string `json:"name"`
	Status       string `json:"status"`
	Output       string `json:"output,omitempty"`
	OutputFormat string `json:"output_format"`
	Visibility   string `json:"visibility"`
}

// Close writes the document; nothing without a submission.
func (g *Gradescope) Close() error {
	if g.one == nil {
		return nil
	}
	e := json.NewEncoder(g.w)
	e.SetIndent("", "  ")
	return e.Encode(gradescopeOf(g.one))
}

func gradescopeOf(r *judge.Result) gradescopeResults {
	g := gradescopeResults{OutputFormat: "text", Tests: []gradescopeTest{}}
	lines := []string{fmt.Sprintf("Verdict: %s", r.Verdict)}
	switch {
	case r.Score != nil:
		g.Score = *r.Score
	case r.Verdict == problem.AC:
		g.Score = 1
	}
	if open(r.Verdict) && r.Reason != "" {
		lines = append(lines, clip(r.Reason, maxMessage))
	}
	var total time.Duration
	if c := r.Compile; c != nil {
		if c.Report != nil {
			total += time.Duration(c.Report.WallTime)
		}
		if c.Output != "" {
			lines = append(lines, "", clip(c.Output, maxMessage))
		}
	}
	for _, group := range r.Groups {
		if group.Score != nil && group.Name != "" {
			lines = append(lines, fmt.Sprintf("%s: %s, %v points", group.Name, group.Verdict, *group.Score))
		}
	}
	for _, c := range r.Cases {
		if c.Report != nil {
			total += time.Duration(c.Report.WallTime)
		}
		g.Tests = append(g.Tests, gradescopeCase(c))
	}
	g.Output, g.ExecutionTime = strings.Join(lines, "\n"), total.Round(time.Millisecond).Seconds()
	return g
}

func gradescopeCase(c judge.CaseResult) gradescopeTest {
	t := gradescopeTest{Name: clip(c.Name, 200), Status: "failed", OutputFormat: "text", Visibility: "visible"}
	if c.Verdict == problem.AC {
		t.Status = "passed"
		return t
	}
	parts := []string{string(c.Verdict)}
	if (open(c.Verdict) || strings.HasPrefix(c.Name, "sample/")) && c.Reason != "" {
		parts = append(parts, c.Reason)
	}
	if c.Checker != nil && c.Checker.Team != "" {
		parts = append(parts, c.Checker.Team)
	}
	t.Output = clip(strings.Join(parts, "\n"), maxMessage)
	return t
}

// open says of a verdict that its reason comes from the sandbox or the compiler, which
// know no answer.
func open(v problem.Verdict) bool {
	switch v {
	case problem.TLE, problem.MLE, problem.OLE, problem.RTE, problem.CE:
		return true
	}
	return false
}
