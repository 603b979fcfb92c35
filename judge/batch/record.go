package batch

import (
	"fmt"
	"slices"
	"sync"

	"judge/judge"
	"judge/judge/problem"
)

// A record is what the journal has, and is told, of one item. It counts its cases.
type record struct {
	batch *Batch
	item  int
	known map[string]span // cases, from an earlier time

	mu      sync.Mutex
	written map[string]bool
}

// newRecord writes down that an item begins, if that is new.
func newRecord(b *Batch, item int, s judge.Submission) (*record, error) {
	r := &record{batch: b, item: item, written: map[string]bool{}}
	if b.Journal == nil {
		return r, nil
	}
	if past := b.Journal.past.items[item]; past != nil {
		r.known = past.cases
		return r, nil
	}
	digest, _ := judge.SourceDigest(s) // of a file that cannot be read the result is a JE, which is not kept
	return r, b.Journal.add(kindItem, item, "", digest, nil)
}

// Known is a case out of the journal. One that cannot be read is judged again.
func (r *record) Known(name string) (judge.CaseResult, bool) {
	var c judge.CaseResult
	s, there := r.known[name]
	if !there || r.batch.Journal.readAt(s, &c) != nil || c.Verdict == problem.JE {
		return judge.CaseResult{}, false
	}
	return c, true
}

// Judged writes a case into the journal.
func (r *record) Judged(c judge.CaseResult) error {
	r.batch.cases.Add(1)
	if r.batch.Journal == nil {
		return nil
	}
	r.mu.Lock()
	r.written[c.Name] = true
	r.mu.Unlock()
	return r.batch.Journal.add(kindCase, r.item, c.Name, c, nil)
}

// A finished is a result in the journal: its cases are in records of their own.
type finished struct {
	Result judge.Result `json:"result"` // without cases
	Cases  []string     `json:"cases"`  // their names, in order
}

// finish writes the result.
func (r *record) finish(result *judge.Result, then func()) error {
	f := finished{Result: *result, Cases: []string{}}
	f.Result.Cases = nil
	for _, c := range result.Cases {
		f.Cases = append(f.Cases, c.Name)
		// A case that is judge's own error may be in a result that is none: of samples that do not count.
		if _, there := r.known[c.Name]; !r.written[c.Name] && (!there || c.Verdict == problem.JE) {
			if err := r.batch.Journal.add(kindCase, r.item, c.Name, c, nil); err != nil {
				return err
			}
		}
	}
	return r.batch.Journal.add(kindResult, r.item, "", f, then)
}

// result is the journal's of an item; nil if it has none.
func (j *Journal) result(item int, scoring bool) (*judge.Result, error) {
	past := j.past.items[item]
	if past == nil || past.result.length == 0 {
		return nil, nil
	}
	var f finished
	if err := j.readAt(past.result, &f); err != nil {
		return nil, err
	}
	f.Result.Cases = make([]judge.CaseResult, len(f.Cases))
	for n, name := range f.Cases {
		at, there := past.cases[name]
		if !there {
			return nil, &JournalError{What: fmt.Sprintf("the journal has a result of item %d, and not its case %s", item, name), Hint: "take another journal, and grade anew"}
		}
		if err := j.readAt(at, &f.Result.Cases[n]); err != nil {
			return nil, err
		}
		if !scoring {
			f.Result.Cases[n].Score = nil
		}
	}
	return &f.Result, nil
}

// begin writes what the results rest on, if nothing is in the journal yet.
func (j *Journal) begin(b basis) error {
	if j.past.basis.Items > 0 {
		return nil
	}
	text, err := appendRecord([]byte(magic), 0, kindBasis, 0, "", b)
	if err != nil {
		return err
	}
	// Of a journal of which not even that was whole, nothing but the beginning of magic may be left.
	if _, err = j.file.WriteAt(text, 0); err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		_ = j.file.Truncate(0) // what is left is the beginning of a journal
		return fmt.Errorf("begin the journal: %w", err)
	}
	j.end, j.synced = int64(len(text)), int64(len(text))
	return nil
}

// agree finds out what the results rest on, and holds it against the journal.
func (b *Batch) agree() error {
	var err error
	if b.basis.Facts, err = b.Court.Basis(); err != nil {
		return err
	}
	return b.Journal.past.basis.allows(b.basis)
}

// allows says whether results that rest on b may go on with those that rest on now.
func (b basis) allows(now basis) error {
	if b.Items == 0 {
		return nil // a new journal
	}
	const hint = "take another journal, or grade by what this one was begun with"
	if b.List != now.List {
		return &JournalError{What: fmt.Sprintf("it was begun for another list of submissions (it had %d, this has %d)", b.Items, now.Items), Hint: hint}
	}
	for _, f := range now.Facts {
		at := slices.IndexFunc(b.Facts, func(o judge.Fact) bool { return o.What == f.What })
		switch {
		case at < 0:
			return &JournalError{What: fmt.Sprintf("it was begun without %s, which is %q now", f.What, f.Value), Hint: hint}
		case b.Facts[at] != f:
			return &JournalError{What: fmt.Sprintf("it was begun with another %s: %q, now %q", f.What, b.Facts[at].Value, f.Value), Hint: hint}
		}
	}
	for _, f := range b.Facts {
		if !slices.ContainsFunc(now.Facts, func(o judge.Fact) bool { return o.What == f.What }) {
			return &JournalError{What: fmt.Sprintf("it was begun with %s, %q", f.What, f.Value), Hint: hint}
		}
	}
	return nil
}

// same says whether package and source of an item are those that the journal knows.
func (p *past) same(item int, problem *problem.Problem, s judge.Submission) error {
	const hint = "take another journal, or put back what it was"
	if p.basis.Items == 0 {
		return nil
	}
	if digest := p.packages[problem.Name]; digest != "" && !p.checked[problem.Name] {
		if judge.PackageDigest(problem) != digest {
			return &JournalError{What: fmt.Sprintf("the package %s was changed since the journal was begun", problem.Name), Hint: hint}
		}
		p.checked[problem.Name] = true
	}
	if past := p.items[item]; past != nil && past.source != "" {
		digest, err := judge.SourceDigest(s)
		if err != nil {
			return fmt.Errorf("read the submission %s: %w", s.Name, err)
		}
		if digest != past.source {
			return &JournalError{What: fmt.Sprintf("the submission %s was changed since the journal was begun", s.Name), Hint: hint}
		}
	}
	return nil
}
