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
	From string        `json:"from"`
	At   time.Duration `json:"at_ns"` // since the interaction began
	Text string        `json:"text"`  // bytes that are no UTF-8 are replaced
}

// Bounds of a transcript: bytes at its beginning and at its end.
const (
	talkHead = 16 << 10
	talkTail = 8 << 10
)

// A talk takes down what two parties write to each other. Both sandboxes tell it
// so, each from a goroutine of its own.
type talk struct {
	mu         sync.Mutex
	began      time.Time
	head, tail []said
	headSize   int
	tailSize   int
	omitted    int64

	last   string // who wrote last
	lastAt time.Time
	waited map[string]time.Duration

	silent map[string]time.Time // when a party's output ended; missing if it has not
	first  string               // who ended first
	end    time.Time            // of that one
}

type said struct {
	from string
	at   time.Duration
	text []byte
}

func newTalk() *talk {
	return &talk{began: time.Now(), waited: map[string]time.Duration{}, silent: map[string]time.Time{}}
}

// say notes a piece, or with nil that there will be none any more.
func (t *talk) say(from string, b []byte) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if b == nil {
		if _, twice := t.silent[from]; !twice {
			t.silent[from] = now
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
		t.head = appendSaid(t.head, from, at, b[:k], fresh)
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
	t.tail = appendSaid(t.tail, from, at, b, fresh)
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

func appendSaid(list []said, from string, at time.Duration, b []byte, fresh bool) []said {
	if n := len(list); !fresh && n > 0 && list[n-1].from == from {
		list[n-1].text = append(list[n-1].text, b...)
		return list
	}
	return append(list, said{from, at, append([]byte(nil), b...)})
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

// settle says who ended first. The end of the one may be why the other ended, and
// on a busy host judge may hear of the two the other way round. But it saw the end
// of the first one's output before it passed that on: where a process ended together
// with its output, that is when it ended. What is known of its end
// besides is later by what judge had to do meanwhile.
func (t *talk) settle(submission, interactor time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range []struct {
		party string
		end   *time.Time
	}{{partySubmission, &submission}, {partyInteractor, &interactor}} {
		if silent, is := t.silent[p.party]; is && p.end.Sub(silent).Abs() < exitPatience {
			*p.end = silent
		}
	}
	t.first, t.end = partySubmission, submission
	if interactor.Before(submission) {
		t.first, t.end = partyInteractor, interactor
	}
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
			i.Transcript = append(i.Transcript, Message{From: s.from, At: s.at, Text: strings.ToValidUTF8(string(s.text), "\uFFFD")})
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
