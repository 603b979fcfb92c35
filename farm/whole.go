package farm

import (
	"context"
	"fmt"

	"judge/judge"
)

// Whole is the list of a batch of which all results are there. The error is a [*Refusal] where some are missing.
func (f *Farm) Whole(ctx context.Context, b Batch) ([]Listed, error) {
	list, err := f.List(ctx, b)
	if err != nil {
		return nil, err
	}
	n, err := f.Results(ctx, b.ID)
	if err != nil || n >= len(list) {
		return list, err
	}
	hint := "judge watch " + b.ID + " waits for the others"
	if b.State == Cancelled {
		hint = "submit it anew"
	}
	return nil, &Refusal{What: fmt.Sprintf("of the batch %s, which is %s, %d of %d submissions have their result", b.ID, b.State, n, len(list)), Hint: hint}
}

// GatherList tells of the results of a list, as they come, until all are there.
func (f *Farm) GatherList(ctx context.Context, id string, list []Listed, tell func(Listed, *judge.Result)) error {
	byItem := map[int]Listed{}
	for _, l := range list {
		byItem[l.Item] = l
	}
	told := 0
	result := func(item int, _ string, r *judge.Result) {
		if l, listed := byItem[item]; listed {
			told++
			tell(l, r)
		}
	}
	return f.Gather(ctx, id, Gathering{Result: result}, func() bool { return told == len(list) })
}
