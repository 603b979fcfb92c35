package judge

import (
	"context"
	"errors"

	"judge/judge/problem"
)

func (t *trial) answerCase(ctx context.Context, c *problem.Case, dir string) (CaseResult, error) {
	return CaseResult{}, errors.New("submit-answer problems are not in this judge yet")
}
func (t *trial) static(ctx context.Context, s Submission, c *problem.StaticCase) outcome {
	return outcome{verdict: problem.JE, reason: "static validators are not in this judge yet"}
}
func (t *trial) grader(ctx context.Context, g *problem.Group, items []outcome) outcome {
	return outcome{verdict: problem.JE, reason: "graders of packages are not in this judge yet"}
}
