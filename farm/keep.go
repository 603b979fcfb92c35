package farm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A batch that is over for long enough is removed: its verdicts, and then itself, so that who is killed in between
// begins again. Its blobs are others' too, and may be what a submitter has just found there: they are removed when
// nobody can be connected, see Sweep.

// Retire removes the batches that are over for longer than keep, and cancels those that a submitter left when he was killed: that
// are being sent, and have got nothing for as long. It says how many it removed.
func (f *Farm) Retire(ctx context.Context, keep time.Duration) (removed int, err error) {
	batches, err := f.Batches(ctx)
	if err != nil {
		return 0, err
	}
	before := time.Now().Add(-keep)
	for _, b := range batches {
		switch {
		case !b.changed.Before(before):
		case b.over():
			if err := f.remove(ctx, b); err != nil {
				return removed, err
			}
			removed++
		case b.State == Sending:
			last, err := f.lastVerdict(ctx, b.ID)
			if err == nil && last.Before(before) {
				_, err = f.Cancel(ctx, b.ID) // it is over from now on
			}
			if err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}

// remove removes a batch that is over.
func (f *Farm) remove(ctx context.Context, b Batch) error {
	if err := f.purge(ctx, b.ID); err != nil {
		return err
	}
	for _, kv := range []struct{ bucket, keys string }{{bucketVerdicts, b.ID + ".>"}, {bucketBatches, b.ID}} {
		bucket := kv.bucket + "_" + userOf(b.ID)
		err := f.persist(ctx, "remove the batch "+b.ID, func(ctx context.Context) error {
			s, err := f.js.Stream(ctx, "KV_"+bucket)
			if err != nil {
				return err
			}
			return s.Purge(ctx, jetstream.WithPurgeSubject("$KV."+bucket+"."+kv.keys))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lastVerdict is when the last one of a batch was written; the zero time if there is none.
func (f *Farm) lastVerdict(ctx context.Context, id string) (last time.Time, err error) {
	t, err := f.ofBatch(ctx, id)
	if err != nil {
		return last, err
	}
	err = f.persist(ctx, "look for verdicts of "+id, func(ctx context.Context) error {
		return entries(ctx, t.verdicts, id+".>", func(e jetstream.KeyValueEntry) error {
			if e.Created().After(last) {
				last = e.Created()
			}
			return nil
		}, jetstream.MetaOnly())
	})
	return last, err
}

// Sweep removes the blobs that are older than keep, and that no batch needs. Nobody else may be connected: a submitter that
// finds a blob there does not send it again. Of a user with a batch that has no list yet, or one that cannot be read, nothing is
// removed; the latter is an error, and keeps no other user's.
func (f *Farm) Sweep(ctx context.Context, keep time.Duration) (removed int, err error) {
	batches, err := f.Batches(ctx)
	if err != nil {
		return 0, err
	}
	users, err := f.Users(ctx)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, u := range users {
		user := userToken(u.Name)
		needed, known, err := f.needed(ctx, user, batches)
		if err == nil && known {
			var n int
			n, err = f.sweepUser(ctx, user, needed, time.Now().Add(-keep))
			removed += n
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("sweep what is of %s: %w", user, err))
		}
	}
	return removed, errors.Join(errs...)
}

func (f *Farm) sweepUser(ctx context.Context, user string, needed map[string]bool, before time.Time) (removed int, err error) {
	t, err := f.of(ctx, user)
	if err != nil {
		return 0, err
	}
	list, err := t.blobs.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return 0, fmt.Errorf("list the blobs of %s: %w", user, err)
	}
	stay := map[string]bool{} // subjects of pieces
	for _, blob := range list {
		if needed[blob.Name] || !blob.ModTime.Before(before) {
			stay[t.piecesSubject(blob.NUID)] = true
			continue
		}
		if err := t.blobs.Delete(ctx, blob.Name); err != nil {
			return removed, fmt.Errorf("remove the blob %s: %w", blob.Name, err)
		}
		removed++
	}
	return removed, t.sweepPieces(ctx, stay, before)
}

// sweepPieces removes pieces that are older, but for some: of blobs that never got their name, since who sent them was killed.
func (t *tenant) sweepPieces(ctx context.Context, stay map[string]bool, before time.Time) error {
	info, err := t.pieces.Info(ctx, jetstream.WithSubjectFilter(t.piecesSubject("*")))
	if err != nil {
		return fmt.Errorf("list the pieces of blobs: %w", err)
	}
	for subject := range info.State.Subjects {
		if stay[subject] {
			continue
		}
		last, err := t.pieces.GetLastMsgForSubject(ctx, subject)
		if err == nil && last.Time.Before(before) {
			err = t.pieces.Purge(ctx, jetstream.WithPurgeSubject(subject))
		}
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return fmt.Errorf("remove the pieces %s: %w", subject, err)
		}
	}
	return nil
}

// needed are the blobs that a user's batches need. known says whether that can be said of all.
func (f *Farm) needed(ctx context.Context, user string, batches []Batch) (needed map[string]bool, known bool, err error) {
	needed = map[string]bool{}
	for _, b := range batches {
		switch {
		case userOf(b.ID) != user:
			continue
		case b.Manifest == "" && !b.over():
			return nil, false, nil
		case b.Manifest == "":
			continue
		}
		needed[b.Manifest] = true
		if b.Audited != "" {
			needed[b.Audited] = true
		}
		toAudit := b.State == Done && b.Audit > 0 && b.Audited == ""
		if b.over() && !toAudit { // who asks for its results needs the list
			continue
		}
		for _, r := range b.Roots {
			needed[r.Blob()] = true
		}
		list, err := f.List(ctx, b)
		if err != nil {
			return nil, false, err
		}
		for _, l := range list {
			var tree entryList
			var p parcel
			for digest, v := range map[string]any{l.Package: &tree, l.Submission: &p} {
				if needed[digest] {
					continue
				}
				if err := f.getJSON(ctx, user, digest, v); err != nil {
					return nil, false, err
				}
				needed[digest] = true
			}
			for _, e := range append(tree, p.Files...) {
				if e.Blob != "" {
					needed[e.Blob] = true
				}
			}
		}
	}
	return needed, true, nil
}
