package farm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// A Listed is a submission of a batch that nobody waits for: what its list, which is a blob, has of it.
type Listed struct {
	Item       int    `json:"item"`
	Problem    string `json:"problem"`
	Name       string `json:"name"`
	Scoring    bool   `json:"scoring"`
	Must       bool   `json:"must"` // the exit status tells whether it is as expected
	Package    string `json:"package"`
	Digest     string `json:"package_digest"`
	Submission string `json:"submission"`
}

// Sent ends a detached batch's beginning: all is sent. must says of each submission what
// [Listed.Must] says.
func (c *Court) Sent(ctx context.Context, must func(item int) bool) error {
	c.mu.Lock()
	list := slices.Clone(c.listed)
	c.mu.Unlock()
	for i := range list {
		list[i].Must = must(list[i].Item)
	}
	slices.SortFunc(list, func(a, b Listed) int { return a.Item - b.Item })
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	for _, l := range list {
		if err := lines.Encode(l); err != nil {
			return fmt.Errorf("write down the list of %s: %w", c.batch.ID, err)
		}
	}
	digest, err := c.farm.putBytes(ctx, userOf(c.batch.ID), text.Bytes())
	if err != nil {
		return err
	}
	_, err = c.farm.change(ctx, c.batch.ID, func(b *Batch) { b.State, b.Items, b.Manifest = Sent, len(list), digest })
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.whole = true
	c.mu.Unlock()
	return nil
}

// List is the list of a batch. The error is a [*Refusal] where it has none yet.
func (f *Farm) List(ctx context.Context, b Batch) ([]Listed, error) {
	if b.Manifest == "" {
		return nil, &Refusal{What: fmt.Sprintf("the batch %s has no list: it is %s", b.ID, b.State), Hint: "a batch of judge grade has none; one of judge submit has it when all is sent"}
	}
	var text bytes.Buffer
	if err := f.fetch(ctx, userOf(b.ID), b.Manifest, &text); err != nil {
		return nil, err
	}
	var list []Listed
	for d := json.NewDecoder(&text); d.More(); {
		var l Listed
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("read the list of %s: %w", b.ID, err)
		}
		list = append(list, l)
	}
	return list, nil
}
