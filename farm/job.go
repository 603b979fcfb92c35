package farm

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
	"judge/judge/problem"
)

// A job is what a worker is asked to do: judge a submission, but for what has a verdict.
type job struct {
	Batch      string `json:"batch"`
	Item       int    `json:"item"`
	Part       int    `json:"part"`  // how many jobs of this submission were done before
	Known      bool   `json:"known"` // some cases had verdicts before the first of them
	Alone      bool   `json:"alone"` // it is in its batch's own lane
	Problem    string `json:"problem"`
	Package    string `json:"package"`        // digest of the list of its files
	Digest     string `json:"package_digest"` // judge's own of the package, to hold what arrived against
	Submission string `json:"submission"`     // digest of a parcel
}

// id is for the server's window of duplicates.
func (j job) id() string { return fmt.Sprintf("%s.%d.%d", j.Batch, j.Item, j.Part) }

// A parcel is a submission on its way.
type parcel struct {
	Name       string    `json:"name"`
	Language   string    `json:"language"`
	EntryPoint string    `json:"entry_point"`
	Expect     []byte    `json:"expect"` // a problem.Expectation as gob: scores without a bound are infinite, which JSON has no word for
	Files      entryList `json:"files"`
}

// newParcel is a submission, but for its files.
func newParcel(s judge.Submission) (parcel, error) {
	p := parcel{Name: s.Name, Language: s.Language, EntryPoint: s.EntryPoint}
	if s.Expect == nil {
		return p, nil
	}
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(s.Expect)
	p.Expect = b.Bytes()
	return p, err
}

// submission is what was sent, with its files in dir.
func (p parcel) submission(dir string) (judge.Submission, error) {
	s := judge.Submission{Name: p.Name, Path: dir, Language: p.Language, EntryPoint: p.EntryPoint}
	if len(p.Files) == 1 {
		s.Path = placeIn(dir, p.Files[0].Name)
	}
	for _, f := range p.Files {
		s.Files = append(s.Files, problem.File{Name: f.Name, Path: placeIn(dir, f.Name)})
	}
	if len(p.Expect) == 0 {
		return s, nil
	}
	s.Expect = &problem.Expectation{}
	return s, gob.NewDecoder(bytes.NewReader(p.Expect)).Decode(s.Expect)
}

// A FullError says that the queue takes no more jobs now.
type FullError struct{ Jobs, Bytes uint64 }

func (e *FullError) Error() string {
	return fmt.Sprintf("the queue is full: %d jobs of %d bytes wait in it", e.Jobs, e.Bytes)
}

// storeFailed is the code of an answer that a message was not kept, for whatever
// reason. Source: JSStreamStoreFailedF, server/errors.json of nats-server.
const storeFailed jetstream.ErrorCode = 10077

// send puts a job into the queue. The error is a [*FullError] if it is full.
func (f *Farm) send(ctx context.Context, b Batch, j job) error {
	text, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("send the job %s: %w", j.id(), err)
	}
	t, err := f.ofBatch(ctx, b.ID)
	if err != nil {
		return err
	}
	return f.persist(ctx, "send the job "+j.id(), func(ctx context.Context) (err error) {
		for range 5 {
			_, err = f.js.Publish(ctx, jobSubject(b, j.Alone), text, jetstream.WithMsgID(j.id()))
			if !isStoreFailed(err) {
				return err
			}
			// The answer has but a text for what failed.
			full, asked := t.full(ctx, len(text))
			switch {
			case asked != nil:
				return asked
			case full != nil:
				return full
			}
			// It was full, and a worker was faster than the question.
		}
		return err
	})
}

// full is a [*FullError] if the queue takes no message of a length now. Almost full counts: the next one may be longer.
func (t *tenant) full(ctx context.Context, length int) (*FullError, error) {
	info, err := t.jobs.Info(ctx)
	if err != nil {
		return nil, err
	}
	s, c := info.State, info.Config
	if int64(s.Msgs) >= c.MaxMsgs || c.MaxBytes > 0 && int64(s.Bytes)+2*int64(length)+1024 >= c.MaxBytes {
		return &FullError{Jobs: s.Msgs, Bytes: s.Bytes}, nil
	}
	return nil, nil
}

func isStoreFailed(err error) bool { return isCode(err, storeFailed) }
