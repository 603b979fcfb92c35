package farm

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// watchUsers has the batches of each user watched, as he appears, until it has to begin anew: the server was
// away. False says that it is no use.
func (w *Worker) watchUsers(ctx context.Context, begin func(user string)) (again bool) {
	return w.follow(ctx, "users", w.renew, func(ctx context.Context) (jetstream.KeyWatcher, error) {
		if err := w.farm.recognise(ctx); err != nil { // the server may have been started with others
			return nil, err
		}
		return w.farm.users.Watch(ctx, usersUser+".*", jetstream.IgnoreDeletes())
	}, func(e jetstream.KeyValueEntry) {
		u, ok := readUser(e)
		token := userToken(u.Name)
		if !ok || !w.farm.may(token) {
			return
		}
		w.shares.weigh(token, u.Weight)
		w.mu.Lock()
		known := w.watched[token]
		w.watched[token] = true
		w.mu.Unlock()
		if !known {
			begin(token)
		}
	})
}

// watch keeps the list of a user's batches, as watchUsers does.
func (w *Worker) watch(ctx context.Context, user string) (again bool) {
	return w.follow(ctx, "batches of "+user, func() {}, func(ctx context.Context) (jetstream.KeyWatcher, error) {
		t, err := w.farm.of(ctx, user)
		if err != nil {
			return nil, err
		}
		return t.batches.WatchAll(ctx, jetstream.IgnoreDeletes())
	}, func(e jetstream.KeyValueEntry) {
		if b, err := readBatch(e); err != nil {
			w.warn("%v", err)
		} else {
			w.note(ctx, b)
		}
	})
}

// follow watches keys until it has to begin anew: the server was away. False says that it is no use.
func (w *Worker) follow(ctx context.Context, what string, begun func(), watch func(context.Context) (jetstream.KeyWatcher, error), take func(jetstream.KeyValueEntry)) (again bool) {
	changes, forget := w.farm.changes()
	defer forget()
	if w.farm.nc.IsClosed() || ctx.Err() != nil {
		return false
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	updates, err := watch(watching)
	if err != nil {
		if ctx.Err() == nil && !passing(err) {
			w.warn("watch for %s: %v", what, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
		return true
	}
	defer func() { _ = updates.Stop() }()
	begun()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-changes:
			return true
		case e, open := <-updates.Updates():
			if !open {
				return true
			}
			if e != nil { // else it is the end of what was there before
				take(e)
			}
		}
	}
}
