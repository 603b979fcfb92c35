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

// An end is what becomes of a job.
type end int

const (
	finishedJob end = iota // its result is there
	goesOn                 // the rest is another job
	dropped                // nobody wants it
	failed                 // to be tried again
	interrupted            // this worker was stopped
)

// decode reads a job. One that cannot be read is dropped: nobody else could read it either.
func (w *Worker) decode(d *delivery) (job, bool) {
	var j job
	err := json.Unmarshal(d.Data(), &j)
	if err == nil && (!validID.MatchString(j.Batch) || j.Batch != batchOf(d.Subject()) || j.Item < 0) {
		err = fmt.Errorf("it is of item %d of %q, and came as one of %q", j.Item, j.Batch, batchOf(d.Subject()))
	}
	if err != nil {
		w.warn("a job that is none is dropped: %v", err)
		_ = d.TermWithReason("it cannot be read") // else it comes again
		return j, false
	}
	return j, true
}

// handle judges one job, and tells the server what became of it. Where the server does not
// hear it, the job comes again, and whoever gets it finds what is done. free is called when there is
// nothing more to do than to tell it: the next job need not wait for that.
func (w *Worker) handle(ctx context.Context, d *delivery, free func()) {
	defer d.stop()
	j, ok := w.decode(d)
	if !ok {
		return
	}
	times := 1
	if m, err := d.Metadata(); err == nil {
		times = int(m.NumDelivered)
	}
	began := time.Now()
	how, r, err := w.judge(ctx, j, times)
	w.shares.settle(d.line, d.charged, time.Since(began))
	if how != failed {
		free()
	}
	switch how {
	case finishedJob:
		w.judged.Add(1)
		err = w.ack(ctx, d)
	case goesOn:
		err = w.ack(ctx, d)
	case dropped:
		err = d.TermWithReason("its batch is over")
	case interrupted:
		err = d.Nak()
	case failed:
		w.warn("%s, delivery %d of %d: %v", j.id(), times, deliveries, err)
		err = w.fail(ctx, d, j, times, err, r)
	}
	if err != nil && ctx.Err() == nil {
		w.warn("the job %s will come again: %v", j.id(), err)
	}
}

// ack tells the server that a job is done, and waits until it has heard it; not for long: a server that was killed
// may have forgotten whom it gave the job, and answers nothing. Then the job comes again, and its result is found.
func (w *Worker) ack(ctx context.Context, d *delivery) error {
	ctx, cancel := context.WithTimeout(ctx, 2*w.farm.settings.Answer)
	defer cancel()
	err := w.farm.persist(ctx, "acknowledge a job", d.DoubleAck)
	if errors.Is(err, jetstream.ErrMsgAlreadyAckd) { // an earlier try, of which the answer was lost
		return nil
	}
	return err
}

// judge judges what is left of a submission.
func (w *Worker) judge(ctx context.Context, j job, times int) (end, *judge.Result, error) {
	l, err := w.find(ctx, j.Batch)
	switch {
	case err != nil:
		return failed, nil, err
	case l == nil:
		return dropped, nil, nil
	}
	before, err := w.farm.look(l.ctx, verdictKey(j.Batch, j.Item, keyResult, ""))
	switch {
	case err == nil && before != nil:
		return finishedJob, nil, nil
	case err == nil && times > deliveries:
		err = w.lastFault(l.ctx, j)
	case err == nil:
		var r *judge.Result
		if r, err = w.grade(l, j, times); err == nil {
			return finishedJob, nil, nil
		}
		if errors.Is(err, judge.ErrHalted) && w.handOn(ctx, w.batchOf(l), j) == nil {
			return goesOn, nil, nil
		}
		if l.ctx.Err() == nil && !errors.Is(err, judge.ErrHalted) {
			return failed, r, err
		}
	}
	switch {
	case ctx.Err() != nil || errors.Is(err, judge.ErrHalted):
		return interrupted, nil, err
	case l.ctx.Err() != nil:
		return dropped, nil, nil
	}
	return failed, nil, err
}

// grade has a submission judged, and writes down its result. The error is judge.ErrHalted when some
// cases are left; with another one a result is what would be written if that were the last word.
func (w *Worker) grade(l *live, j job, times int) (*judge.Result, error) {
	ctx := l.ctx
	batch, err := w.rooted(ctx, l)
	if err != nil {
		return nil, err
	}
	book, err := w.dockets.take(ctx, batch, j)
	if err != nil {
		return nil, err
	}
	defer w.dockets.put(book)
	if err := w.agreeOnLimit(ctx, batch, j, book); err != nil {
		return nil, err
	}
	s, clean, err := w.receive(ctx, j)
	if err != nil {
		return nil, err
	}
	defer clean()
	known := times > 1 || j.Part > 0 || j.Known
	for {
		rec := w.newRecord(ctx, j, len(book.problem.Cases), known)
		r, err := book.docket.Resume(ctx, s, rec)
		if unwritten := rec.settle(); unwritten != nil { // whatever else there is: the cases of it are to be judged again
			return nil, unwritten
		}
		switch {
		case err != nil && errors.Is(err, judge.ErrHalted) && w.halting.Err() == nil && w.noRoom(ctx, j.Batch):
			known = true // the rest has no place in the queue: it is judged here
			continue
		case err != nil:
			return nil, err
		case rec.overtaken():
			known = true // others were faster with some cases: the result is made of what they found
			continue
		case r.Verdict == problem.JE:
			return r, errors.New(r.Reason)
		}
		return nil, w.conclude(ctx, j, r, rec)
	}
}

// noRoom says whether the queue has no place now.
func (w *Worker) noRoom(ctx context.Context, id string) bool {
	t, err := w.farm.ofBatch(ctx, id)
	if err != nil {
		return false
	}
	full, err := t.full(ctx, 0)
	return err == nil && full != nil
}

// handOn sends the rest of a submission as another job.
func (w *Worker) handOn(ctx context.Context, b Batch, j job) error {
	j.Part++
	return w.farm.send(ctx, b, j)
}

// conclude writes down a result. One that is there already stands.
func (w *Worker) conclude(ctx context.Context, j job, r *judge.Result, rec *record) error {
	f := finding{Worker: w.id, Result: *r, Cases: []finished{}}
	f.Result.Cases = nil
	for _, c := range r.Cases {
		one := finished{Name: c.Name}
		if c.Verdict == problem.JE || !rec.has(c.Name) {
			one.Own = &c
		}
		f.Cases = append(f.Cases, one)
	}
	key := verdictKey(j.Batch, j.Item, keyResult, "")
	before, err := w.farm.claim(ctx, key, f)
	if err != nil || before == nil {
		return err
	}
	var first finding
	if err := readValue(key, before, &first); err != nil || !differResults(first.Result, f.Result) {
		return err
	}
	w.warn("%s: %s came to %s %s, which stands, this worker to %s", j.id(), first.Worker, first.Result.Submission, first.Result.Verdict, r.Verdict)
	_, err = w.farm.claim(ctx, verdictKey(j.Batch, j.Item, keyDiffers, ""), f)
	return err
}
