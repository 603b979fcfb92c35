package web

import (
	"context"
	"sync"
	"time"

	"judge/farm"
)

// progress is what the farm says of batches and workers, asked once for all who want to know it at the same time.
type progress struct {
	farm *farm.Farm
	list *cached[[]farm.Batch]
	here *cached[[]farm.WorkerInfo]

	mu sync.Mutex
	on map[string]*cached[farm.Progress] // by state and batch
}

const (
	overTime   = 15 * time.Second // for which an answer about a batch that is over is good
	maxBatches = 4096             // of which answers are kept
)

func newProgress(f *farm.Farm) *progress {
	return &progress{farm: f, list: newCached[[]farm.Batch](), here: newCached[[]farm.WorkerInfo](), on: map[string]*cached[farm.Progress]{}}
}

func (p *progress) batches(ctx context.Context) ([]farm.Batch, error) {
	return p.list.get(ctx, progressTime, p.farm.Batches)
}

func (p *progress) workers(ctx context.Context) ([]farm.WorkerInfo, error) {
	return p.here.get(ctx, progressTime, p.farm.Workers)
}

// of is how far a batch is.
func (p *progress) of(ctx context.Context, b farm.Batch) (farm.Progress, error) {
	good := progressTime
	if b.State == farm.Done || b.State == farm.Cancelled {
		good = overTime
	}
	p.mu.Lock()
	key := string(b.State) + " " + b.ID // what was counted before it was over is no answer afterwards
	c := p.on[key]
	if c == nil {
		if len(p.on) >= maxBatches {
			clear(p.on)
		}
		c = newCached[farm.Progress]()
		p.on[key] = c
	}
	p.mu.Unlock()
	return c.get(ctx, good, func(ctx context.Context) (farm.Progress, error) { return p.farm.Progress(ctx, b.ID) })
}

// forget has the list asked for anew.
func (p *progress) forget() { p.list.drop() }

// A cached value is good for some time.
type cached[T any] struct {
	turn  chan struct{} // held by who asks or answers
	at    time.Time
	value T
}

func newCached[T any]() *cached[T] { return &cached[T]{turn: make(chan struct{}, 1)} }

// get asks, unless the last answer is good still. Whoever comes meanwhile waits for that answer. An error is not kept.
func (c *cached[T]) get(ctx context.Context, good time.Duration, ask func(context.Context) (T, error)) (T, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
	defer func() { <-c.turn }()
	if time.Since(c.at) < good {
		return c.value, nil
	}
	v, err := ask(ctx)
	if err == nil {
		c.at, c.value = time.Now(), v
	}
	return v, err
}

func (c *cached[T]) drop() {
	c.turn <- struct{}{}
	c.at = time.Time{}
	<-c.turn
}
