package grading

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"judge/judge/batch"
)

// A catcher turns the first signal that asks judge to stop into a call, and the second
// one into the end of its context.
type catcher struct {
	ctx    context.Context
	signal atomic.Int32
	cancel context.CancelFunc
	got    chan os.Signal
	ended  sync.WaitGroup
}

// catch begins to catch signals; first is called at the first one.
func catch(first func()) *catcher {
	c := &catcher{got: make(chan os.Signal, 2)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	signal.Notify(c.got, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	c.ended.Go(func() {
		for s := range c.got {
			if !c.signal.CompareAndSwap(0, int32(s.(unix.Signal))) {
				c.cancel()
				continue
			}
			first()
		}
	})
	return c
}

// by is the first signal; 0 if there was none.
func (c *catcher) by() unix.Signal { return unix.Signal(c.signal.Load()) }

func (c *catcher) release() {
	signal.Stop(c.got)
	close(c.got)
	c.ended.Wait()
	c.cancel()
}

// sayStopped tells how far a batch came, and how to go on.
func (o *options) sayStopped(by unix.Signal, s batch.State) {
	next := "with --journal FILE it could be continued"
	if o.journal != "" {
		next = "the same command continues it"
	}
	o.say("stopped by %s: %d of %d submissions are graded; %s", unix.SignalName(by), s.Done, s.Items, next)
}
