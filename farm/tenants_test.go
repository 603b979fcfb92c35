package farm

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// What was made before there were users is as guarded as what is made for them.
func TestGuardedLater(t *testing.T) {
	ctx := t.Context()
	h := newHost(t)
	before, _ := h.farm(quick())
	lies(t, before)
	s := quick()
	s.Guarded = true
	f, nc := h.farm(s)
	for _, weight := range []float64{2, 3} { // the server's own words can be written anew
		if err := f.Admit(ctx, User{Name: "me", Weight: weight}); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := f.Users(ctx); err != nil || len(list) != 1 || list[0].Weight != 3 {
		t.Errorf("users: %+v, %v", list, err)
	}
	for info := range f.js.ListStreams(ctx).Info() {
		c := info.Config
		once := c.Name == "KV_"+bucketUsers || strings.HasPrefix(c.Name, "KV_"+bucketVerdicts)
		if c.AllowDirect || c.DiscardNewPerSubject != once || once && c.AllowRollup {
			t.Errorf("%s: read directly %v, written once %v, rolled up %v", c.Name, c.AllowDirect, c.DiscardNewPerSubject, c.AllowRollup)
		}
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(ctx, "$KV."+bucketUsers+"."+usersUser+".me", []byte("what the server did not say")); err == nil {
		t.Error("what the server says is written over")
	}
}
