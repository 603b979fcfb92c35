package farm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// refuse is a [*Refusal]: the server would not let this side do what it is asked for.
func (f *Farm) refuse(what string) error {
	return &Refusal{What: fmt.Sprintf("the server knows this key as %s, whose role is %s: it does not let it %s", f.Me().Name, f.Me().Role, what),
		Hint: "whoever runs the server gives roles, in the file that judge serve --users names"}
}

// own refuses what is not for this side to change: a batch of a user, by his token.
func (f *Farm) own(user, what string) error {
	if f.Me().Role == Work || !f.may(user) {
		return f.refuse(fmt.Sprintf("%s of %s", what, user))
	}
	return nil
}

// may says whether the batches of a user, by his token, are for this side to see.
func (f *Farm) may(user string) bool {
	switch f.Me().Role {
	case Submit:
		return user == userToken(f.Me().Name)
	case Work:
		return slices.Contains(f.Me().For, user)
	}
	return true
}

// Inbox is the prefix of the subjects at which whoever has a public NKey waits for answers.
func Inbox(key string) string { return "_INBOX_" + key }

// Me is how the server knows this side.
func (f *Farm) Me() Login { return *f.me.Load() }

// restricted says that the server lets this side do some things alone, and makes what is needed itself.
func (f *Farm) restricted() bool { return f.Me().Role == Submit || f.Me().Role == Work }

// Let writes down what a public NKey may do, for whoever comes with it to know.
func (f *Farm) Let(ctx context.Context, key string, l Login) error {
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write down the key of %s: %w", l.Name, err)
	}
	return f.persist(ctx, "write down the key of "+l.Name, func(ctx context.Context) error {
		return f.tell(ctx, usersKey+"."+key, text)
	})
}

// Forget takes away what is written down of public NKeys that are not among those given.
func (f *Farm) Forget(ctx context.Context, but []string) error {
	return f.persist(ctx, "forget keys", func(ctx context.Context) error {
		return entries(ctx, f.users, usersKey+".*", func(e jetstream.KeyValueEntry) error {
			if slices.Contains(but, strings.TrimPrefix(e.Key(), usersKey+".")) {
				return nil
			}
			return f.untell(ctx, e.Key())
		})
	})
}

// recognise finds out who this side is: by its key, where the server knows it.
func (f *Farm) recognise(ctx context.Context) error {
	if f.nc.Opts.Nkey == "" {
		f.me.Store(f.anybody())
		return nil
	}
	return f.persist(ctx, "ask the server who this is", func(ctx context.Context) error {
		e, err := f.users.Get(ctx, usersKey+"."+f.nc.Opts.Nkey)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			f.me.Store(f.anybody()) // at a server of others, which has rights of its own
			return nil
		}
		if err != nil {
			return err
		}
		var l Login
		if err = json.Unmarshal(e.Value(), &l); err == nil {
			f.me.Store(&l)
		}
		return err
	})
}

// anybody is who this side is where the server knows nobody.
func (f *Farm) anybody() *Login { return &Login{Name: f.settings.User, Role: Admin} }

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
