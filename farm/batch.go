package farm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
)

// A State says what is to be done about a batch.
type State string

// The states.
const (
	Sending   State = "sending"   // more is to come
	Sent      State = "sent"      // all are
	Done      State = "done"      // all have their result
	Cancelled State = "cancelled" // nothing more is judged
)

// A Batch is what BATCHES has of one.
type Batch struct {
	ID       string       `json:"id"`
	User     string       `json:"user"`
	Priority Priority     `json:"priority"`
	Terms    Terms        `json:"terms"`
	Facts    []judge.Fact `json:"facts"`            // what results rest on, as the submitter found it
	Roots    []Root       `json:"roots,omitempty"`  // that its facts name, and that the store has
	Labels   []string     `json:"labels,omitempty"` // that a worker must have
	CPU      string       `json:"cpu,omitempty"`    // the model of processor that a worker must have; "" is any
	Class    string       `json:"class"`
	Audit    float64      `json:"audit,omitempty"`   // percent of the submissions that are judged again
	Audited  string       `json:"audited,omitempty"` // digest of what that came to, of a detached batch; "" before
	Audits   string       `json:"audits,omitempty"`  // the batch of which this judges some again
	Without  []string     `json:"without,omitempty"` // workers that must not take it
	Limits   string       `json:"limits,omitempty"`  // the class whose measured time limits hold; "" is its own
	State    State        `json:"state"`
	Items    int          `json:"items"`    // submissions that were sent; 0 before all are
	Manifest string       `json:"manifest"` // digest of the list of them, a [Listed] a line; "" before all are sent
	Created  time.Time    `json:"created"`
	Alone    bool         `json:"alone"` // some of its jobs are in a lane of its own

	revision uint64
	changed  time.Time // when that was written
}

// over says that no worker has anything to do for it.
func (b Batch) over() bool { return b.State == Done || b.State == Cancelled }

// create writes a new batch down.
func (f *Farm) create(ctx context.Context, b Batch) error {
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("write down the batch %s: %w", b.ID, err)
	}
	t, err := f.ofBatch(ctx, b.ID)
	if err != nil {
		return err
	}
	return f.persist(ctx, "write down the batch "+b.ID, func(ctx context.Context) error {
		_, err := t.batches.Create(ctx, b.ID, text)
		if errors.Is(err, jetstream.ErrKeyExists) {
			return nil // an earlier try, of which the answer was lost: nobody else has the id
		}
		return err
	})
}

// Batch finds a batch. The error is a [*Refusal] where there is none of that id.
func (f *Farm) Batch(ctx context.Context, id string) (Batch, error) {
	var b Batch
	if !validID.MatchString(id) {
		return b, &Refusal{What: fmt.Sprintf("%q is no batch", id), Hint: "judge status lists them"}
	}
	t, err := f.ofBatch(ctx, id)
	if err != nil {
		return b, err
	}
	err = f.surely(ctx, "look for the batch "+id, missingKey, func(ctx context.Context) error {
		e, err := t.batches.Get(ctx, id)
		if err == nil {
			b, err = readBatch(e)
		}
		return err
	})
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return b, &Refusal{What: "there is no batch " + id, Hint: "judge status lists them"}
	}
	return b, err
}

func readBatch(e jetstream.KeyValueEntry) (Batch, error) {
	b := Batch{revision: e.Revision(), changed: e.Created()}
	if err := json.Unmarshal(e.Value(), &b); err != nil {
		return b, fmt.Errorf("read the batch %s: %w", e.Key(), err)
	}
	if b.ID != e.Key() || !validID.MatchString(b.ID) || userToken(b.User) != userOf(b.ID) {
		return b, fmt.Errorf("read the batch %s: it says that it is %q, of %q", e.Key(), b.ID, b.User)
	}
	if !slices.Contains(Priorities(), b.Priority) {
		return b, fmt.Errorf("read the batch %s: it has the priority %q", e.Key(), b.Priority)
	}
	return b, nil
}

// Batches lists all that this side may see, the oldest first. What cannot be read is passed over.
func (f *Farm) Batches(ctx context.Context) ([]Batch, error) {
	users, err := f.Users(ctx)
	if err != nil {
		return nil, err
	}
	var list []Batch
	for _, u := range users {
		if !f.may(userToken(u.Name)) {
			continue
		}
		some, err := f.batchesOf(ctx, userToken(u.Name))
		var gone *Refusal
		if err != nil && !errors.As(err, &gone) { // one whose streams are being made
			return nil, err
		}
		list = append(list, some...)
	}
	slices.SortStableFunc(list, func(a, b Batch) int { return a.Created.Compare(b.Created) })
	return list, nil
}

