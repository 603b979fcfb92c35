package judge

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"judge/judge/problem"
)

// Whatever is begun ahead, results are those of who is asked for.
func TestPending(t *testing.T) {
	var cases []*problem.Case
	for i := range 20 {
		cases = append(cases, &problem.Case{Name: fmt.Sprint(i)})
	}
	for ahead := 1; ahead <= 8; ahead++ {
		var mu sync.Mutex
		running, most := 0, 0
		p := newPending(context.Background(), cases, func() int { return ahead }, func(ctx context.Context, c *problem.Case) (CaseResult, error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			defer func() { mu.Lock(); running--; mu.Unlock() }()
			select {
			case <-ctx.Done():
				return CaseResult{}, ctx.Err()
			case <-time.After(time.Millisecond):
				return CaseResult{Name: c.Name}, nil
			}
		})
		for i, c := range cases {
			if i >= 10 && i < 15 {
				continue
			}
			if r, err := p.get(c); err != nil || r.Name != c.Name {
				t.Errorf("%d ahead: case %s: %+v, %v", ahead, c.Name, r, err)
			}
			if i == 9 {
				p.skip(cases[10:15])
			}
		}
		if r, err := p.get(cases[12]); err != nil || r.Name != "12" {
			t.Errorf("%d ahead: a case that was skipped and is asked for: %+v, %v", ahead, r, err)
		}
		p.finish()
		if running != 0 || most > ahead+5 {
			t.Errorf("%d ahead: %d still run, at most %d did", ahead, running, most)
		}
	}
}

// What was begun ahead and is skipped is stopped.
func TestPendingStops(t *testing.T) {
	cases := []*problem.Case{{Name: "0"}, {Name: "1"}, {Name: "2"}}
	stopped := make(chan string, len(cases))
	p := newPending(context.Background(), cases, func() int { return 3 }, func(ctx context.Context, c *problem.Case) (CaseResult, error) {
		if c != cases[0] {
			<-ctx.Done()
			stopped <- c.Name
		}
		return CaseResult{Name: c.Name}, ctx.Err()
	})
	defer p.finish()
	if _, err := p.get(cases[0]); err != nil {
		t.Fatal(err)
	}
	p.skip(cases[1:])
	for range cases[1:] {
		select {
		case <-stopped:
		case <-time.After(10 * time.Second):
			t.Fatal("a case that was skipped runs on")
		}
	}
}

func TestTalk(t *testing.T) {
	talk := newTalk(1)
	talk.say(stream{from: partyInteractor}, []byte("5\n"))
	talk.say(stream{from: partySubmission}, []byte("6"))
	talk.say(stream{from: partySubmission}, []byte("\n"))
	talk.say(stream{from: partyInteractor}, []byte("right"))
	i := talk.interaction(true)
	if got := fmt.Sprint(i.Transcript[0].Text, i.Transcript[1].Text, i.Transcript[2].Text); len(i.Transcript) != 3 || got != "5\n6\nright" {
		t.Errorf("%+v", i.Transcript)
	}
	if talk.interaction(false).Transcript != nil {
		t.Error("a transcript that nobody wants")
	}
	line := make([]byte, 1000)
	for n := range 1000 {
		talk.say(stream{from: []string{partySubmission, partyInteractor}[n%2]}, line)
	}
	i = talk.interaction(true)
	size := 0
	for _, m := range i.Transcript {
		size += len(m.Text)
	}
	if size != talkHead+talkTail || int64(size)+i.Omitted != 1_000_000+9 {
		t.Errorf("%d bytes kept, %d omitted", size, i.Omitted)
	}
}

// Who ended first, where the end of the one is why the other ended.
func TestSettle(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1000, 0).Add(time.Duration(ms) * time.Millisecond) }
	tests := []struct {
		name                               string
		subSilent, sub, interSilent, inter int // -1: never
		want                               string
	}{
		{"the interactor left", -1, 50, -1, 10, partyInteractor},
		{"the submission left", 10, 11, 15, 20, partySubmission},
		{"it left, and judge heard of it late", 10, 25, 15, 20, partySubmission},
		{"the interactor left, and judge heard of it late", 15, 20, 10, 25, partyInteractor},
		{"the submission was silent, and went on", 10, 900, 15, 20, partyInteractor},
		{"the interactor was silent, and went on", 300, 310, 10, 900, partySubmission},
		{"silent after the interactor had left", 30, 31, -1, 20, partyInteractor},
	}
	for _, test := range tests {
		talk := newTalk(1)
		for party, ms := range map[string]int{partySubmission: test.subSilent, partyInteractor: test.interSilent} {
			if ms >= 0 {
				talk.silent[stream{from: party}] = at(ms)
			}
		}
		talk.settle(0, at(test.sub), at(test.inter))
		if talk.first != test.want {
			t.Errorf("%s: %s was first, want %s", test.name, talk.first, test.want)
		}
	}
}
