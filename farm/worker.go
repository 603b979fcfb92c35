package farm

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"judge/judge"
)

// WorkerOptions say what a worker works with.
type WorkerOptions struct {
	Bench  Bench
	Cache  *Cache
	Roots  *Roots // nil: a batch's rootfs must be in the store under its name
	Host   HostInfo
	Labels []string     // that it has, see [Labels]
	Dir    string       // for packages and submissions, while they are in use; somebody else removes it
	Warn   func(string) // told what is odd, for a person; may be nil; calls come one at a time
}

// A Worker judges jobs.
type Worker struct {
	farm *Farm
	WorkerOptions
	id      string
	dockets dockets
	began   time.Time

	halting context.Context // done after Halt
	halt    context.CancelFunc

	mu      sync.Mutex
	live    map[string]*live // batches that are not over
	watched map[string]bool  // users whose batches are watched
	pulls   []pull           // where jobs for this worker are, the highest priority first
	news    chan struct{}    // something is new in pulls
	told    chan struct{}    // so the list of workers is to be told
	spare   []*delivery      // jobs that came when no hands were free
	asking  map[string]bool  // pulls that wait at the server
	renewed chan struct{}    // closed when what waits there is to be asked for anew
	came    chan struct{}    // something is new in spare

	shares   *shares
	aiming   sync.Mutex // held by aim
	again    bool       // it will be called; aiming
	active   sync.WaitGroup
	polls    sync.WaitGroup
	rootings sync.WaitGroup
	running  atomic.Int64
	judged   atomic.Int64
	warning  sync.Mutex
}

// A live is a batch that is not over.
type live struct {
	batch   Batch
	ours    bool // this worker comes to its class, and has what that rests on
	wanted  []Root
	rooting rooting
	ctx     context.Context
	cancel  context.CancelFunc
}

// NewWorker makes a worker, which does nothing before Run.
func NewWorker(f *Farm, o WorkerOptions) *Worker {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	w := &Worker{farm: f, WorkerOptions: o, id: keyName(host) + "-" + strings.ToLower(rand.Text()[:6]), began: time.Now(), live: map[string]*live{}, watched: map[string]bool{}, shares: newShares(),
		news: make(chan struct{}, 1), told: make(chan struct{}, 1), came: make(chan struct{}, 1), asking: map[string]bool{}, renewed: make(chan struct{})}
	w.dockets = dockets{worker: w, books: map[string]*book{}}
	w.halting, w.halt = context.WithCancel(context.Background())
	return w
}

// ID is what verdicts and the list of workers call it.
func (w *Worker) ID() string { return w.id }

// Halt lets what runs come to its end, and hands on the rest: then Run returns.
func (w *Worker) Halt() {
	w.halt()
	w.Bench.Halt()
}

// Run judges until Halt is called, or ctx is done, which stops what runs: its jobs go back into
// the queue. The error is that the connection was closed for good.
func (w *Worker) Run(ctx context.Context) error {
	if w.farm.Me().Role == Submit {
		return w.farm.refuse("work")
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer w.dockets.closeAll()
	defer w.farm.space.to(func(text string) { w.warn("%s", text) })()
	var side sync.WaitGroup
	side.Go(func() {
		for w.watchUsers(ctx, func(user string) {
			side.Go(func() {
				for w.watch(ctx, user) {
				}
			})
		}) {
		}
		stop()
	})
	side.Go(func() { w.report(ctx) })
	w.dispatch(ctx)
	w.active.Wait()
	stop()
	w.polls.Wait()
	w.release()
	side.Wait()
	w.rootings.Wait() // now nobody learns of a batch any more
	if w.farm.nc.IsClosed() {
		return errClosed
	}
	return nil
}

func (w *Worker) warn(format string, args ...any) {
	if w.Warn == nil {
		return
	}
	w.warning.Lock()
	defer w.warning.Unlock()
	w.Warn(fmt.Sprintf(format, args...))
}

// dispatch takes jobs, as many at once as the bench has hands for.
func (w *Worker) dispatch(ctx context.Context) {
	hands := make(chan struct{}, w.Bench.Jobs())
	for {
		select {
		case hands <- struct{}{}:
		case <-ctx.Done():
			return
		case <-w.halting.Done():
			return
		}
		d := w.next(ctx, 1+cap(hands)-len(hands))
		if d == nil {
			return
		}
		w.running.Add(1)
		w.active.Go(func() {
			free := sync.OnceFunc(func() { w.running.Add(-1); <-hands })
			defer free()
			w.handle(ctx, d, free)
		})
	}
}

// note takes a batch's state in.
func (w *Worker) note(ctx context.Context, b Batch) {
	w.mu.Lock()
	l := w.live[b.ID]
	if b.over() {
		delete(w.live, b.ID)
		w.mu.Unlock()
		if l != nil { // else it is one of the many that were over before
			l.cancel()
			w.aim(ctx)
		}
		return
	}
	if l != nil {
		lane := b.Alone && !l.batch.Alone
		l.batch.State, l.batch.Items, l.batch.Alone = b.State, b.Items, b.Alone // the rest is what was looked at when it was taken
		w.mu.Unlock()
		if lane {
			w.aim(ctx)
		}
		return
	}
	w.mu.Unlock()
	l = &live{batch: b, rooting: rooting{tried: make(chan struct{})}}
	l.ctx, l.cancel = context.WithCancel(ctx)
	terms, err := w.promised(b)
	var facts []judge.Fact
	if err == nil {
		facts, err = w.Bench.Facts(terms)
	}
	if err != nil {
		w.warn("batch %s is not for this machine: %v", b.ID, err)
	} else if why := w.unfit(b, facts); why != "" {
		w.warn("batch %s is not for this machine: %s", b.ID, why)
	} else if w.Roots != nil && len(named(b.Roots, facts)) > 0 {
		l.wanted = named(b.Roots, facts)
	} else {
		l.ours = true
	}
	w.mu.Lock()
	if w.live[b.ID] != nil { // find was faster than the news
		l.cancel()
	} else {
		w.live[b.ID] = l
		if len(l.wanted) > 0 {
			w.rootings.Go(func() { w.root(ctx, l) })
		}
	}
	w.mu.Unlock()
	w.aim(ctx)
}

// find is a batch that is not over; nil for one that is.
func (w *Worker) find(ctx context.Context, id string) (*live, error) {
	w.mu.Lock()
	l := w.live[id]
	w.mu.Unlock()
	if l != nil {
		return l, nil
	}
	b, err := w.farm.Batch(ctx, id) // its job may be here before the news of it
	if err != nil || b.over() {
		return nil, err
	}
	w.note(ctx, b)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.live[id], nil
}

// batchOf is what is known of a batch now.
func (w *Worker) batchOf(l *live) Batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	return l.batch
}
