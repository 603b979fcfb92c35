package farm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"judge/judge"
)

// A verdict is what VERDICTS has of a case.
type verdict struct {
	Worker string           `json:"worker"` // "" is the submitter, who knew it
	Case   judge.CaseResult `json:"case"`
	mark
}

// A finding is what VERDICTS has of a submission. Its cases are verdicts of their own, but for
// those that are judge's own error, which are none.
type finding struct {
	Worker string       `json:"worker"`
	Result judge.Result `json:"result"` // without cases
	Cases  []finished   `json:"cases"`
}

// A finished is a case of a finding.
type finished struct {
	Name string            `json:"name"`
	Own  *judge.CaseResult `json:"own,omitempty"` // nil: it is a verdict
}

// A fault is why a delivery of a job came to nothing.
type fault struct {
	Worker string `json:"worker"`
	Job    job    `json:"job"`
	Error  string `json:"error"`
}

// claim writes a key of VERDICTS, unless it is written. It gives what was there before; nil if
// nothing was.
func (f *Farm) claim(ctx context.Context, key string, v any) (before []byte, err error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write down %s: %w", key, err)
	}
	t, err := f.ofBatch(ctx, key)
	if err != nil {
		return nil, err
	}
	err = f.persist(ctx, "write down "+key, func(ctx context.Context) error {
		_, err := t.verdicts.Create(ctx, key, text)
		return err
	})
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return nil, err
	}
	err = f.surely(ctx, "look for "+key, missingKey, func(ctx context.Context) error {
		e, err := t.verdicts.Get(ctx, key)
		if err == nil {
			before = e.Value()
		}
		return err
	})
	if bytes.Equal(before, text) { // an earlier try, of which the answer was lost
		return nil, err
	}
	return before, err
}

// look is what VERDICTS has of a key; nil if it has nothing.
func (f *Farm) look(ctx context.Context, key string) ([]byte, error) {
	var value []byte
	t, err := f.ofBatch(ctx, key)
	if err != nil {
		return nil, err
	}
	err = f.persist(ctx, "look for "+key, func(ctx context.Context) error {
		e, err := t.verdicts.Get(ctx, key)
		if err == nil {
			value = e.Value()
		}
		return err
	})
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, nil
	}
	return value, err
}

// read is look for a value as JSON. It says whether there is one.
func (f *Farm) read(ctx context.Context, key string, v any) (bool, error) {
	text, err := f.look(ctx, key)
	if err != nil || text == nil {
		return false, err
	}
	return true, readValue(key, text, v)
}

func readValue(key string, text []byte, v any) error {
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	return nil
}

// differ says whether two judgements of a case are not the same, their times aside.
func differ(a, b judge.CaseResult) bool {
	return a.Verdict != b.Verdict || !sameScore(a.Score, b.Score)
}

// differResults is differ for submissions.
func differResults(a, b judge.Result) bool {
	return a.Verdict != b.Verdict || !sameScore(a.Score, b.Score)
}

func sameScore(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
