package judge

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"judge/sandbox"
)

// Who takes part in an interaction.
const (
	partySubmission = "submission"
	partyInteractor = "interactor"
)

// An Interaction says how a submission and the package's interactor met.
type Interaction struct {
	EndedFirst string `json:"ended_first"` // "submission" or "interactor"

	// How long each waited, all in all, for the other to write.
	SubmissionWaited time.Duration `json:"submission_waited_ns"`
	InteractorWaited time.Duration `json:"interactor_waited_ns"`

	// Transcript is what both wrote, in the order in which judge read it; null if the
	// case was accepted. Of a long one there are the beginning and the end.
	Transcript []Message `json:"transcript"`
	Omitted    int64     `json:"omitted_bytes"` // between these
}

// A Message is what one party wrote until the other did.
type Message struct {
	From    string        `json:"from"`
	Process *int          `json:"process,omitempty"` // of several of the submission: which one wrote it, or was written to
	At      time.Duration `json:"at_ns"`             // since the interaction began
	Text    string        `json:"text"`              // bytes that are no UTF-8 are replaced
}

// Bounds of a transcript: bytes at its beginning and at its end.
const (
	talkHead = 16 << 10
	talkTail = 8 << 10
)

// A talk takes down what two parties write to each other. Both sandboxes tell it
// so, each from a goroutine of its own. The submission may be several processes,
// with each of which the interactor has a stream of its own.
type talk struct {
	mu         sync.Mutex
	processes  int
	began      time.Time
	head, tail []said
	headSize   int
	tailSize   int
	omitted    int64

	last   string // who wrote last
	lastAt time.Time
	waited map[string]time.Duration

	silent map[stream]time.Time // when it ended; missing if it has not
	first  string               // who ended first
	end    time.Time            // of that one
}

// A stream is what a party writes: to, or from, one process of the submission.
type stream struct {
	from    string
	process int
}

type said struct {
	stream
	at   time.Duration
	text []byte
}

func newTalk(processes int) *talk {
	return &talk{processes: processes, began: time.Now(), waited: map[string]time.Duration{}, silent: map[stream]time.Time{}}
}

// say notes a piece, or with nil that there will be none any more.
func (t *talk) say(by stream, b []byte) {
	now, from := time.Now(), by.from
	t.mu.Lock()
	defer t.mu.Unlock()
	if b == nil {
		if _, twice := t.silent[by]; !twice {
			t.silent[by] = now
		}
		return
	}
	if t.last != from { // the other one has waited, since it wrote or since the beginning
		since := t.lastAt
		if t.last == "" {
			since = t.began
		}
		t.waited[other(from)] += now.Sub(since)
	}
	fresh := t.last != from
	t.last, t.lastAt = from, now
	at := now.Sub(t.began)
	if room := talkHead - t.headSize; room > 0 {
		k := min(room, len(b))
		t.head = appendSaid(t.head, by, at, b[:k], fresh)
		t.headSize += k
		b, fresh = b[k:], false
	}
	if len(b) == 0 {
		return
	}
	if over := len(b) - talkTail; over > 0 {
		t.omitted += int64(over)
		b = b[over:]
	}
	t.tail = appendSaid(t.tail, by, at, b, fresh)
	for t.tailSize += len(b); t.tailSize > talkTail; {
		cut := min(len(t.tail[0].text), t.tailSize-talkTail)
		t.tail[0].text = t.tail[0].text[cut:]
		t.tailSize -= cut
		t.omitted += int64(cut)
		if len(t.tail[0].text) == 0 {
			t.tail = t.tail[1:]
		}
	}
}

func appendSaid(list []said, by stream, at time.Duration, b []byte, fresh bool) []said {
	if n := len(list); !fresh && n > 0 && list[n-1].stream == by {
		list[n-1].text = append(list[n-1].text, b...)
		return list
	}
	return append(list, said{by, at, append([]byte(nil), b...)})
}

func other(party string) string {
	if party == partySubmission {
		return partyInteractor
	}
	return partySubmission
}

// exitPatience is how long a process may take from the end of its output to its own
// end, as judge sees it on a busy host, and still have done both at once.
const exitPatience = 200 * time.Millisecond

// settle says who ended first: the submission, by that process of it which counts,
// or the interactor. The end of the one may be why the other ended, and
// on a busy host judge may hear of the two the other way round. But it saw the end
// of the first one's output before it passed that on: where a process ended together
// with its output, that is when it ended. What is known of its end
// besides is later by what judge had to do meanwhile.
func (t *talk) settle(process int, submission, interactor time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if silent, is := t.silent[stream{partySubmission, process}]; is {
		submission = together(submission, silent)
	}
	if silent, is := t.interactorSilent(); is {
		interactor = together(interactor, silent)
	}
	t.first, t.end = partySubmission, submission
	if interactor.Before(submission) {
		t.first, t.end = partyInteractor, interactor
	}
}

// together is the end of a process that ended together with its output, or by itself.
func together(end, silent time.Time) time.Time {
	if end.Sub(silent).Abs() < exitPatience {
		return silent
	}
	return end
}

// interactorSilent is when the last of the interactor's streams ended.
func (t *talk) interactorSilent() (last time.Time, is bool) {
	for i := range t.processes {
		silent, is := t.silent[stream{partyInteractor, i}]
		if !is {
			return last, false
		}
		if silent.After(last) {
			last = silent
		}
	}
	return last, true
}

// interaction is what there is to say, with the transcript if it is wanted.
func (t *talk) interaction(transcript bool) *Interaction {
	i := &Interaction{EndedFirst: t.first, SubmissionWaited: t.waited[partySubmission], InteractorWaited: t.waited[partyInteractor], Omitted: t.omitted}
	if !transcript {
		return i
	}
	i.Transcript = []Message{}
	for _, part := range [][]said{t.head, t.tail} {
		for _, s := range part {
			m := Message{From: s.from, At: s.at, Text: strings.ToValidUTF8(string(s.text), "\uFFFD")}
			if t.processes > 1 {
				m.Process = &s.process
			}
			i.Transcript = append(i.Transcript, m)
		}
	}
	return i
}

// stalled says, of a run that was ended because nothing went on, who was to speak.
func (t *talk) stalled(r *sandbox.Report) string {
	if r.Status != sandbox.StatusIdleTime && r.Status != sandbox.StatusWallTime {
		return ""
	}
	if t.last == "" {
		return "; neither the submission nor the interactor had written anything"
	}
	before := t.end.Sub(t.lastAt).Round(time.Millisecond)
	if before < 0 { // what one had written was still being answered
		return fmt.Sprintf("; the %s wrote on until %v later", t.last, -before)
	}
	return fmt.Sprintf("; the last to write was the %s, %v before", t.last, before)
}
