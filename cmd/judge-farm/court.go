package main

import (
	"context"
	"fmt"
	"os/user"
	"time"

	"judge/cmd/internal/cli"
	"judge/cmd/internal/grading"
	"judge/farm"
	"judge/judge"
)

// open connects to a farm; the function leaves it.
func open(far grading.Far) (*farm.Farm, func(), error) {
	nc, err := farm.Access{URL: far.URL, Name: "judge", Creds: far.Creds, NKey: far.NKey, CA: far.CA, Cert: far.Cert, Key: far.Key}.Connect()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	f, err := farm.Open(ctx, nc, farm.Settings{User: loginName()})
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return f, nc.Close, nil
}

// loginName is whose batches are sent, where the server does not know it by a key.
func loginName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "?"
}

// A court leaves the farm when it is closed.
type court struct {
	*farm.Court
	leave func()
}

func (c court) Close(ctx context.Context) error {
	defer c.leave()
	return c.Court.Close(ctx)
}

// connect begins a batch.
func connect(ctx context.Context, o grading.Order) (grading.Court, error) {
	labels, err := farm.Labels(o.Labels)
	if err != nil {
		return nil, err
	}
	f, leave, err := open(o.Far)
	if err != nil {
		return nil, err
	}
	c, err := farm.NewCourt(ctx, f, farm.CourtOptions{Priority: farm.Priority(o.Priority), Labels: labels, Judging: o.Options, Detached: o.Detached, Warn: o.Warn})
	if err != nil {
		leave()
		return nil, err
	}
	return court{c, leave}, nil
}

// fetch tells of all results of a batch.
func fetch(ctx context.Context, far grading.Far, id string, tell grading.Tell) error {
	f, leave, err := open(far)
	if err != nil {
		return err
	}
	defer leave()
	b, err := f.Batch(ctx, id)
	if err != nil {
		return err
	}
	list, err := f.List(ctx, b)
	if err != nil {
		return err
	}
	n, err := f.Results(ctx, id)
	if err != nil {
		return err
	}
	if n < len(list) {
		hint := "judge watch " + id + " waits for the others"
		if b.State == farm.Cancelled {
			hint = "submit it anew"
		}
		return &cli.UsageError{What: fmt.Sprintf("of the batch %s, which is %s, %d of %d submissions have their result", id, b.State, n, len(list)), Hint: hint}
	}
	return gather(ctx, f, id, list, tell)
}

// gather tells of the results of a list, as they come, until all are there.
func gather(ctx context.Context, f *farm.Farm, id string, list []farm.Listed, tell grading.Tell) error {
	byItem := map[int]farm.Listed{}
	for _, l := range list {
		byItem[l.Item] = l
	}
	told := 0
	result := func(item int, _ string, r *judge.Result) {
		if l, listed := byItem[item]; listed {
			told++
			tell(item, l.Scoring, l.Must, r)
		}
	}
	return f.Gather(ctx, id, farm.Gathering{Result: result}, func() bool { return told == len(list) })
}
