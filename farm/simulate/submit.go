package simulate

import "time"

// The submitters' side, and the queue's.

// schedule plans the next arrival of a load.
func (s *simulation) schedule(i int) {
	if at, ok := s.loads[i].arrivals(); ok {
		s.agenda.push(event{at: at, kind: evArrive, n: int32(i)})
		return
	}
	s.arriving--
	if s.arriving == 0 {
		s.atEnd, s.lastArrival = s.depth.value, s.now
	}
}

// arrive makes a submission, and sends it if the submitter's window has room.
func (s *simulation) arrive(l *load) {
	l.counts.Arrived++
	sub := &submission{load: l, arrived: s.now, profile: l.draw()}
	sub.left = int32(len(sub.profile.Cases))
	s.open++
	s.drawn.compile += sub.profile.Compile
	s.drawn.cases += sub.profile.Work() - sub.profile.Compile
	s.drawn.n += int64(sub.left)
	l.unsent.push(sub)
	s.sendNext(l)
}

// sendNext sends what the window has room for.
func (s *simulation) sendNext(l *load) {
	for l.unsent.len() > 0 && (l.Window == 0 || l.underWay < l.Window) {
		l.underWay++
		sub := l.unsent.pop()
		for more := true; more; more = s.Split && int(sub.made) < len(sub.profile.Cases) {
			s.publish(s.part(sub))
		}
	}
}

// part makes the next job of a submission. What has no cases, for it does not compile, is one, too.
func (s *simulation) part(sub *submission) *job {
	j := &job{sub: sub, from: sub.made, to: int32(len(sub.profile.Cases))}
	if s.Part > 0 {
		j.to = min(j.to, j.from+int32(s.Part))
	}
	j.poison = s.Poison > 0 && sub.load.poison.Float64() < s.Poison
	sub.made = j.to
	s.jobs.Made++
	return j
}

// publish sends a job, and says when the engine has it.
func (s *simulation) publish(j *job) time.Duration {
	served := s.engine.send(s.now, Publish, 1)
	s.agenda.push(event{at: served, kind: evPublished, job: j})
	return served
}

// enqueue lets a job wait for a worker, again if it was delivered before. While a worker
// waits, no job does.
func (s *simulation) enqueue(j *job, again bool) {
	j.queued = true
	s.queue.push(j.sub.load.Priority, j, again)
	s.depth.change(s.now, 1)
	for s.idle.len() > 0 {
		if w := s.idle.pop(); w.turn == w.worker.turn {
			s.asleep--
			s.deliver(w.worker, s.take(j.sub.load.Priority))
			return
		}
	}
}

// take is the next job of a priority, nil if there is none.
func (s *simulation) take(p Priority) *job {
	j := s.queue.pop(p)
	if j != nil {
		j.queued = false
		s.depth.change(s.now, -1)
	}
	return j
}

// overdue is called when nothing may have been heard of a job for AckWait.
func (s *simulation) overdue(j *job) {
	switch {
	case j.settled:
	case j.deadline > s.now:
		s.agenda.push(event{at: j.deadline, kind: evDeadline, job: j})
	default:
		j.watched = false
		s.jobs.Redelivered++
		s.enqueue(j, true)
	}
}

// settle ends a job and counts it: it is acked, perhaps late and after it was delivered
// anew, or it is a dead letter.
func (s *simulation) settle(j *job, as *int64) {
	if j.settled {
		return
	}
	j.settled = true
	*as++
	if j.queued {
		j.queued = false
		s.queue.live[j.sub.load.Priority]--
		s.depth.change(s.now, -1)
	}
}

// conclude gives a submission its result.
func (s *simulation) conclude(sub *submission) {
	if sub.result {
		return
	}
	sub.result = true
	s.open--
	s.settled++
	l := sub.load
	s.lastResult, l.lastResult = s.now, s.now
	if l.underWay--; l.unsent.len() > 0 { // the submitter has to hear of it
		s.agenda.push(event{at: s.now + s.Latency, kind: evSendNext, n: l.index})
	}
	if sub.dead {
		l.counts.Dead++
		return
	}
	l.counts.Done++
	took := s.now - sub.arrived
	s.verdict.add(took)
	l.verdict.add(took)
}