// batchesOf are those of one user.
func (f *Farm) batchesOf(ctx context.Context, user string) (list []Batch, err error) {
	t, err := f.of(ctx, user)
	if err != nil {
		return nil, err
	}
	err = f.persist(ctx, "list the batches of "+user, func(ctx context.Context) error {
		list = nil
		return entries(ctx, t.batches, jetstream.AllKeys, func(e jetstream.KeyValueEntry) error {
			if b, err := readBatch(e); err == nil {
				list = append(list, b)
			}
			return nil
		})
	})
	return list, err
}

// entries goes through what a bucket has now under some keys.
func entries(ctx context.Context, kv jetstream.KeyValue, keys string, do func(jetstream.KeyValueEntry) error, opts ...jetstream.WatchOpt) error {
	w, err := kv.Watch(ctx, keys, append(opts, jetstream.IgnoreDeletes())...)
	if err != nil {
		return err
	}
	defer func() { _ = w.Stop() }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, open := <-w.Updates():
			if !open {
				return jetstream.ErrNoStreamResponse
			}
			if e == nil {
				return nil // all that was there
			}
			if err := do(e); err != nil {
				return err
			}
		}
	}
}

// change changes a batch, unless it is over. It says how it is afterwards.
func (f *Farm) change(ctx context.Context, id string, do func(*Batch)) (Batch, error) {
	return f.alter(ctx, id, func(b Batch) bool { return !b.over() }, do)
}

// alter changes a batch as long as something is so. It says how it is afterwards.
func (f *Farm) alter(ctx context.Context, id string, so func(Batch) bool, do func(*Batch)) (Batch, error) {
	for {
		b, err := f.Batch(ctx, id)
		if err != nil || !so(b) {
			return b, err
		}
		do(&b)
		text, err := json.Marshal(b)
		if err != nil {
			return b, fmt.Errorf("change the batch %s: %w", id, err)
		}
		t, err := f.ofBatch(ctx, id)
		if err != nil {
			return b, err
		}
		err = f.persist(ctx, "change the batch "+id, func(ctx context.Context) error {
			_, err := t.batches.Update(ctx, id, text, b.revision)
			return err
		})
		if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) { // another one was faster
			return b, err
		}
	}
}

// Cancel lets nothing of a batch be judged any more, and takes its jobs out of the queue.
// What was judged stays. It says whether the batch was not over already.
func (f *Farm) Cancel(ctx context.Context, id string) (bool, error) {
	if err := f.own(userOf(id), "cancel a batch"); err != nil {
		return false, err
	}
	return f.end(ctx, id, Cancelled)
}

// end puts a batch into a state in which it is over, and takes out of the queue what is there of it: when
// it is done, jobs that were sent twice. It says whether it was not over before.
func (f *Farm) end(ctx context.Context, id string, state State) (bool, error) {
	changed := false
	if _, err := f.change(ctx, id, func(b *Batch) { b.State, changed = state, true }); err != nil || !changed {
		return false, err
	}
	return true, f.purge(ctx, id)
}

func (f *Farm) purge(ctx context.Context, id string) error {
	t, err := f.ofBatch(ctx, id)
	if err != nil {
		return err
	}
	return f.persist(ctx, "take the jobs of "+id+" out of the queue", func(ctx context.Context) error {
		return t.jobs.Purge(ctx, jetstream.WithPurgeSubject(batchSubjects(id)))
	})
}

// A Progress says how far a batch is.
type Progress struct {
	Results int `json:"results"` // submissions that have theirs
	Cases   int `json:"cases"`   // verdicts
	Differ  int `json:"differ"`  // cases on which two workers differed
	Faults  int `json:"faults"`  // deliveries that failed
	Queued  int `json:"queued"`  // jobs that are not done
}

// Progress counts what there is of a batch.
func (f *Farm) Progress(ctx context.Context, id string) (Progress, error) {
	var p Progress
	t, err := f.ofBatch(ctx, id)
	if err != nil {
		return p, err
	}
	err = f.persist(ctx, "count the results of "+id, func(ctx context.Context) error {
		p = Progress{}
		err := entries(ctx, t.verdicts, id+".>", func(e jetstream.KeyValueEntry) error {
			_, kind, _, ok := readKey(e.Key())
			switch {
			case !ok:
			case kind == keyResult:
				p.Results++
			case kind == keyCase || kind == keyKnown:
				p.Cases++
			case kind == keyDiffers:
				p.Differ++
			case kind == keyFault:
				p.Faults++
			}
			return nil
		}, jetstream.MetaOnly())
		if err != nil {
			return err
		}
		info, err := t.jobs.Info(ctx, jetstream.WithSubjectFilter(batchSubjects(id)))
		if err != nil {
			return err
		}
		for _, n := range info.State.Subjects {
			p.Queued += int(n)
		}
		return nil
	})
	return p, err
}
