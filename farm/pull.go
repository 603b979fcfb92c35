package farm

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A pull is a durable consumer of a user's jobs: of one class with one priority, or of one batch's own lane.
type pull struct {
	name     string // of it among all users'
	user     string // token
	rank     int    // in Priorities
	consumer jetstream.Consumer
}

func (p pull) line() line { return line{p.user, p.rank} }

// A delivery is a job that this worker holds. The server is told that it is being worked at, until stop.
type delivery struct {
	jetstream.Msg
	line
	start, charged float64 // see shares
	stop           func()
}

const (
	waitForJob = 30 * time.Second       // at the server, in one request; the library notices within ten that it is forgotten there
	pause      = 100 * time.Millisecond // before a server that does not answer is asked again

	// idleConsumers go, after the last worker of their class.
	idleConsumers = 7 * 24 * time.Hour
	idleLanes     = time.Hour
	// manyWorkers bounds how many jobs of a class are in hands at once, and how many workers wait.
	manyWorkers = 100_000
)

// aim finds the pulls for the batches that are there.
func (w *Worker) aim(ctx context.Context) {
	w.aiming.Lock()
	defer w.aiming.Unlock()
	groups := map[group]bool{}
	w.mu.Lock()
	for _, l := range w.live {
		if l.ours {
			for _, g := range groupsOf(l.batch) {
				groups[g] = true
			}
		}
	}
	old := w.pulls
	w.mu.Unlock()
	var pulls []pull
	failed := false
	for g := range groups {
		name := g.user + " " + g.durable()
		if at := slices.IndexFunc(old, func(o pull) bool { return o.name == name }); at >= 0 {
			pulls = append(pulls, old[at])
			continue
		}
		c, err := w.farm.consumer(ctx, g)
		if err != nil {
			if ctx.Err() == nil {
				failed = true
				w.warn("jobs of the priority %s are not taken: %v", g.priority, err)
			}
			continue
		}
		pulls = append(pulls, pull{name: name, user: g.user, rank: slices.Index(Priorities(), g.priority), consumer: c})
	}
	w.mu.Lock()
	w.pulls = pulls
	w.mu.Unlock()
	w.shares.forget(pulls)
	signal(w.news)
	signal(w.told)
	if failed {
		w.aimAgain(ctx)
	}
}

// aimAgain has aim called after a while, once for all that failed until then: a consumer may have been taken away just when it
// was made. The caller has aiming.
func (w *Worker) aimAgain(ctx context.Context) {
	if w.again {
		return
	}
	w.again = true
	time.AfterFunc(w.farm.settings.Retry, func() {
		w.aiming.Lock()
		w.again = false
		w.aiming.Unlock()
		if ctx.Err() == nil {
			w.aim(ctx)
		}
	})
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// next is the next job for this worker, which has so many hands free; nil when it is halted. What has a higher priority comes
// first, and of the same priority what shares says. Of what a pull has as many are taken at once as there are hands: one by one, questions would take longer than
// short jobs. While there is none, all pulls wait at the server; of what more than one of them then brings, the rest is spare.
func (w *Worker) next(ctx context.Context, free int) *delivery {
	for ctx.Err() == nil && w.halting.Err() == nil {
		if d := w.takeSpare(); d != nil {
			return d
		}
		w.mu.Lock()
		pulls := slices.Clone(w.pulls)
		w.mu.Unlock()
		w.shares.order(pulls)
		for i, p := range pulls {
			if got := w.fetch(ctx, p, func() (jetstream.MessageBatch, error) { return p.consumer.FetchNoWait(free) }); len(got) > 0 {
				w.mu.Lock()
				w.spare = append(w.spare, got[1:]...)
				w.mu.Unlock()
				return got[0]
			}
			if i+1 == len(pulls) || pulls[i+1].line() != p.line() {
				w.shares.rested(p.line())
			}
		}
		for _, p := range pulls {
			w.wait(ctx, p)
		}
		select {
		case <-ctx.Done():
		case <-w.halting.Done():
		case <-w.came:
		case <-w.news:
		}
	}
	return nil
}

func (w *Worker) takeSpare() *delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.spare) == 0 {
		return nil
	}
	best := w.shares.first(w.spare)
	d := w.spare[best]
	w.spare = slices.Delete(w.spare, best, best+1)
	return d
}

