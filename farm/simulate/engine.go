package simulate

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Kind of message that the engine handles.
type Kind uint8

// The kinds, in the order of a job's life.
const (
	Publish  Kind = iota // a job, or a dead letter, into its stream
	Pull                 // a worker asks a consumer for a job; the answer is one, or that there is none
	Read                 // a key of VERDICTS
	Progress             // a worker is still at it
	Create               // a verdict, or a result, into VERDICTS; whoever watches is told
	Ack                  // a job is done; the engine answers
	Put                  // a worker is there: its key of WORKERS
	kinds
)

var kindNames = [kinds]string{"publish", "pull", "kv_read", "in_progress", "kv_create", "ack", "kv_put"}

func (k Kind) String() string { return kindNames[k] }

// MarshalText makes a Kind the name of a member in JSON.
func (k Kind) MarshalText() ([]byte, error) { return []byte(kindNames[k]), nil }

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames {
		if name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("there is no message %q: %v", text, kindNames)
}

// Costs are for how long a message of each kind occupies the engine.
type Costs [kinds]time.Duration

// MarshalJSON gives each kind its member.
func (c Costs) MarshalJSON() ([]byte, error) {
	m := map[Kind]time.Duration{}
	for k, cost := range c {
		m[Kind(k)] = cost
	}
	return json.Marshal(m)
}

// engine is one server that handles messages one after the other, in the order in which
// they reach it. All take equally long on their way, so that this is the order in which
// they are sent, and when one will have been served is known when it is sent.
type engine struct {
	costs   Costs
	latency time.Duration // of one way
	free    time.Duration // when it will have handled all that is known of

	busy    time.Duration
	waited  [kinds]time.Duration // all messages of a kind together, before they were handled
	longest time.Duration
	rates   [kinds]rate
	all     rate
	load    series // how much of the time it was busy
}

// send hands it n messages of a kind at once, and says when the last is served. An
// answer takes the latency once more.
func (e *engine) send(now time.Duration, kind Kind, n int) time.Duration {
	arrives := now + e.latency
	start, cost := max(arrives, e.free), time.Duration(n)*e.costs[kind]
	e.free = start + cost
	e.busy += cost
	e.waited[kind] += time.Duration(n) * (start - arrives)
	e.longest = max(e.longest, start-arrives)
	e.rates[kind].add(arrives, int64(n))
	e.all.add(arrives, int64(n))
	e.load.add(start, e.free, 1)
	return e.free
}

// roundTrip is how long a sender waits for one message if the engine is idle.
func (e *engine) roundTrip(kind Kind) time.Duration { return 2*e.latency + e.costs[kind] }

// rate counts something, and the most of it in one second of the clock.
type rate struct {
	total, most int64
	second, now int64
}

func (r *rate) add(at time.Duration, n int64) {
	if s := int64(at / time.Second); s != r.second {
		r.second, r.now = s, 0
	}
	r.total += n
	r.now += n
	r.most = max(r.most, r.now)
}
