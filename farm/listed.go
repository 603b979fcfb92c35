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

// maxListed bounds the submissions of a list: one of as many is longer than maxList.
const maxListed = 2_000_000

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
	if text.Len() > maxList {
		return &Refusal{What: fmt.Sprintf("the list of %d submissions has %d bytes, more than %d", len(list), text.Len(), maxList), Hint: "make several batches of them"}
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
	text, err := f.getList(ctx, userOf(b.ID), b.Manifest)
	if err != nil {
		return nil, err
	}
	list, err := readListed(text, maxListed)
	if err != nil {
		return nil, fmt.Errorf("read the list of %s: %w", b.ID, err)
	}
	return list, nil
}

// readListed reads a list of so many submissions at most: in memory one is far larger than the null that it may be written as.
func readListed(text []byte, most int) (list []Listed, err error) {
	for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
		if len(list) == most {
			return nil, fmt.Errorf("it has more than %d submissions", most)
		}
		var l Listed
		if err := d.Decode(&l); err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}
