package farm

import (
	"context"
	"fmt"
	"time"

	"judge/judge"
	"judge/judge/language"
)

// NewCourt begins a batch. The error is a [*Refusal] where other machines could not grade by
// such terms.
func NewCourt(ctx context.Context, f *Farm, o CourtOptions) (*Court, error) {
	facts, err := o.check(f)
	if err != nil {
		return nil, err
	}
	if err := f.enter(ctx, o.User); err != nil {
		return nil, err
	}
	workers, err := f.Workers(ctx)
	if err != nil {
		return nil, err
	}
	hands := 0
	for _, w := range workers {
		hands += min(max(w.Jobs, 0), manyOnTheWay) // whatever it says
	}
	now := time.Now()
	c := &Court{farm: f, window: windowFor(hands, f.settings.QueueJobs), options: o, halted: make(chan struct{}), broken: make(chan struct{}), waiting: map[int]*waiting{}}
	c.batch = Batch{ID: newID(o.User, now), User: o.User, Priority: o.Priority, Terms: TermsOf(o.Judging), Facts: facts, Labels: o.Labels, Audit: o.Audit, State: Sending, Created: now.UTC()}
	if c.batch.CPU, err = chooseCPU(o.CPU, o.Labels, workers); err != nil {
		return nil, err
	}
	c.batch.Class = classOf(facts, o.Labels, c.batch.wants()...)
	c.forget = f.space.to(c.warn)
	if c.batch.Roots, err = f.sendRoots(ctx, userOf(c.batch.ID), facts, c.warn); err == nil {
		err = f.create(ctx, c.batch)
	}
	if err != nil {
		c.forget()
		return nil, err
	}
	c.auditor = newAuditor(f, c.batch)
	ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	if !o.Detached {
		c.gathering.Go(func() { c.gather(ctx) })
	}
	return c, nil
}

// check refuses what cannot be, fills in what is usual, and finds what results rest on.
func (o *CourtOptions) check(f *Farm) ([]judge.Fact, error) {
	terms := TermsOf(o.Judging)
	if err := terms.check(); err != nil {
		return nil, err
	}
	if o.Judging.Languages == nil {
		o.Judging.Languages = language.Builtin()
	}
	if terms.Language != "" {
		if _, err := o.Judging.Languages.Find(terms.Language); err != nil {
			return nil, err
		}
	}
	if !(o.Audit >= 0 && o.Audit <= 100) {
		return nil, &Refusal{What: fmt.Sprintf("--audit %g", o.Audit), Hint: "percent of the submissions, 0 to 100"}
	}
	if o.Priority == "" {
		o.Priority = Normal
	}
	if o.User == "" {
		o.User = f.Me().Name
	}
	if err := f.own(userToken(o.User), "submit a batch"); err != nil {
		return nil, err
	}
	return judge.BasisOf(o.Judging)
}
