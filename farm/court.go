package farm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"judge/judge"
	"judge/judge/batch"
	"judge/judge/problem"
)

// CourtOptions say how a batch is sent.
type CourtOptions struct {
	User     string        // whose batch it is; "" is the farm's own
	Priority Priority      // "" is Normal
	Labels   []string      // that a worker must have; see [Labels]
	CPU      string        // "" is any; see [SameCPU]
	Audit    float64       // percent of the submissions that other workers judge again, 0 to 100
	Judging  judge.Options // of an engine that would do it here: see [TermsOf]

	// Detached: the court takes submissions in, and does not wait for their results: Resume
	// gives an empty one when the job is in the queue.
	Detached bool

	Warn func(string) // told what is odd, for a person; may be nil; calls come one at a time
}

// A Court is a farm as a [batch.Court]: a new batch there.
type Court struct {
	farm    *Farm
	options CourtOptions
	batch   Batch
	window  int

	halted    chan struct{}
	halt      sync.Once
	gathering sync.WaitGroup
	stop      context.CancelFunc
	forget    func() // who is told that the server is full
	fullOnce  sync.Once
	warning   sync.Mutex

	lane    lane
	mu      sync.Mutex
	auditor *auditor
	waiting map[int]*waiting
	listed  []Listed      // of a detached batch: what was sent
	failed  error         // of gathering
	broken  chan struct{} // closed when failed is set
	left    int           // submissions that were sent, and have no result
	whole   bool          // a detached batch was sent
}

// A waiting is a submission without a result.
type waiting struct {
	result chan *judge.Result // of capacity 1

	mu      sync.Mutex   // held while the record is told
	record  judge.Record // nil when nobody waits any more
	workers []string     // that judged it
	err     error        // the record's
}

// leave says that nobody waits any more: the record's batch may be at its end. It gives the record's error.
func (w *waiting) leave() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.record = nil
	return w.err
}

// ID is the batch's.
func (c *Court) ID() string { return c.batch.ID }

// Jobs is how many submissions are on their way at once.
func (c *Court) Jobs() int { return c.window }

// Basis is what results rest on, but the processor: there are many.
func (c *Court) Basis() ([]judge.Fact, error) {
	var facts []judge.Fact
	for _, f := range c.batch.Facts {
		if f.What != judge.FactProcessor {
			facts = append(facts, f)
		}
	}
	return facts, nil
}

// CheckLanguage says whether a submission's language is known.
func (c *Court) CheckLanguage(s judge.Submission) error { return c.options.Judging.CheckLanguage(s) }

// Fits is no matter of this machine: where a problem needs more memory than a worker has, that
// one gives its jobs back.
func (c *Court) Fits(*problem.Problem) error { return nil }

// Halt lets what waits for results end with judge.ErrHalted.
func (c *Court) Halt() { c.halt.Do(func() { close(c.halted) }) }

// heed is a context that Halt ends, too: a server that is full is waited for without end.
func (c *Court) heed(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-c.halted:
			cancel(judge.ErrHalted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// Prepare sends a package.
func (c *Court) Prepare(ctx context.Context, p *problem.Problem) (batch.Docket, error) {
	ctx, stop := c.heed(ctx)
	defer stop()
	d := &sentPackage{court: c, problem: p, digest: judge.PackageDigest(p)}
	var err error
	if d.tree, err = c.farm.sendTree(ctx, userOf(c.batch.ID), p.Dir); err != nil {
		return nil, fmt.Errorf("problem %s: %w", p.Name, err)
	}
	return d, nil
}

// gather hands results to those who wait.
func (c *Court) gather(ctx context.Context) {
	err := c.farm.Gather(ctx, c.batch.ID, Gathering{Case: c.told, Result: c.hand, Warn: c.warn}, func() bool { return false })
	if ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	c.failed = err
	c.mu.Unlock()
	close(c.broken)
}

func (c *Court) warn(text string) {
	if c.options.Warn == nil {
		return
	}
	c.warning.Lock()
	defer c.warning.Unlock()
	c.options.Warn(text)
}

// told hands a case to the record of its submission.
func (c *Court) told(item int, worker string, r judge.CaseResult) {
	c.mu.Lock()
	w := c.waiting[item]
	c.mu.Unlock()
	if w == nil || worker == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.workers = append(w.workers, worker)
	if w.record != nil && w.err == nil {
		w.err = w.record.Judged(r)
	}
}

func (c *Court) hand(item int, worker string, r *judge.Result) {
	c.mu.Lock()
	w := c.waiting[item]
	delete(c.waiting, item)
	if w != nil {
		c.left--
	}
	c.mu.Unlock()
	if w != nil {
		w.mu.Lock()
		w.workers = append(w.workers, worker)
		w.mu.Unlock()
		w.result <- r
	}
}

// Close ends the batch: it is done if all results are there, else nobody waits for the
// rest, and it is cancelled. A detached one is left alone, if it was Sent.
func (c *Court) Close(ctx context.Context) error {
	c.stop()
	c.forget()
	c.gathering.Wait()
	c.mu.Lock()
	left, whole := c.left, c.whole
	c.mu.Unlock()
	audited := c.auditor.close(ctx)
	if whole {
		return audited
	}
	if left > 0 || c.options.Detached {
		_, err := c.farm.Cancel(ctx, c.batch.ID)
		return errors.Join(audited, err)
	}
	_, err := c.farm.end(ctx, c.batch.ID, Done)
	return errors.Join(audited, err)
}

// await sends a job, and waits for its result.
func (c *Court) await(ctx context.Context, j job, record judge.Record) (*judge.Result, error) {
	w := &waiting{record: record, result: make(chan *judge.Result, 1)}
	c.mu.Lock()
	c.waiting[j.Item] = w
	c.left++
	c.mu.Unlock()
	defer w.leave() // whatever ends it
	if err := c.enqueue(ctx, j); err != nil {
		return nil, err
	}
	select {
	case r := <-w.result:
		if err := w.leave(); err != nil || c.batch.Audit == 0 {
			return r, err
		}
		return c.audited(ctx, j, r, w.workers)
	case <-c.halted:
		return nil, judge.ErrHalted
	case <-c.broken:
		return nil, c.failed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// enqueue sends a job. While the queue is full it waits, and says so once.
func (c *Court) enqueue(ctx context.Context, j job) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := c.farm.send(ctx, c.batch, j)
		var full *FullError
		if !errors.As(err, &full) {
			return err
		}
		c.fullOnce.Do(func() { c.warn(full.Error() + "; waiting until workers have taken some") })
		select {
		case <-time.After(wait):
		case <-c.halted:
			return judge.ErrHalted
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
