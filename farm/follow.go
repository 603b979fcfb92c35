package farm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
)

// Kinds of an [Event].
const (
	EventCase    = keyCase
	EventResult  = keyResult
	EventDiffers = keyDiffers
	EventFault   = keyFault
)

// An Event is something that came into VERDICTS.
type Event struct {
	Seq    uint64 // its place there: what comes later has a larger one
	At     time.Time
	Batch  string
	Item   int
	Kind   string
	Worker string            // "" is the submitter, who knew it
	Case   *judge.CaseResult // of EventCase
	Result *judge.Result     // of EventResult, without its cases
	Cases  int               // of EventResult: how many it has
	Error  string            // of EventFault
}

// What is on its way to one who follows, at most: a slow reader has the rest wait at the server.
const (
	followMessages = 64
	followBytes    = 2 * 8 << 20 // two messages as large as any
)

// A Trail is what of VERDICTS is followed.
type Trail struct {
	Batch string // or, where it is "", all batches of User
	User  string
	Kinds []string  // nil is all; not EventCase without its case
	After uint64    // only what is behind that place
	Since time.Time // only what came later, if it is not zero
}

// Follow tells of what is in VERDICTS, in order, and then of what comes, until tell has an error or ctx is done.
// While tell takes its time nothing else waits, and what is kept of it stays small. The error is a [*Refusal]
// where there is nothing of such a user.
func (f *Farm) Follow(ctx context.Context, t Trail, tell func(Event) error) error {
	for {
		told, err := f.followOnce(ctx, &t, tell)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case told:
			return err
		case f.nc.IsClosed():
			return errClosed
		}
		select { // the server was away: go on behind what was told
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// followOnce is Follow as long as the server is there. told says that the error is tell's, or will not pass.
func (f *Farm) followOnce(ctx context.Context, t *Trail, tell func(Event) error) (told bool, _ error) {
	user := userToken(t.User)
	if t.Batch != "" {
		user = userOf(t.Batch)
	}
	if _, err := f.of(ctx, user); err != nil {
		return true, err
	}
	bucket := bucketVerdicts + "_" + user
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: t.subjects(bucket), InactiveThreshold: 30 * time.Second,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: t.After + 1}
	if !t.Since.IsZero() && t.After == 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, 0, &t.Since
	}
	var messages jetstream.MessagesContext
	err := f.persist(ctx, "follow the verdicts of "+user, func(context.Context) error {
		c, err := f.js.OrderedConsumer(ctx, "KV_"+bucket, cfg) // it lives as long as what it brings: not persist's own context
		if err == nil {
			messages, err = c.Messages(jetstream.PullMaxMessagesWithBytesLimit(followMessages, followBytes))
		}
		return err
	})
	if err != nil {
		return true, err // persist has waited for the server long enough
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return false, err
		}
		e, ok := readEvent(m, bucket)
		if ok {
			if err := tell(e); err != nil {
				return true, err
			}
		}
		t.After = max(t.After, e.Seq)
	}
}

// subjects are those of the keys that are followed (ADR-8 of NATS: a key is a message's subject behind $KV and its bucket).
func (t Trail) subjects(bucket string) []string {
	at := "$KV." + bucket + "."
	if t.Batch == "" {
		return []string{at + ">"}
	}
	if t.Kinds == nil {
		return []string{at + t.Batch + ".>"}
	}
	var list []string
	for _, kind := range t.Kinds {
		list = append(list, at+t.Batch+".*."+kind, at+t.Batch+".*."+kind+".>") // without a name, and with one
	}
	return list
}

// readEvent makes an event of a message; ok is false where it tells of nothing. What cannot be read is passed over: a
// worker that writes such keeps nobody from what others wrote.
func readEvent(m jetstream.Msg, bucket string) (e Event, ok bool) {
	meta, err := m.Metadata()
	if err != nil {
		return e, false
	}
	e.Seq, e.At = meta.Sequence.Stream, meta.Timestamp
	if m.Headers().Get("KV-Operation") != "" { // a key that was removed
		return e, false
	}
	key := strings.TrimPrefix(m.Subject(), "$KV."+bucket+".")
	if e.Item, e.Kind, _, ok = readKey(key); !ok {
		return e, false
	}
	parts := strings.SplitN(key, ".", 3)
	e.Batch = parts[0] + "." + parts[1]
	return e, e.read(key, m.Data()) == nil
}

