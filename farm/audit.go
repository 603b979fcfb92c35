package farm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"judge/judge"
	"judge/judge/problem"
)

// An auditor has a sample of a batch judged again, each submission by workers that did not judge it, and holds
// what these come to against what stands.
//
// Which submissions it is is decided when their result is there, by the submitter, so nobody can have known it
// before. What is judged again is a batch of its own, whose class leaves out the workers that are
// audited (Batch.Without): it overwrites nothing, and its jobs are like others.
type auditor struct {
	farm  *Farm
	batch Batch

	mu     sync.Mutex
	checks map[string]*check // by the workers that are left out
}

// A check is the batch in which submissions are judged again that the same workers judged.
type check struct {
	once    sync.Once
	batch   Batch
	err     error
	stop    context.CancelFunc
	ended   chan struct{} // closed when nobody gathers any more
	mu      sync.Mutex
	waiting map[int]chan audited
	taken   time.Time // when a worker was seen last that takes its jobs; at first, when it began
}

// An audited is what another worker came to.
type audited struct {
	by     []string
	result *judge.Result
}

func newAuditor(f *Farm, b Batch) *auditor {
	return &auditor{farm: f, batch: b, checks: map[string]*check{}}
}

// check judges a submission again. workers are those that judged it; none says that nobody but the submitter did.
func (a *auditor) check(ctx context.Context, j job, r *judge.Result, workers []string) (*judge.Audit, error) {
	of := slices.Compact(slices.Sorted(slices.Values(workers)))
	if len(of) == 0 {
		return nil, nil
	}
	audit := &judge.Audit{Of: of}
	a.mu.Lock()
	key := strings.Join(of, " ")
	c := a.checks[key]
	if c == nil {
		c = &check{waiting: map[int]chan audited{}, ended: make(chan struct{})}
		a.checks[key] = c
	}
	a.mu.Unlock()
	c.once.Do(func() { c.err = a.begin(ctx, c, of) })
	if c.err != nil {
		return nil, c.err
	}
	got, err := a.await(ctx, c, j)
	var alone *aloneError
	if errors.As(err, &alone) {
		audit.Missing = alone.Error()
		return audit, nil
	}
	if err != nil {
		return nil, err
	}
	if got.result.Verdict == problem.JE && r.Verdict != problem.JE { // which is no verdict against another
		audit.Missing = "judged again it came to judge's own error: " + got.result.Reason
		return audit, nil
	}
	audit.By = got.by
	audit.Differs = differences(r, got.result)
	return audit, nil
}

// begin makes the batch of a check.
func (a *auditor) begin(ctx context.Context, c *check, without []string) error {
	b := a.batch
	b.ID, b.Created = newID(b.User, time.Now()), time.Now().UTC()
	b.Without, b.Audits, b.Limits = without, a.batch.ID, cmp.Or(a.batch.Limits, a.batch.Class)
	b.State, b.Items, b.Manifest, b.revision = Sending, 0, "", 0
	b.Audit, b.Audited = 0, ""
	b.Terms.Fresh = true // a result out of a cache is no second opinion
	b.Class = classOf(b.Facts, b.Labels, b.wants()...)
	c.batch, c.taken = b, time.Now()
	if err := a.farm.create(ctx, b); err != nil {
		return err
	}
	ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	by := map[int][]string{}
	g := Gathering{
		Case: func(item int, worker string, _ judge.CaseResult) { by[item] = append(by[item], worker) },
		Result: func(item int, worker string, r *judge.Result) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if w := c.waiting[item]; w != nil {
				w <- audited{slices.Compact(slices.Sorted(slices.Values(append(by[item], worker)))), r}
				delete(c.waiting, item)
			}
		},
	}
	go func() {
		defer close(c.ended)
		_ = a.farm.Gather(ctx, b.ID, g, func() bool { return false }) // who waits is told that it has ended
	}()
	return nil
}

// An aloneError says that nobody is there who could judge something again.
type aloneError struct{ without []string }

func (e *aloneError) Error() string {
	return fmt.Sprintf("no worker but %s takes the batch", strings.Join(e.without, ", "))
}

// await sends a job of a check, and waits for its result, as long as somebody is there who takes it.
func (a *auditor) await(ctx context.Context, c *check, j job) (audited, error) {
	j.Batch, j.Part, j.Known = c.batch.ID, 0, false
	result := make(chan audited, 1)
	c.mu.Lock()
	c.waiting[j.Item] = result
	c.mu.Unlock()
	for sent := false; ; {
		if !sent {
			var full *FullError
			err := a.farm.send(ctx, c.batch, j)
			if err != nil && !errors.As(err, &full) {
				return audited{}, err
			}
			sent = err == nil
		}
		alone, err := a.alone(ctx, c)
		if err != nil {
			return audited{}, err
		}
		select {
		case r := <-result:
			return r, nil
		case <-c.ended:
			return audited{}, errors.New("audit: the connection to the server was closed")
		case <-ctx.Done():
			return audited{}, context.Cause(ctx)
		case <-time.After(a.farm.settings.WorkerLife / 3):
		}
		if alone {
			return audited{}, &aloneError{c.batch.Without}
		}
	}
}

// alone says whether no worker has taken the jobs of a check for long: a server that was started anew knows none for a while.
func (a *auditor) alone(ctx context.Context, c *check) (bool, error) {
	workers, err := a.farm.Workers(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.batch.Takers(workers) > 0 {
		c.taken = time.Now()
	}
	return time.Since(c.taken) > 2*a.farm.settings.WorkerLife, err
}

// close ends the batches of all checks.
func (a *auditor) close(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	for _, c := range a.checks {
		if c.stop == nil {
			continue // it did not begin
		}
		c.stop()
		<-c.ended
		c.mu.Lock()
		state := Done
		if len(c.waiting) > 0 {
			state = Cancelled
		}
		c.mu.Unlock()
		_, err := a.farm.end(ctx, c.batch.ID, state)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// differences says in what a second judgement differs, for a person: times may tell why, where a limit is near.
func differences(stands, second *judge.Result) []string {
	list := []string{}
	if differResults(*stands, *second) {
		list = append(list, fmt.Sprintf("%s%s, then %s%s", stands.Verdict, scoreText(stands.Score), second.Verdict, scoreText(second.Score)))
	}
	first := map[string]judge.CaseResult{}
	for _, c := range stands.Cases {
		first[c.Name] = c
	}
	for _, c := range second.Cases {
		if one, both := first[c.Name]; both && differ(one, c) {
			list = append(list, fmt.Sprintf("case %s: %s, then %s", c.Name, caseText(one), caseText(c)))
		}
	}
	return list
}

func caseText(c judge.CaseResult) string {
	text := string(c.Verdict) + scoreText(c.Score)
	if c.Report != nil {
		text += fmt.Sprintf(" (%v)", time.Duration(c.Report.CPUTime).Round(time.Millisecond))
	}
	return text
}

func scoreText(s *float64) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf(" %g", *s)
}
