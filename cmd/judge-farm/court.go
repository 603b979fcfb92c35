package main

import (
	"cmp"
	"context"
	"fmt"
	"os/user"
	"strconv"
	"strings"
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
	audit, err := strconv.ParseFloat(cmp.Or(strings.TrimSuffix(o.Audit, "%"), "0"), 64)
	if err != nil {
		return nil, &cli.UsageError{What: fmt.Sprintf("--audit %q", o.Audit), Hint: "percent of the submissions, 0 to 100, as 1%"}
	}
	f, leave, err := open(o.Far)
	if err != nil {
		return nil, err
	}
	c, err := farm.NewCourt(ctx, f, farm.CourtOptions{Priority: farm.Priority(o.Priority), Labels: labels, CPU: o.CPU, Audit: audit, Judging: o.Options, Detached: o.Detached, Warn: o.Warn})
	if err != nil {
		leave()
		return nil, err
	}
	return court{c, leave}, nil
}

// fetch tells of all results of a batch.
func fetch(ctx context.Context, far grading.Far, id string, say func(string), tell grading.Tell) error {
	f, leave, err := open(far)
	if err != nil {
		return err
	}
	defer leave()
	b, err := f.Batch(ctx, id)
	if err != nil {
		return err
	}
	list, err := f.Whole(ctx, b)
	if err != nil {
		return err
	}
	audits, err := f.Audits(ctx, b, list, say)
	if err != nil {
		return err
	}
	return gather(ctx, f, id, list, func(item int, scoring, must bool, r *judge.Result) {
		r.Audit = audits[item]
		tell(item, scoring, must, r)
	})
}

// gather tells of the results of a list, as they come, until all are there.
func gather(ctx context.Context, f *farm.Farm, id string, list []farm.Listed, tell grading.Tell) error {
	return f.GatherList(ctx, id, list, func(l farm.Listed, r *judge.Result) { tell(l.Item, l.Scoring, l.Must, r) })
}
