package farm

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// Tend marks the batches as done that are, and takes jobs out of the queue that were handed on when their batch
// was over already. What fails is done at the next call. Workers do it, where they may; else the server does.
func (f *Farm) Tend(ctx context.Context) {
	batches, err := f.Batches(ctx)
	if err != nil {
		return
	}
	f.finish(ctx, batches)
	over, users := map[string]bool{}, map[string]bool{}
	for _, b := range batches {
		over[b.ID], users[userOf(b.ID)] = b.over(), true
	}
	for user := range users {
		f.sweep(ctx, user, func(id string) bool { return over[id] })
	}
}

// finish marks those of some batches as done that are.
func (f *Farm) finish(ctx context.Context, batches []Batch) {
	for _, b := range batches {
		if b.State != Sent {
			continue
		}
		if n, err := f.Results(ctx, b.ID); err == nil && n >= b.Items {
			_, _ = f.end(ctx, b.ID, Done) // the next look does it again
		}
	}
}

// sweep takes jobs of a user's out of the queue whose batch is over.
func (f *Farm) sweep(ctx context.Context, user string, over func(id string) bool) {
	t, err := f.of(ctx, user)
	if err != nil {
		return // the next look does it
	}
	info, err := t.jobs.Info(ctx, jetstream.WithSubjectFilter("jobs.>"))
	if err != nil {
		return
	}
	for subject := range info.State.Subjects {
		if id := batchOf(subject); over(id) {
			_ = f.purge(ctx, id)
		}
	}
}
