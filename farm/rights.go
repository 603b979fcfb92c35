package farm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Role says what somebody may do at a server that has a file of users.
type Role string

// The roles. Without such a file everybody is an Admin.
const (
	Submit Role = "submit" // send batches, see and cancel one's own
	Work   Role = "work"   // judge the batches of some users
	Admin  Role = "admin"  // all
)

// A Login is what USERS has of a public NKey: the server's own words for what it lets it do.
type Login struct {
	Name string   `json:"name"`
	Role Role     `json:"role"`
	For  []string `json:"for,omitempty"` // tokens of the users a worker serves
}

// What is asked for, where a role may forbid it.
const (
	doSubmit = "submit a batch"
	doCancel = "cancel a batch"
	doWork   = "work"
)

// mayDo is a [*Refusal] where the server would not let this side do something about a user's batches.
func (f *Farm) mayDo(what, user string) error {
	allowed := true
	switch f.me.Role {
	case Submit:
		allowed = what != doWork && user == f.me.Name
	case Work:
		allowed = what == doWork
	}
	if allowed {
		return nil
	}
	return &Refusal{What: fmt.Sprintf("the server knows this key as %s, whose role is %s: it does not let it %s of %s", f.me.Name, f.me.Role, what, user),
		Hint: "whoever runs the server gives roles, in the file that judge serve --users names"}
}

// may says whether the batches of a user, by his token, are for this side to see.
func (f *Farm) may(user string) bool {
	switch f.me.Role {
	case Submit:
		return user == userToken(f.me.Name)
	case Work:
		return slices.Contains(f.me.For, user)
	}
	return true
}

// restricted says that the server lets this side do some things alone, and makes what is needed itself.
func (f *Farm) restricted() bool { return f.me.Role == Submit || f.me.Role == Work }

// Let writes down what a public NKey may do, for whoever comes with it to know.
func (f *Farm) Let(ctx context.Context, key string, l Login) error {
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write down the key of %s: %w", l.Name, err)
	}
	return f.persist(ctx, "write down the key of "+l.Name, func(ctx context.Context) error {
		_, err := f.users.Put(ctx, usersKey+"."+key, text)
		return err
	})
}

// recognise finds out who this side is: by its key, where the server knows it.
func (f *Farm) recognise(ctx context.Context) error {
	f.me = Login{Name: f.settings.User, Role: Admin}
	if f.nc.Opts.Nkey == "" {
		return nil
	}
	return f.persist(ctx, "ask the server who this is", func(ctx context.Context) error {
		e, err := f.users.Get(ctx, usersKey+"."+f.nc.Opts.Nkey)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil // a server of others, which has rights of its own
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(e.Value(), &f.me)
	})
}

// A denial is the server's word that it does not let this side do something.
type denial struct{ err error }

func (e *denial) Error() string { return "the server does not let this user do that: " + e.err.Error() }
func (e *denial) Unwrap() error { return e.err }

// denied ends what waits for an answer: the server tells of what it forbids beside all answers. What waited in vain
// for something else is asked again.
func (f *Farm) denied(_ *nats.Conn, _ *nats.Subscription, err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for stop := range f.asking {
		(*stop)(&denial{err})
	}
}

// asked notes a question that denied may end; the function forgets it.
func (f *Farm) asked(stop context.CancelCauseFunc) (forget func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asking[&stop] = true
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.asking, &stop)
	}
}
