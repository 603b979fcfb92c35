package simulate

import (
	"math/rand/v2"
	"slices"
	"time"
)

// simulation is one run of the model. Nothing in it depends on a clock, on the order of
// a map, or on anything but the Config.
type simulation struct {
	*Config
	now    time.Duration
	agenda agenda
	engine engine
	queue  queue
	idle   fifo[waiting] // workers whose pulls wait at the engine
	asleep int           // how many those are
	loads  []load
	slots  []slot
	losses *rand.Rand
	chat   chatter

	arriving int // loads that have more to come
	open     int // submissions that have no result
	depth    level
	busy     level // slots that have a job
	up       level // slots of workers that live
	tally
}

// tally is what is counted.
type tally struct {
	jobs        JobCounts
	wait        histogram
	verdict     histogram
	lostWorkers int64
	atEnd       int64         // jobs in the queue when the last submission came
	lastArrival time.Duration //
	lastResult  time.Duration //
	work        time.Duration // of all slots: grading, and waiting for an engine that has nothing else to do
	pulls       int64         // that brought the jobs, if they were there already
	settled     int64         // submissions that have a result
	drawn       struct {
		compile, cases time.Duration
		n              int64
	}
}

// A load is a Load on its way.
type load struct {
	Load
	index      int32
	arrivals   func() (time.Duration, bool)
	draw       func() Profile
	poison     *rand.Rand
	unsent     fifo[*submission] // that wait for the submitter's window
	underWay   int
	counts     Counts
	wait       histogram
	verdict    histogram
	lastResult time.Duration
}

// A submission is one that has no result yet.
type submission struct {
	load     *load
	arrived  time.Duration
	profile  Profile
	made     int32 // cases that there are jobs for
	left     int32 // cases that have no verdict
	dead     bool  // a case of it is JE
	result   bool
	compiled []*worker // that have it compiled
}

// A job is a part of a submission's cases.
type job struct {
	sub        *submission
	from, to   int32
	done       int32 // of its cases, in order, that have a verdict
	deliveries int32
	deadline   time.Duration // when it is delivered anew, if nothing is heard
	watched    bool          // an evDeadline is on the agenda
	queued     bool
	settled    bool // acked, or a dead letter
	began      bool
	poison     bool
}

// A worker is a machine, or a process; what dies at once. It makes one pull at a time.
type worker struct {
	slots []slot
	free  []*slot
	lives int32  // that it has behind it
	turn  uint32 // of asking; changes with each job, and each death
	asks  bool   // or waits
	waits bool
}

// A slot of a worker has one job at a time.
type slot struct {
	worker  *worker
	job     *job
	next    int32         // the case that is graded
	grading time.Duration // since when; below 0: nothing is
	epoch   uint32        // changes with each ack, and each death
}

// waiting is a worker that waits for a job; void if its turn is another.
type waiting struct {
	worker *worker
	turn   uint32
}

// patience is how far behind an engine may be: farm's own gives up then, and a model in
// which everybody waits would never come to an end.
const patience = 2 * time.Minute

// Run simulates. The same Config gives the same Result, on any machine.
func Run(c Config) (*Result, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Until == 0 {
		c.Until = 10 * longest
	}
	c.Loads = slices.Clone(c.Loads)
	for i := range c.Loads {
		if l := &c.Loads[i]; l.Window == AsFarm {
			l.Window = windowFor(c.Workers * c.Jobs)
		}
	}
	s := &simulation{Config: &c, engine: engine{costs: c.Costs, latency: c.Latency}, losses: c.random(0)}
	s.prepareLoads()
	s.prepareWorkers()
	for len(s.agenda.list) > 0 && (s.arriving > 0 || s.open > 0 || s.jobs.Made > s.jobs.Done+s.jobs.Dead) {
		if s.agenda.list[0].at > c.Until {
			s.now = c.Until
			break
		}
		if s.engine.longest > patience {
			break
		}
		e := s.agenda.pop()
		s.now = e.at
		s.handle(&e)
	}
	return s.result(), nil
}

// random is a source of its own for each purpose, so that another number of workers
// leaves the submissions what they are.
func (c *Config) random(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(c.Seed, purpose)) }

func (s *simulation) prepareLoads() {
	s.loads = make([]load, len(s.Loads))
	for i := range s.loads {
		l, measured := &s.loads[i], 0
		*l = load{Load: s.Loads[i], index: int32(i), poison: s.random(uint64(3*i + 3))}
		service := s.random(uint64(3*i + 2))
		l.draw = func() Profile { return s.Service.Draw(service) }
		if m, ok := s.Service.(Measured); ok && l.Kind == Replay {
			measured = len(m)
			l.draw = func() Profile { return m[l.counts.Arrived-1] }
		}
		l.arrivals = l.Load.arrivals(s.random(uint64(3*i+1)), measured)
		s.arriving++
		s.schedule(i)
	}
}

func (s *simulation) prepareWorkers() {
	s.slots = make([]slot, s.Workers*s.Jobs)
	workers := make([]worker, s.Workers)
	for i := range workers {
		w := &workers[i]
		w.slots = s.slots[i*s.Jobs : (i+1)*s.Jobs]
		w.free = make([]*slot, 0, s.Jobs)
		for j := range w.slots {
			w.slots[j] = slot{worker: w, grading: -1}
		}
		s.start(w)
	}
}

func (s *simulation) handle(e *event) {
	switch e.kind {
	case evArrive:
		s.arrive(&s.loads[e.n])
		s.schedule(int(e.n))
	case evSendNext:
		s.sendNext(&s.loads[e.n])
	case evPublished:
		s.enqueue(e.job, false)
	case evExtended:
		if !e.job.settled && !e.job.queued {
			e.job.deadline = s.now + s.AckWait
		}
	case evDeadline:
		s.overdue(e.job)
	case evLost:
		if e.n == e.slot.worker.lives {
			s.lose(e.slot.worker)
		}
	case evBack:
		s.start(e.slot.worker)
	case evChatter:
		s.chatter()
	case evAsk, evPulled:
		if w := e.slot.worker; e.epoch == w.turn && e.kind == evAsk {
			s.ask(w, int(e.n))
		} else if e.epoch == w.turn {
			s.pulled(w, int(e.n))
		}
	default:
		s.stands(e)
		if e.slot.epoch == e.epoch {
			s.goOn(e)
		}
	}
}

// stands is what an event means for its job, whether or not the worker lives to see it.
func (s *simulation) stands(e *event) {
	switch e.kind {
	case evCreated:
		s.created(e.job, e.n)
	case evConcluded:
		s.conclude(e.job.sub)
	case evBuried:
		e.job.sub.dead = !e.job.sub.result
		s.settle(e.job, &s.jobs.Dead)
		s.conclude(e.job.sub)
	case evAcked:
		s.settle(e.job, &s.jobs.Done)
	}
}

// goOn is what a slot does then.
func (s *simulation) goOn(e *event) {
	sl := e.slot
	switch e.kind {
	case evStart:
		s.begin(sl)
	case evWork:
		s.grade(sl)
	case evGraded:
		s.graded(sl)
	case evCreated:
		s.goOnGrading(sl)
	case evContinued, evConcluded, evBuried:
		s.await(sl, Ack, 1, evAcked, 0)
	case evAcked:
		s.release(sl)
	case evProgress:
		s.progress(sl)
	}
}

// after plans an event of a slot.
func (s *simulation) after(at time.Duration, kind eventKind, sl *slot) {
	s.agenda.push(event{at: at, kind: kind, slot: sl, job: sl.job, epoch: sl.epoch})
}
