package simulate

import (
	"slices"
	"time"
)

// What workers do with a job, as farm's Worker does it.

// await sends messages, each after the answer to the one before, and plans what follows the last.
func (s *simulation) await(sl *slot, kind Kind, n int, then eventKind, which int32) {
	s.work += time.Duration(n) * s.engine.roundTrip(kind)
	answered := s.engine.send(s.now, kind, n) + s.Latency + time.Duration(n-1)*2*s.Latency
	s.agenda.push(event{at: answered, kind: then, slot: sl, job: sl.job, epoch: sl.epoch, n: which})
}

// begin asks whether there is a result, and, if others were at this submission, for the
// verdicts on its cases.
func (s *simulation) begin(sl *slot) {
	s.after(s.now+s.AckWait/3, evProgress, sl)
	reads := 1
	if j := sl.job; j.from > 0 || j.deliveries > 1 {
		reads += int(j.to)
	}
	s.await(sl, Read, reads, evWork, 0)
}

// grade begins with the first case that has no verdict.
func (s *simulation) grade(sl *slot) {
	j := sl.job
	if !j.began {
		j.began = true
		wait := s.now - j.sub.arrived
		s.wait.add(wait)
		j.sub.load.wait.add(wait)
	}
	sl.next = j.from + j.done
	switch {
	case j.sub.result:
		s.await(sl, Ack, 1, evAcked, 0)
		return
	case int(j.deliveries) > s.Deliveries:
		s.bury(sl)
		return
	case sl.next == j.to && j.to > j.from: // by one that could not ack it
		s.finish(sl)
		return
	}
	took := time.Duration(0)
	if !slices.Contains(j.sub.compiled, sl.worker) {
		took = j.sub.profile.Compile
	}
	if j.poison { // the first thing that it does kills
		s.agenda.push(event{at: s.now + (took+s.caseTime(j, sl.next))/2, kind: evLost, slot: sl, n: sl.worker.lives})
	}
	s.next(sl, took)
}

// next grades a case, after what it takes to get there.
func (s *simulation) next(sl *slot, before time.Duration) {
	sl.grading = s.now
	s.after(s.now+before+s.caseTime(sl.job, sl.next), evGraded, sl)
}

func (s *simulation) caseTime(j *job, i int32) time.Duration {
	if int(i) >= len(j.sub.profile.Cases) {
		return 0 // it has none: it does not compile
	}
	return j.sub.profile.Cases[i] + s.Overhead
}

// graded writes the verdict of a case down.
func (s *simulation) graded(sl *slot) {
	s.work += s.now - sl.grading
	sl.grading = -1
	j := sl.job
	if !slices.Contains(j.sub.compiled, sl.worker) {
		j.sub.compiled = append(j.sub.compiled, sl.worker)
	}
	if j.from == j.to {
		s.finish(sl)
		return
	}
	s.await(sl, Create, 1, evCreated, sl.next)
}

// created counts a verdict, unless there was one.
func (s *simulation) created(j *job, i int32) {
	if i != j.from+j.done {
		s.jobs.CasesTwice++
		return
	}
	j.done++
	j.sub.left--
}

func (s *simulation) goOnGrading(sl *slot) {
	if sl.next++; sl.next < sl.job.to {
		s.next(sl, 0)
		return
	}
	s.finish(sl)
}

// finish follows the last case of a job: the rest of the submission is sent as the next
// one; who finds that all its verdicts are there concludes it; then the job is acked.
func (s *simulation) finish(sl *slot) {
	sub := sl.job.sub
	switch {
	case !s.Split && sl.job.to == sub.made && int(sub.made) < len(sub.profile.Cases):
		s.work += s.engine.roundTrip(Publish)
		s.after(s.publish(s.part(sub))+s.Latency, evContinued, sl)
	case sub.left == 0 && !sub.result:
		s.await(sl, Create, 1, evConcluded, 0)
	default: // others are at its other parts, or it has its result
		s.await(sl, Ack, 1, evAcked, 0)
	}
}

// bury gives up a job that came too often: its submission is JE, so that nobody waits for it.
// The messages: what failed before, that this was the last, the result, the dead letter.
func (s *simulation) bury(sl *slot) {
	s.engine.send(s.now, Read, 1)
	s.engine.send(s.now, Create, 1)
	s.engine.send(s.now, Publish, 1)
	s.await(sl, Create, 1, evBuried, 0)
}

// progress says that a job is still worked at; no answer is awaited.
func (s *simulation) progress(sl *slot) {
	s.agenda.push(event{at: s.engine.send(s.now, Progress, 1), kind: evExtended, job: sl.job})
	s.after(s.now+s.AckWait/3, evProgress, sl)
}
