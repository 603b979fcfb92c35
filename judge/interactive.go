package judge

import (
	"context"
	"errors"

	"judge/judge/problem"
)

// An Interaction says how a submission and its interactor met.
type Interaction struct {
}

func (t *trial) interactiveCase(ctx context.Context, c *problem.Case, dir string) (CaseResult, error) {
	return CaseResult{}, errors.New("interactive problems are not in this judge yet")
}
