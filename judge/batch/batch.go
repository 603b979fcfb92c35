package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"sync/atomic"

	"judge/judge"
	"judge/judge/problem"
)

// Options say what is graded, and who is told.
type Options struct {
	Court   Court
	List    Items
	Journal *Journal // nil for none

	// Warn is told what is odd about a package, for a person; it may be nil.
	Warn func(string)

	// Done is told of each submission that has its verdict, in the order in which they
	// have it: one at a time, and with a journal not before it is on the disk.
	Done func(Outcome)
}

// An Outcome is what came of one item.
type Outcome struct {
	Number  int // of the item, from 0
	Item    Item
	Scoring bool // the problem has scores
	Result  *judge.Result
	Resumed bool // the journal had it
}

// A State is how far a batch is.
type State struct {
	Items   int // submissions in all
	Done    int // that have their verdict
	Resumed int // of these, out of the journal
	Running int // submissions on their way
	Cases   int // that were judged, not counting the journal's
}

// A Batch is a list that can be graded.
type Batch struct {
	Options
	shelf *shelf
	basis basis

	mu       sync.Mutex
	packages map[string]string // digests, by problem, that results rest on

	done, resumed, running, cases atomic.Int64
}

// New reads the list, and the packages, and sees that everything in it can be graded, and
// that what the journal has rests on the same. The error is a [*ListError], a
// [*JournalError], or one of reading.
func New(ctx context.Context, o Options) (*Batch, error) {
	b := &Batch{Options: o, shelf: newShelf(o.Court, o.Warn), packages: map[string]string{}}
	if o.Journal != nil {
		b.packages = maps.Clone(o.Journal.past.packages)
	}
	err := b.survey(ctx)
	if err == nil && o.Journal != nil {
		err = b.agree()
	}
	if err != nil {
		b.shelf.closeAll()
		return nil, err
	}
	return b, nil
}

// survey goes through the list.
func (b *Batch) survey(ctx context.Context) error {
	h := sha256.New()
	for i, err := range b.List {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			err = b.look(&i)
		}
		if err != nil {
			return err
		}
		h.Write(i.line())
		b.basis.Items++
	}
	b.basis.List = "sha256:" + hex.EncodeToString(h.Sum(nil))
	if b.basis.Items == 0 {
		return &ListError{What: "there is no submission in the list", Hint: "name one, or a package that has some"}
	}
	return nil
}

// look sees that an item can be graded, and that it is what the journal has.
func (b *Batch) look(i *Item) error {
	book, err := b.shelf.take(i.Problem)
	if err != nil {
		if i.Place != "" {
			err = fmt.Errorf("%s: %w", i.Place, err)
		}
		return err
	}
	defer b.shelf.put(book)
	s, err := i.submission(book.problem)
	if err != nil {
		return err
	}
	if err := b.Court.CheckLanguage(s); err != nil && !book.problem.Type.SubmitAnswer {
		return i.fault("", "%v", err)
	}
	if b.Journal == nil {
		return nil
	}
	return b.Journal.past.same(b.basis.Items, book.problem, s)
}

// Count is how many items the list has.
func (b *Batch) Count() int { return b.basis.Items }

// State says how far it is; it can be asked at any time.
func (b *Batch) State() State {
	return State{Items: b.basis.Items, Done: int(b.done.Load()), Resumed: int(b.resumed.Load()), Running: int(b.running.Load()), Cases: int(b.cases.Load())}
}

// more is how many submissions are on their way beyond as many as programs run at once.
const more = 2

// Run grades all. After [judge.Engine.Halt] it ends with [judge.ErrHalted] when what runs
// has ended, unless that was all. Other errors are that ctx is done, or the journal's.
func (b *Batch) Run(ctx context.Context) (err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer b.shelf.closeAll()
	if j := b.Journal; j != nil {
		if err := j.begin(b.basis); err != nil {
			return err
		}
		j.start(func(err error) { stop(err) })
		defer func() {
			if failed := j.finish(); failed != nil {
				err = failed
			}
		}()
	}
	if err := b.all(ctx, stop); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// all starts one item after the other, and waits for them.
func (b *Batch) all(ctx context.Context, stop func(error)) error {
	var active sync.WaitGroup
	var halted atomic.Bool
	width := make(chan struct{}, b.Court.Jobs()+more)
	h, n := sha256.New(), 0
	for i, err := range b.List {
		if err != nil {
			stop(err)
			break
		}
		select {
		case width <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil || halted.Load() {
			break
		}
		h.Write(i.line())
		number := n
		n++
		active.Go(func() {
			defer func() { <-width }()
			switch err := b.item(ctx, number, i); {
			case errors.Is(err, judge.ErrHalted):
				halted.Store(true)
			case err != nil:
				stop(err)
			}
		})
	}
	active.Wait()
	switch {
	case halted.Load():
		return judge.ErrHalted
	case ctx.Err() == nil && "sha256:"+hex.EncodeToString(h.Sum(nil)) != b.basis.List:
		return errors.New("the list of submissions was changed while it was graded")
	}
	return nil
}

// item grades one item, or takes its result from the journal.
func (b *Batch) item(ctx context.Context, n int, i Item) error {
	book, err := b.shelf.take(i.Problem)
	if err != nil {
		return err
	}
	defer b.shelf.put(book)
	o := Outcome{Number: n, Item: i, Scoring: book.problem.Type.Scoring}
	if b.Journal != nil {
		if o.Result, err = b.Journal.result(n, o.Scoring); err != nil {
			return err
		}
	}
	if o.Result != nil {
		o.Resumed = true
		b.resumed.Add(1)
		return b.tell(o, nil)
	}
	b.running.Add(1)
	defer b.running.Add(-1)
	docket, err := b.shelf.prepared(ctx, book)
	if err != nil {
		return err
	}
	if err := b.unchanged(book.problem.Name, docket.Digest()); err != nil {
		return err
	}
	s, err := i.submission(book.problem)
	if err != nil { // it was there when the list was looked through: judging it says what is wrong
		s = judge.Submission{Name: i.name(), Path: i.Submission, Files: []problem.File{{Name: filepath.Base(i.Submission), Path: i.Submission}}}
	}
	r, err := newRecord(b, n, s)
	if err != nil {
		return err
	}
	if o.Result, err = docket.Resume(ctx, n, s, r); err != nil {
		return err
	}
	return b.tell(o, r)
}

// tell hands a result on, when it is in the journal; JE is in none.
func (b *Batch) tell(o Outcome, r *record) error {
	then := func() {
		b.done.Add(1)
		b.Done(o)
	}
	switch {
	case b.Journal == nil:
		b.mu.Lock()
		defer b.mu.Unlock()
		then()
		return nil
	case r == nil || o.Result.Verdict == problem.JE:
		return b.Journal.after(then)
	}
	return r.finish(o.Result, then)
}

// unchanged sees that all results on a problem rest on the same package.
func (b *Batch) unchanged(name, digest string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, known := b.packages[name]
	if known && before != digest {
		return fmt.Errorf("the package %s was changed while it was graded", name)
	}
	b.packages[name] = digest
	if known || b.Journal == nil {
		return nil
	}
	return b.Journal.add(kindPackage, 0, name, digest, nil)
}
