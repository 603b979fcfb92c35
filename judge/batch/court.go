package batch

import (
	"context"

	"judge/judge"
	"judge/judge/problem"
)

// A court is where submissions are graded: an engine, but in tests.
type court interface {
	Jobs() int
	Basis() ([]judge.Fact, error)
	CheckLanguage(judge.Submission) error
	Fits(*problem.Problem) error
	prepare(context.Context, *problem.Problem) (docket, error)
}

// A docket is a problem there.
type docket interface {
	Digest() string
	Resume(context.Context, judge.Submission, judge.Record) (*judge.Result, error)
	Notes() []judge.Note
	Close()
}

// An engine is a court.
type engine struct{ *judge.Engine }

func (e engine) prepare(ctx context.Context, p *problem.Problem) (docket, error) {
	d, err := e.Prepare(ctx, p)
	if err != nil {
		return nil, err
	}
	return d, nil
}
