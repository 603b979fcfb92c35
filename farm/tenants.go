package farm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// A tenant is what lies at the server for one user. It is streams of his own, for a server can hold rights to streams, and
// to nothing smaller: whose jobs a pull takes, or what a question to a stream is about, no subject says.
type tenant struct {
	bucket   string // of blobs
	jobs     jetstream.Stream
	pieces   jetstream.Stream // that blobs lie in
	batches  jetstream.KeyValue
	verdicts jetstream.KeyValue
	blobs    jetstream.ObjectStore
}

// A User is one whose batches lie at a server.
type User struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"` // his share of the workers, beside the others'
}

// of is what lies at the server for a user, by his token. The error is a [*Refusal] where nothing does.
func (f *Farm) of(ctx context.Context, user string) (*tenant, error) {
	f.mu.Lock()
	t := f.tenants[user]
	f.mu.Unlock()
	if t != nil {
		return t, nil
	}
	if !f.may(user) {
		return nil, f.refuse("see what is of " + user)
	}
	t, err := f.tenant(ctx, user, f.find)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, &Refusal{What: fmt.Sprintf("the server has nothing of a user %s", user), Hint: "judge status lists what there is"}
	}
	return t, err
}

// ofBatch is of for a batch's user.
func (f *Farm) ofBatch(ctx context.Context, id string) (*tenant, error) { return f.of(ctx, userOf(id)) }

// tenant has the streams of a user opened, one by one.
func (f *Farm) tenant(ctx context.Context, user string, open opener) (*tenant, error) {
	t := &tenant{bucket: bucketBlobs + "_" + user}
	for name, kv := range map[string]*jetstream.KeyValue{bucketBatches: &t.batches, bucketVerdicts: &t.verdicts} {
		var err error
		if *kv, err = f.bucket(ctx, f.keys(name+"_"+user), open); err != nil {
			return nil, err
		}
	}
	var err error
	if t.jobs, err = open(ctx, f.queue(user)); err != nil {
		return nil, err
	}
	if t.pieces, err = open(ctx, f.objects(user)); err != nil {
		return nil, err
	}
	err = f.persist(ctx, "open the blobs of "+user, func(ctx context.Context) (err error) {
		t.blobs, err = f.js.ObjectStore(ctx, t.bucket)
		return err
	})
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if before := f.tenants[user]; before != nil {
		return before, nil
	}
	f.tenants[user] = t
	return t, nil
}

// Admit makes what lies at the server for a user, unless it is there, and writes his weight down.
func (f *Farm) Admit(ctx context.Context, u User) error {
	token := userToken(u.Name)
	if _, err := f.tenant(ctx, token, f.stream); err != nil {
		return err
	}
	text, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("write down the user %s: %w", u.Name, err)
	}
	return f.persist(ctx, "write down the user "+u.Name, func(ctx context.Context) error { return f.tell(ctx, usersUser+"."+token, text) })
}

// tell writes down what USERS says, in place of what it said. Where a key can be written once alone, that is taken away before.
func (f *Farm) tell(ctx context.Context, key string, text []byte) error {
	e, err := f.users.Get(ctx, key)
	if err == nil && bytes.Equal(e.Value(), text) {
		return nil
	}
	if err == nil {
		err = f.untell(ctx, key)
	}
	if err == nil || errors.Is(err, jetstream.ErrKeyNotFound) {
		_, err = f.users.Put(ctx, key, text)
	}
	return err
}

func (f *Farm) untell(ctx context.Context, key string) error {
	s, err := f.js.Stream(ctx, "KV_"+bucketUsers)
	if err != nil {
		return err
	}
	return s.Purge(ctx, jetstream.WithPurgeSubject("$KV."+bucketUsers+"."+key))
}

// enter makes what a new batch of a user needs, where nobody did: a server with a file of users has it made.
func (f *Farm) enter(ctx context.Context, name string) error {
	token := userToken(name)
	if f.restricted() {
		_, err := f.of(ctx, token)
		return err
	}
	if _, err := f.tenant(ctx, token, f.stream); err != nil {
		return err
	}
	text, err := json.Marshal(User{Name: name, Weight: 1})
	if err != nil {
		return fmt.Errorf("write down the user %s: %w", name, err)
	}
	return f.persist(ctx, "write down the user "+name, func(ctx context.Context) error {
		_, err := f.users.Create(ctx, usersUser+"."+token, text)
		if errors.Is(err, jetstream.ErrKeyExists) {
			return nil
		}
		return err
	})
}

// Users lists those whose batches this side may see, by name.
func (f *Farm) Users(ctx context.Context) ([]User, error) {
	var list []User
	err := f.persist(ctx, "list the users", func(ctx context.Context) error {
		list = nil
		return entries(ctx, f.users, usersUser+".*", func(e jetstream.KeyValueEntry) error {
			if u, ok := readUser(e); ok {
				list = append(list, u)
			}
			return nil
		})
	})
	slices.SortFunc(list, func(a, b User) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// readUser reads a user that USERS has. What is none, or not under his key, is passed over.
func readUser(e jetstream.KeyValueEntry) (u User, ok bool) {
	err := json.Unmarshal(e.Value(), &u)
	return u, err == nil && e.Key() == usersUser+"."+userToken(u.Name) && u.Weight > 0
}
