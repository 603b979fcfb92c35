package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sys/unix"
)

// A disk that is really full is the end of a stream: the server answers nothing there until it is started anew. So a
// server takes nothing more while there is some space left; whoever sends is told, and waits.

// space is how many bytes of the disk stay free: what is on its way when it is noticed that there are fewer needs them.
const space = 64 << 20

// looks is how often the disk is looked at.
const looks = 500 * time.Millisecond

// Watch looks after the store until ctx is done. The error is that it cannot be written any more.
func (s *Server) Watch(ctx context.Context, say func(string)) error {
	tick := time.NewTicker(looks)
	defer tick.Stop()
	closed, last := false, illness{}
	for {
		if of, err := s.fault(); last.stays(of, err) {
			return fmt.Errorf("the store %s cannot be written: %w; what was answered is in it: free some space, and start the server again", s.options.Dir, err)
		}
		if err := s.guard(&closed, say); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// fault is what is wrong with the store, and of which stream; "" is of the whole. In a cluster a stream may be behind, or
// without a leader, for a while; of a disk that is full the server ends with all of JetStream there.
func (s *Server) fault() (stream string, err error) {
	if !s.JetStreamEnabled() {
		return "", errors.New("the server has given up")
	}
	if s.options.Cluster.Name != "" {
		return "", nil
	}
	for _, e := range s.Healthz(&server.HealthzOptions{Details: true}).Errors {
		if e.Type == server.HealthzErrorStream {
			return e.Stream, errors.New(e.Error)
		}
	}
	return "", nil
}

// An illness is a fault that was seen at the last look, and how many have seen it one after the other.
type illness struct {
	of   string
	seen int
}

// stays says whether a fault is one for good. A stream that is just being made has a folder before it is there: that one is well at one
// of the next looks, when the same may be true of another.
func (i *illness) stays(of string, err error) bool {
	if err == nil || of != i.of {
		*i = illness{of: of}
	}
	if err != nil {
		i.seen++
	}
	return err != nil && (of == "" || i.seen >= 4)
}

// guard lets nothing more in while the disk is nearly full.
func (s *Server) guard(closed *bool, say func(string)) error {
	if s.options.Cluster.Name != "" || s.options.Unguarded {
		return nil
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(s.options.Dir, &fs); err != nil {
		return fmt.Errorf("look how much space the store %s has: %w", s.options.Dir, err)
	}
	free, all := int64(fs.Bavail)*fs.Bsize, int64(fs.Blocks)*fs.Bsize
	least := min(space, all/4)
	if *closed {
		least += least / 4 // else it opens and closes by turns
	}
	if (free < least) == *closed {
		return nil
	}
	*closed = !*closed
	limit := server.JetStreamAccountLimits{MaxMemory: -1, MaxStore: -1, MaxStreams: -1, MaxConsumers: -1, MaxAckPending: -1, MemoryMaxStreamBytes: -1, StoreMaxStreamBytes: -1}
	if *closed {
		limit.MaxStore = 1
	}
	if err := s.GlobalAccount().UpdateJetStreamLimits(map[string]server.JetStreamAccountLimits{"": limit}); err != nil {
		return fmt.Errorf("let nothing more into the store: %w", err)
	}
	if *closed {
		say(fmt.Sprintf("the disk of the store %s has %d MiB left: nothing more is taken in until it has %d", s.options.Dir, free>>20, (least+least/4)>>20))
	} else {
		say(fmt.Sprintf("the disk of the store %s has %d MiB again: all is taken in", s.options.Dir, free>>20))
	}
	return nil
}
