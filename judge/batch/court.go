package batch

import (
	"context"

	"judge/judge"
	"judge/judge/problem"
)

// A Court is where submissions are graded: an engine, or many machines.
type Court interface {
	// Jobs is how many submissions it is worth handing in at once; some more are.
	Jobs() int

	// Basis are the facts that its results rest on, for the journal.
	Basis() ([]judge.Fact, error)

	// CheckLanguage says whether a submission's language is known.
	CheckLanguage(judge.Submission) error

	// Fits refuses a problem that cannot be graded there.
	Fits(*problem.Problem) error

	// Prepare makes a problem ready.
	Prepare(context.Context, *problem.Problem) (Docket, error)
}

// A Docket is a problem there. See [judge.Docket].
type Docket interface {
	Digest() string

	// Resume grades a submission, but for the cases that the record knows; item is its
	// number in the list, from 0.
	Resume(ctx context.Context, item int, s judge.Submission, record judge.Record) (*judge.Result, error)

	Notes() []judge.Note
	Close()
}

// On is an engine as a court.
func On(e *judge.Engine) Court { return engine{e} }

type engine struct{ *judge.Engine }

func (e engine) Prepare(ctx context.Context, p *problem.Problem) (Docket, error) {
	d, err := e.Engine.Prepare(ctx, p)
	if err != nil {
		return nil, err
	}
	return docket{d}, nil
}

type docket struct{ *judge.Docket }

func (d docket) Resume(ctx context.Context, _ int, s judge.Submission, record judge.Record) (*judge.Result, error) {
	return d.Docket.Resume(ctx, s, record)
}
