package judge

import (
	"context"
	"errors"
)

// seat waits for a job token; the function gives it back.
func (e *Engine) seat(ctx context.Context) (func(), error) {
	if e.halted.Err() != nil { // also where a token is free
		return nil, ErrHalted
	}
	select {
	case e.seats <- struct{}{}:
		return func() { <-e.seats }, nil
	case <-e.halted.Done():
		return nil, ErrHalted
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Jobs is how many programs run at once.
func (e *Engine) Jobs() int { return cap(e.seats) }

// ahead is how many cases of one submission are begun at once, so that all that are
// being judged together use all tokens: what is begun ahead may turn out to be in vain.
func (e *Engine) ahead() int {
	hearing := max(1, int(e.hearing.Load()))
	return (cap(e.seats) + hearing - 1) / hearing
}

// ErrHalted is why nothing new is started after [Engine.Halt].
var ErrHalted = errors.New("no program is started any more")

// Halt lets what runs come to its end, and nothing new begin: what is being graded ends
// with [ErrHalted] where its next program would start.
func (e *Engine) Halt() { e.halt() }

// ended says of an error that grading was ended from outside: it is in no result.
func ended(ctx context.Context, err error) bool { return ctx.Err() != nil || errors.Is(err, ErrHalted) }
