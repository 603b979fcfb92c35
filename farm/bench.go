package farm

import (
	"context"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// A Bench is what a worker judges with: engines, but in tests.
type Bench interface {
	// Jobs is how many submissions it judges at once.
	Jobs() int

	// Facts are what results by such terms rest on here. The error says why there can be none.
	Facts(Terms) ([]judge.Fact, error)

	// Prepare makes a problem ready to be graded.
	Prepare(context.Context, Terms, *problem.Problem) (Docket, error)

	// Halt lets no program begin any more: what is being judged ends with judge.ErrHalted.
	Halt()
}

// A Docket is a problem there; see [judge.Docket].
type Docket interface {
	Resume(context.Context, judge.Submission, judge.Record) (*judge.Result, error)
	TimeLimit(context.Context) (time.Duration, error)
	AdoptTimeLimit(time.Duration)
	Close()
}
