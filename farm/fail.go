package farm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
	"judge/judge/problem"
)

// fail gives a job back after a failure, or up after the last. r is the result if this was the last word;
// nil if nothing was judged.
func (w *Worker) fail(ctx context.Context, d *delivery, j job, times int, why error, r *judge.Result) error {
	f := fault{Worker: w.id, Job: j, Error: why.Error()}
	if _, err := w.farm.claim(ctx, verdictKey(j.Batch, j.Item, keyFault, fmt.Sprintf("%d-%d", j.Part, times)), f); err != nil {
		return err
	}
	if times < deliveries {
		return d.NakWithDelay(time.Duration(times) * w.farm.settings.Retry)
	}
	if r == nil {
		r = &judge.Result{Version: judge.Version, Problem: j.Problem, Submission: w.nameOf(ctx, j), Verdict: problem.JE,
			Reason: why.Error(), Groups: []judge.GroupResult{}, Cases: []judge.CaseResult{}}
	}
	if err := w.conclude(ctx, j, r, w.newRecord(ctx, j, 0, true)); err != nil {
		return err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write down the failure of %s: %w", j.id(), err)
	}
	err = w.farm.persist(ctx, "send the job "+j.id()+" to the dead ones", func(ctx context.Context) error {
		_, err := w.farm.js.Publish(ctx, "dead."+j.Batch, text, jetstream.WithMsgID(j.id()))
		return err
	})
	if err != nil {
		return err
	}
	return w.ack(ctx, d)
}

// nameOf is what the submission of a job is called, as far as that can be found out.
func (w *Worker) nameOf(ctx context.Context, j job) string {
	var p parcel
	if err := w.farm.getJSON(ctx, userOf(j.Batch), j.Submission, &p); err != nil {
		return fmt.Sprintf("submission %d", j.Item)
	}
	return p.Name
}

// lastFault is the error of a job that came too often: whoever had it the third time died.
func (w *Worker) lastFault(ctx context.Context, j job) error {
	last := "nobody could say why: the workers died"
	t, err := w.farm.ofBatch(ctx, j.Batch)
	if err != nil {
		return err
	}
	err = w.farm.persist(ctx, "look for what failed before", func(ctx context.Context) error {
		return entries(ctx, t.verdicts, verdictKey(j.Batch, j.Item, keyFault, "")+".*", func(e jetstream.KeyValueEntry) error {
			var f fault
			if err := json.Unmarshal(e.Value(), &f); err == nil {
				last = f.Error
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return fmt.Errorf("it was given to workers %d times, and none came to an end with it: %w", deliveries, errors.New(last))
}