// wait has a pull wait at the server, unless it does.
func (w *Worker) wait(ctx context.Context, p pull) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asking[p.name] {
		return
	}
	w.asking[p.name] = true
	w.polls.Go(func() {
		var got []*delivery
		for len(got) == 0 && ctx.Err() == nil && w.halting.Err() == nil && w.has(p) {
			got = w.poll(ctx, p)
		}
		w.mu.Lock()
		w.asking[p.name] = false
		w.spare = append(w.spare, got...)
		w.mu.Unlock()
		signal(w.came)
	})
}

// has says whether a pull is still one of this worker's.
func (w *Worker) has(p pull) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.pulls, p)
}

// poll is one request for a job that waits at the server; nil if it brought none.
func (w *Worker) poll(ctx context.Context, p pull) []*delivery {
	asked := time.Now()
	waiting, cancel := context.WithTimeout(ctx, waitForJob)
	defer cancel()
	w.mu.Lock()
	renewed := w.renewed
	w.mu.Unlock()
	go func() {
		select {
		case <-renewed:
			cancel()
		case <-waiting.Done():
		}
	}()
	got := w.fetch(ctx, p, func() (jetstream.MessageBatch, error) { return p.consumer.Fetch(1, jetstream.FetchContext(waiting)) })
	if len(got) == 0 && time.Since(asked) < pause { // nobody answers
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	return got
}

// renew has all pulls ask again: the server may have forgotten what waited there.
func (w *Worker) renew() {
	w.mu.Lock()
	close(w.renewed)
	w.renewed = make(chan struct{})
	w.mu.Unlock()
	signal(w.news)
}

// fetch takes jobs from a pull; nil if there are none, or nobody who answers.
func (w *Worker) fetch(ctx context.Context, p pull, ask func() (jetstream.MessageBatch, error)) (got []*delivery) {
	batch, err := ask()
	if err != nil {
		return nil
	}
	for m := range batch.Messages() {
		m = w.farm.held(m)
		d := &delivery{Msg: m, line: p.line(), stop: w.keep(m)}
		d.start, d.charged = w.shares.charge(p)
		got = append(got, d)
	}
	if got == nil && errors.Is(batch.Error(), jetstream.ErrConsumerDeleted) {
		w.forget(p)
		w.aim(ctx)
	}
	return got
}

// forget drops a pull whose consumer is gone: aim makes it anew.
func (w *Worker) forget(p pull) {
	w.mu.Lock()
	w.pulls = slices.DeleteFunc(slices.Clone(w.pulls), func(o pull) bool { return o.name == p.name })
	w.mu.Unlock()
}

// keep tells the server that a job is being worked at, until the function is called.
func (w *Worker) keep(m jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(w.farm.settings.AckWait / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = m.InProgress() // when the server is away it cannot know, and whoever gets the job next finds the verdicts
			}
		}
	}()
	return func() { cancel(); <-done }
}

// release hands on the jobs that nobody began.
func (w *Worker) release() {
	w.mu.Lock()
	spare := w.spare
	w.spare = nil
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), w.farm.settings.AckWait)
	defer cancel()
	for _, d := range spare {
		d.stop()
		if j, ok := w.decode(d); ok {
			if l, err := w.find(ctx, j.Batch); err == nil && l != nil && w.handOn(ctx, w.batchOf(l), j) == nil {
				_ = w.ack(ctx, d) // if it does not arrive the job is done twice
				continue
			}
		}
		_ = d.Nak() // if it does not arrive the server waits for AckWait
	}
}
