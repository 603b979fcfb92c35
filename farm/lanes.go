package farm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Lanes of a user's jobs: those of all his batches, but for the rest of a large one that nobody waits for.
const (
	laneShared = "shared"
	laneAlone  = "alone"
)

// jobSubject is where a job of a batch is sent.
func jobSubject(b Batch, alone bool) string {
	user, stamp, _ := strings.Cut(b.ID, ".")
	lane := laneShared
	if alone {
		lane = laneAlone
	}
	return fmt.Sprintf("jobs.%s.%s.%s.%s.%s", user, b.Priority, b.Class, lane, stamp)
}

// laneSubjects are those of all jobs of a user's, of a class, with a priority, in the shared lane, or in that of a batch by its stamp.
func laneSubjects(user string, p Priority, class, stamp string) string {
	if stamp == "" {
		return fmt.Sprintf("jobs.%s.%s.%s.%s.*", user, p, class, laneShared)
	}
	return fmt.Sprintf("jobs.%s.%s.%s.%s.%s", user, p, class, laneAlone, stamp)
}

// A group is the jobs of a pull.
type group struct {
	user     string
	priority Priority
	class    string
	stamp    string // of the batch whose lane it is; "" is the shared one
}

// secretName is, in the metadata of a user's JOBS, what names of its consumers end in. A consumer of anybody's can have what he wrote
// sent to a subject at which something listens by that very name, and each consumer does, to be reset: who does not serve
// the user must not guess it. Sources: registerNotification and processResetReq of nats-server.
const secretName = "judge.secret"

func (g group) durable() string {
	if g.stamp == "" {
		return string(g.priority) + "-" + g.class
	}
	return string(g.priority) + "-" + g.class + "-" + g.stamp
}

// groupsOf are those that a batch's jobs are in, or may come to be in.
func groupsOf(b Batch) []group {
	user, stamp, _ := strings.Cut(b.ID, ".")
	var list []group
	for _, p := range Priorities() {
		list = append(list, group{user: user, priority: p, class: b.Class})
	}
	if b.Alone {
		list = append(list, group{user: user, priority: b.Priority, class: b.Class, stamp: stamp})
	}
	return list
}

// consumer finds or makes the durable consumer of a group. The server never gives up on a job by
// itself (MaxDeliver): who has it the third time says what becomes of it.
func (f *Farm) consumer(ctx context.Context, g group) (c jetstream.Consumer, err error) {
	t, err := f.of(ctx, g.user)
	if err != nil { // nothing lies there for him
		return nil, err
	}
	idle := idleConsumers
	if g.stamp != "" {
		idle = idleLanes
	}
	err = f.persist(ctx, "make the consumer "+g.durable()+" of "+g.user, func(ctx context.Context) error {
		jobs, err := t.jobs.Info(ctx)
		if err != nil {
			return err
		}
		name := g.durable() + "-" + jobs.Config.Metadata[secretName]
		for range 5 {
			c, err = f.consumers().CreateOrUpdateConsumer(ctx, streamJobs+"_"+g.user, jetstream.ConsumerConfig{Durable: name, FilterSubject: laneSubjects(g.user, g.priority, g.class, g.stamp), AckPolicy: jetstream.AckExplicitPolicy,
				AckWait: f.settings.AckWait, MaxDeliver: -1, MaxAckPending: manyWorkers, MaxWaiting: manyWorkers, InactiveThreshold: idle})
			if !errors.Is(err, jetstream.ErrConsumerDoesNotExist) { // said where one of that name is just being deleted
				return err
			}
			time.Sleep(pause / 5)
		}
		return err
	})
	return c, err
}

// window is how many submissions of a batch are on their way at once, where few workers are; manyOnTheWay bounds it where
// there are many: it keeps four times as many hands busy as there were when the batch began.
const (
	window       = 128
	manyOnTheWay = 20_000
)

// windowFor is how many submissions are on their way for so many hands, with a queue that holds most.
func windowFor(hands int, most int64) int {
	return max(window, min(4*hands, manyOnTheWay, int(most/2)))
}

// A lane is what a court knows of its batch's own one.
type lane struct {
	sync.Mutex
	counted int  // submissions of a detached batch
	alone   bool // the lane is there
}

// large counts a submission of a detached batch. It says whether those before are as many as may be before those of
// the user's other batches: then this one goes into the batch's own lane, which workers have been told of.
func (c *Court) large(ctx context.Context) (alone bool, err error) {
	l := &c.lane
	l.Lock()
	defer l.Unlock()
	if l.counted++; l.counted <= c.window {
		return false, nil
	}
	if !l.alone {
		if _, err := c.farm.change(ctx, c.batch.ID, func(b *Batch) { b.Alone = true }); err != nil {
			return false, err
		}
		l.alone = true
	}
	return true, nil
}
