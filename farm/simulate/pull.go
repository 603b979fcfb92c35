package simulate

import "time"

// How workers come by jobs, as farm's Worker does it: it asks the consumer of the highest
// priority, which answers at once, then the next; where none has a job, pulls wait at all of them.
// Its hands share that: one pull at a time.

// start lets a worker live, and ask for jobs.
func (s *simulation) start(w *worker) {
	s.up.change(s.now, int64(len(w.slots)))
	if s.Loss > 0 {
		life := seconds(min(s.losses.ExpFloat64()*3600/s.Loss, longest.Seconds()))
		s.agenda.push(event{at: s.now + life, kind: evLost, slot: &w.slots[0], n: w.lives})
	}
	w.free = w.free[:0]
	for i := range w.slots {
		w.free = append(w.free, &w.slots[i])
	}
	s.ask(w, 0)
	s.talk()
}

// lose ends a worker, with all that it is at.
func (s *simulation) lose(w *worker) {
	s.lostWorkers++
	s.up.change(s.now, -int64(len(w.slots)))
	if len(w.free) > 0 && w.waits {
		s.asleep--
	}
	w.lives++
	w.turn++
	w.asks, w.waits = false, false
	for i := range w.slots {
		if sl := &w.slots[i]; sl.job != nil {
			if sl.grading >= 0 {
				s.work += s.now - sl.grading
			}
			s.drop(sl)
		}
	}
	w.free = w.free[:0]
	if s.Back >= 0 {
		s.agenda.push(event{at: s.now + s.Back, kind: evBack, slot: &w.slots[0]})
	}
}

// ask makes a pull: of one priority, or, the last, of all, and waiting.
func (s *simulation) ask(w *worker, n int) {
	w.asks = true
	messages := 1
	if n == int(priorities) {
		messages = int(priorities)
	}
	s.agenda.push(event{at: s.engine.send(s.now, Pull, messages), kind: evPulled, slot: &w.slots[0], n: int32(n), epoch: w.turn})
}

// pulled is when the engine looks for a job.
func (s *simulation) pulled(w *worker, n int) {
	if n < int(priorities) {
		if j := s.take(Priority(n)); j != nil {
			s.deliver(w, j)
			return
		}
		s.agenda.push(event{at: s.now + s.Latency, kind: evAsk, slot: &w.slots[0], n: int32(n + 1), epoch: w.turn})
		return
	}
	for p := range priorities {
		if j := s.take(p); j != nil { // it came meanwhile
			s.deliver(w, j)
			return
		}
	}
	w.waits = true
	s.asleep++
	s.idle.push(waiting{w, w.turn})
}

// deliver sends a job to a worker, and starts the engine's clock for it.
func (s *simulation) deliver(w *worker, j *job) {
	sl := w.free[len(w.free)-1]
	w.free = w.free[:len(w.free)-1]
	w.turn++
	w.asks, w.waits = false, false
	sl.job = j
	s.busy.change(s.now, 1)
	pulls := int64(j.sub.load.Priority) + 1
	s.pulls += pulls
	s.work += time.Duration(pulls) * s.engine.roundTrip(Pull)
	j.deliveries++
	j.deadline = s.now + s.AckWait
	if !j.watched {
		j.watched = true
		s.agenda.push(event{at: j.deadline, kind: evDeadline, job: j})
	}
	s.after(s.now+s.Latency, evStart, sl)
	if len(w.free) > 0 {
		w.asks = true
		s.agenda.push(event{at: s.now + s.Latency, kind: evAsk, slot: &w.slots[0], epoch: w.turn})
	}
}

// drop takes its job from a slot. What was planned for it is void.
func (s *simulation) drop(sl *slot) {
	sl.job = nil
	sl.grading = -1
	sl.epoch++
	s.busy.change(s.now, -1)
}

// release frees a slot for the next job.
func (s *simulation) release(sl *slot) {
	s.drop(sl)
	w := sl.worker
	w.free = append(w.free, sl)
	if !w.asks {
		s.ask(w, 0)
	}
}

// chatter is what workers send whatever there is to do. It is sent for all of them
// together, a message or more at a time: ten thousand workers would need more
// events for it than for their jobs.
type chatter struct {
	planned bool
	last    time.Duration
	pulls   float64 // that are due
	puts    float64
}

// How often that is: no more often, for the number of events; no less, for rates change.
const (
	finestChatter   = time.Millisecond
	coarsestChatter = 10 * time.Millisecond
)

// chatRates are the messages a second: of all pulls anew, of workers that wait, and of reports.
func (s *simulation) chatRates() (pulls, puts float64) {
	if s.Expiry > 0 {
		pulls = float64(s.asleep) * float64(priorities) / s.Expiry.Seconds()
	}
	if s.Report > 0 {
		puts = float64(s.up.value) / float64(s.Jobs) / s.Report.Seconds()
	}
	return pulls, puts
}

// talk plans the next chatter, unless it is planned.
func (s *simulation) talk() {
	pulls, puts := s.chatRates()
	if s.chat.planned || pulls+puts == 0 {
		return
	}
	s.chat.planned, s.chat.last = true, s.now
	s.agenda.push(event{at: s.now + min(coarsestChatter, max(finestChatter, seconds(1/(pulls+puts)))), kind: evChatter})
}

func (s *simulation) chatter() {
	c, past := &s.chat, (s.now - s.chat.last).Seconds()
	pulls, puts := s.chatRates()
	c.pulls += pulls * past
	c.puts += puts * past
	if n := int(c.pulls); n > 0 {
		s.engine.send(s.now, Pull, n)
		c.pulls -= float64(n)
	}
	if n := int(c.puts); n > 0 {
		s.engine.send(s.now, Put, n)
		c.puts -= float64(n)
	}
	c.planned = false
	s.talk()
}
