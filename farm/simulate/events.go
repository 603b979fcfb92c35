package simulate

import "time"

// eventKind says what happens; each has its method in handle (run.go).
type eventKind uint8

const (
	evArrive    eventKind = iota // n: a load has its next submission
	evSendNext                   // n: a load's submitter has heard of a result
	evPublished                  // job: the engine has stored it
	evAsk                        // slot: the worker makes its n-th pull
	evPulled                     // slot: the engine has taken that pull
	evStart                      // slot: the job has reached the worker
	evWork                       // slot: what was judged before is known, grading begins
	evGraded                     // slot: a case is graded
	evCreated                    // slot, job, n: the case's verdict is in VERDICTS
	evContinued                  // slot: the rest of the submission is sent
	evConcluded                  // slot, job: the submission's result is in VERDICTS
	evBuried                     // slot, job: the job is a dead letter
	evAcked                      // slot, job: the engine has the ack, the worker knows it
	evProgress                   // slot: a third of AckWait has passed
	evExtended                   // job: the engine has the word of progress
	evDeadline                   // job: nothing was heard of it for AckWait, perhaps
	evLost                       // slot (any of the worker's), n: the worker dies, in its n-th life
	evBack                       // slot (any of the worker's): the worker is there again
	evChatter                    // workers say that they are there, and ask again
)

// An event is what happens at a time. It is void if the epoch of the slot, of a pull that of
// the worker, is another by then, but for what it says of the job: no death of a worker takes
// that back.
type event struct {
	at    time.Duration
	seq   uint64 // of two events at one time, the one that was planned first is first
	slot  *slot
	job   *job
	n     int32
	epoch uint32
	kind  eventKind
}

func (e *event) before(f *event) bool {
	return e.at < f.at || e.at == f.at && e.seq < f.seq
}

// agenda is a 4-ary heap of events, by hand: container/heap would allocate each.
type agenda struct {
	list []event
	seq  uint64
}

func (a *agenda) push(e event) {
	a.seq++
	e.seq = a.seq
	a.list = append(a.list, e)
	i := len(a.list) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !e.before(&a.list[up]) {
			break
		}
		a.list[i] = a.list[up]
		i = up
	}
	a.list[i] = e
}

// pop takes the first event; there must be one.
func (a *agenda) pop() event {
	first, last := a.list[0], len(a.list)-1
	e := a.list[last]
	a.list[last] = event{} // its pointers keep nothing alive
	a.list = a.list[:last]
	if last == 0 {
		return first
	}
	i := 0
	for {
		least, end := 4*i+1, min(4*i+5, last)
		if least >= last {
			break
		}
		for j := least + 1; j < end; j++ {
			if a.list[j].before(&a.list[least]) {
				least = j
			}
		}
		if !a.list[least].before(&e) {
			break
		}
		a.list[i] = a.list[least]
		i = least
	}
	a.list[i] = e
	return first
}