// read takes in what a key says.
func (e *Event) read(key string, text []byte) error {
	switch e.Kind {
	case keyCase, keyKnown:
		var v verdict
		if err := readValue(key, text, &v); err != nil {
			return err
		}
		e.Kind, e.Worker, e.Case = EventCase, v.Worker, &v.Case
	case EventResult:
		var f finding
		if err := readValue(key, text, &f); err != nil {
			return err
		}
		e.Worker, e.Result, e.Cases = f.Worker, &f.Result, len(f.Cases)
	case EventFault:
		var f fault
		if err := json.Unmarshal(text, &f); err != nil { // as Gather has it: nothing rests on it
			f.Error = err.Error()
		}
		e.Worker, e.Error = f.Worker, f.Error
	}
	return nil
}

// A Standing is what there is of one submission of a batch.
type Standing struct {
	Item   int                `json:"item"`
	Worker string             `json:"worker"` // that wrote the result; "" if there is none
	Result *judge.Result      `json:"result"` // null if there is none yet
	Cases  []judge.CaseResult `json:"cases"`  // without a result: those judged so far, as they came
	Faults []string           `json:"faults"` // why deliveries failed
}

// Standing is what there is of a submission. Where nothing is, it is empty: it may be in the queue, or not be.
func (f *Farm) Standing(ctx context.Context, id string, item int) (Standing, error) {
	s := Standing{Item: item, Cases: []judge.CaseResult{}, Faults: []string{}}
	user, err := f.ofBatch(ctx, id)
	if err != nil {
		return s, err
	}
	err = f.persist(ctx, fmt.Sprintf("read submission %d of %s", item, id), func(ctx context.Context) error {
		s.Worker, s.Result, s.Cases, s.Faults = "", nil, s.Cases[:0], s.Faults[:0]
		t := &gatherer{farm: f, batch: id, items: map[int]*gathered{}, over: map[int]bool{}, Gathering: Gathering{
			Case:   func(_ int, _ string, c judge.CaseResult) { s.Cases = append(s.Cases, c) },
			Result: func(_ int, worker string, r *judge.Result) { s.Worker, s.Result = worker, r },
			Warn:   func(text string) { s.Faults = append(s.Faults, text) },
		}}
		return entries(ctx, user.verdicts, fmt.Sprintf("%s.%d.>", id, item), func(e jetstream.KeyValueEntry) error {
			_, err := t.take(e)
			return err
		})
	})
	if s.Result != nil {
		s.Cases = s.Cases[:0] // the result has them
	}
	return s, err
}

// Queued is how many jobs are not done, of all whose batches this side may see, by priority.
func (f *Farm) Queued(ctx context.Context) (map[Priority]int, error) {
	users, err := f.Users(ctx)
	n := map[Priority]int{High: 0, Normal: 0, Low: 0}
	for _, u := range users {
		if err == nil && f.may(userToken(u.Name)) {
			err = f.queuedOf(ctx, userToken(u.Name), n)
		}
	}
	return n, err
}

// queuedOf adds the jobs of one user.
func (f *Farm) queuedOf(ctx context.Context, user string, n map[Priority]int) error {
	t, err := f.of(ctx, user)
	var gone *Refusal
	if errors.As(err, &gone) { // one whose streams are being made
		return nil
	}
	if err != nil {
		return err
	}
	var subjects map[string]uint64
	err = f.persist(ctx, "count the jobs of "+user, func(ctx context.Context) error {
		info, err := t.jobs.Info(ctx, jetstream.WithSubjectFilter("jobs.>"))
		if err == nil {
			subjects = info.State.Subjects
		}
		return err
	})
	for subject, jobs := range subjects {
		if parts := strings.Split(subject, "."); len(parts) > 2 {
			n[Priority(parts[2])] += int(jobs)
		}
	}
	return err
}

// Ready says whether the server answers, and has what a farm lies in.
func (f *Farm) Ready(ctx context.Context) error {
	if _, err := f.users.Status(ctx); err != nil {
		return fmt.Errorf("look for the bucket %s: %w", bucketUsers, err)
	}
	if _, err := f.workers.Status(ctx); err != nil {
		return fmt.Errorf("look for the bucket %s: %w", bucketWorkers, err)
	}
	return nil
}
