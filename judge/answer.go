package judge

import (
	"context"
	"slices"

	"judge/judge/problem"
)

// answerCase judges a case of a submit-answer problem: the submission holds the output
// itself, under one of the names that the case gives.
func (t *trial) answerCase(ctx context.Context, c *problem.Case, dir string) (CaseResult, error) {
	path := t.submission.output(c, len(t.problem.Cases) == 1)
	if path == "" {
		score := c.Score.Reject
		return CaseResult{Name: c.Name, Verdict: problem.WA, Score: &score, Reason: "the submission holds no output for it"}, nil
	}
	return t.passes(ctx, c, dir, func(ctx context.Context, h *hearing) (evidence, error) {
		h.output = path
		checked, err := t.checked(ctx, h)
		return evidence{Checked: checked, Empty: empty(path)}, err
	})
}

// output is the file that is a case's output; "" if there is none. A single file is
// that of the only case, whatever its name.
func (s Submission) output(c *problem.Case, only bool) string {
	for _, name := range c.OutputNames {
		if i := slices.IndexFunc(s.Files, func(f problem.File) bool { return f.Name == name }); i >= 0 {
			return s.Files[i].Path
		}
	}
	if only && len(s.Files) == 1 {
		return s.Files[0].Path
	}
	return ""
}
