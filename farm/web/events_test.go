package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"judge/farm"
	"judge/judge"
	"judge/sandbox"
)

// A told is an event as it came.
type told struct {
	id   uint64
	name string
	data string
}

// follow reads events until enough says so, or the stream ends.
func (p *place) follow(path, last string, enough func(told) bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 60*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", strings.TrimSuffix(p.site.URL(), "/")+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		p.t.Fatalf("status %d, %s", resp.StatusCode, kind)
	}
	lines := bufio.NewReaderSize(resp.Body, 4<<20)
	for e := (told{}); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			p.t.Fatalf("the stream ended: %v", err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			e.id, _ = strconv.ParseUint(value, 10, 64)
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if e.name != "" && enough(e) {
				return
			}
			e = told{}
		}
	}
}

// Events come while a batch is judged; who was cut off goes on behind what was seen; and each is what the API says.
func TestEvents(t *testing.T) {
	p := newPlace(t, nil)
	schemas := map[string]*jsonschema.Schema{}
	d := p.document()
	for name, of := range map[string]string{"batch": "BatchInfo", "result": "ResultEvent", "case": "CaseEvent"} {
		var err error
		if schemas[name], err = d.compiler.Compile("openapi.json#/components/schemas/" + of); err != nil {
			t.Fatal(err)
		}
	}
	check := func(e told) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(e.data))
		if err == nil {
			err = schemas[e.name].Validate(value)
		}
		if err != nil {
			t.Errorf("%s: %v: %s", e.name, err, e.data)
		}
	}
	id := p.send(contest(3, 6))
	gate := make(chan struct{}, 100)
	p.work(&fakeBench{gate: gate, reason: "no"})
	var seen []told
	items := map[int]bool{}
	results := func(n int) func(told) bool {
		return func(e told) bool {
			if check(e); e.name != "result" {
				return false
			}
			var r ResultEvent
			if err := json.Unmarshal([]byte(e.data), &r); err != nil || items[r.Item] || len(seen) > 0 && e.id <= seen[len(seen)-1].id {
				t.Errorf("it came twice, or out of order: %+v, %v", e, err)
			}
			items[r.Item] = true
			seen = append(seen, e)
			return len(seen) == n
		}
	}
	for range 6 { // as many cases as make two results at least
		gate <- struct{}{}
	}
	p.follow("/batches/"+id+"/events", "", results(1))
	p.follow("/batches/"+id+"/events", fmt.Sprint(seen[0].id), results(2))
	for range 20 {
		gate <- struct{}{}
	}
	p.follow("/batches/"+id+"/events?after="+fmt.Sprint(seen[1].id), "", results(6))
	cases := 0
	p.follow("/batches/"+id+"/events?cases=true", "", func(e told) bool {
		if check(e); e.name == "case" {
			cases++
		}
		return e.name == "batch" && strings.Contains(e.data, `"results":6`) || cases == 17
	})
	state := ""
	p.follow("/batches/"+id+"/events", fmt.Sprint(seen[5].id), func(e told) bool {
		if e.name != "batch" {
			t.Errorf("after all it says %+v", e)
		}
		state = e.data
		return strings.Contains(e.data, `"state":"done"`)
	})
	if !strings.Contains(state, `"results":6`) {
		t.Errorf("at the end it says %s", state)
	}
	for _, last := range []string{"x", "-1", "18446744073709551615", "1e3"} {
		if a := p.ask("GET", "/batches/"+id+"/events", nil, "Last-Event-ID", last); a.StatusCode != 422 && a.StatusCode != 400 {
			t.Errorf("Last-Event-ID %q: %d", last, a.StatusCode)
		}
	}
}

// One who reads nothing keeps nobody waiting, and is forgotten when he goes.
func TestSlowReader(t *testing.T) {
	p := newPlace(t, nil)
	id := p.send(contest(2, 60))
	var slow []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(p.site.URL(), "http://"), "/"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.(*net.TCPConn).SetReadBuffer(4096)
		fmt.Fprintf(c, "GET /batches/%s/events?cases=true HTTP/1.1\r\nHost: localhost\r\n\r\n", id)
		slow = append(slow, c)
	}
	until(t, "they are there", func() bool { return p.site.readers.count() == 3 })
	p.work(&fakeBench{reason: strings.Repeat("x", 1<<20)}) // more than sockets hold
	n := 0
	p.follow("/batches/"+id+"/events", "", func(e told) bool {
		if e.name == "result" {
			n++
		}
		return n == 60
	})
	until(t, "the others know", func() bool { return p.info(id).Results == 60 })
	for _, c := range slow {
		c.Close()
	}
	until(t, "they are forgotten", func() bool { return p.site.readers.count() == 0 })
}

// Documents that nobody reads take room on the disk: there are so many at most, and there is room again when who asked is gone.
func TestUnread(t *testing.T) {
	p := newPlace(t, nil)
	id := p.send(contest(1, 1))
	p.site.unread = newCrowd(3, 2)
	ctx := context.WithValue(t.Context(), personKey{}, person{User: "me", Role: Admin})
	for n := range 3 {
		_, err := p.site.submission(ctx, &submissionInput{ID: id}) // whose body is not written
		var full huma.StatusError
		if refused := errors.As(err, &full) && full.GetStatus() == http.StatusServiceUnavailable; refused != (n == 2) {
			t.Errorf("document %d: %v", n, err)
		}
	}
	p.site.unread = newCrowd(1, 1)
	for range 2 {
		if a := p.ask("GET", "/batches/"+id+"/submissions/0", nil); a.StatusCode != http.StatusOK {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
		until(t, "it is read", func() bool { return p.site.unread.count() == 0 })
	}
}

// There are so many readers at most, of one user and in all.
func TestReaders(t *testing.T) {
	c := newCrowd(readers, ownReaders)
	var leave []func()
	for i := range readers {
		f, ok := c.enter(fmt.Sprint(i / ownReaders))
		if !ok {
			t.Fatalf("reader %d is refused", i)
		}
		leave = append(leave, f)
	}
	if _, ok := c.enter("another"); ok {
		t.Error("one more than there may be")
	}
	leave[0]()
	if _, ok := c.enter("1"); ok {
		t.Error("one more of a user than there may be")
	}
	if _, ok := c.enter("0"); !ok {
		t.Error("there is room again")
	}
}

// A part of an answer has some time to be taken, not all of it.
func TestStalls(t *testing.T) {
	d := &deadlines{}
	w := &steady{ResponseWriter: d, control: http.NewResponseController(d)}
	before := time.Now()
	if _, err := w.Write([]byte("x")); err != nil || len(d.write) != 1 || d.write[0].Before(before.Add(stallTime)) || d.write[0].After(time.Now().Add(stallTime)) {
		t.Errorf("deadlines %v, %v", d.write, err)
	}
}

// What was judged is counted; what a worker makes up is no label.
func TestMetrics(t *testing.T) {
	p := newPlace(t, nil)
	id := p.send(contest(3, 5))
	nc, err := farm.Access{URL: p.nats, Name: "liar"}.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.Request("jobs.me.made_up.class.shared.stamp", nil, 20*time.Second); err != nil { // the answer says that it is in the queue
		t.Fatal(err)
	}
	text := p.ask("GET", "/metrics", nil).body
	if strings.Contains(text, "made_up") {
		t.Errorf("a priority that is none:\n%s", text)
	}
	for _, line := range []string{`judge_queue_jobs{priority="normal"} 5`, `judge_queue_jobs{priority="high"} 0`, `judge_batches{state="sent"} 1`, "judge_workers 0", "judge_farm_up 1"} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("before: no %s", line)
		}
	}
	p.work(&fakeBench{})
	until(t, "all are judged", func() bool { return p.info(id).Results == 5 })
	want := []string{`judge_cases_total{verdict="AC"} 13`, `judge_cases_total{verdict="WA"} 1`, `judge_submissions_total{verdict="AC"} 4`, `judge_runs_total{status="ok"} 14`,
		"judge_run_setup_seconds_count 14", `judge_queue_jobs{priority="normal"} 0`, "judge_workers 1"}
	until(t, "all are counted", func() bool {
		text = p.ask("GET", "/metrics", nil).body
		for _, line := range want {
			if !strings.Contains(text, "\n"+line+"\n") {
				return false
			}
		}
		return strings.Contains(text, "\njudge_worker_judged_total{worker=")
	})
	p.site.counts.add(farm.Event{Kind: farm.EventCase, Worker: "w", Case: &judge.CaseResult{Verdict: "x\"}\n", Report: &sandbox.Report{Status: "made up"}}})
	text = p.ask("GET", "/metrics", nil).body
	if strings.Contains(text, "made up") || !strings.Contains(text, `judge_runs_total{status="other"} 1`) || !strings.Contains(text, `judge_cases_total{verdict="other"} 1`) {
		t.Errorf("made up labels:\n%s", text)
	}
}

// Where the server is gone, that is what the site says.
func TestHealth(t *testing.T) {
	p := newPlace(t, nil)
	if a := p.ask("GET", "/health", nil); a.StatusCode != 200 || !strings.Contains(a.body, `"status":"ok"`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	p.server.Shutdown()
	p.server.WaitForShutdown()
	a := p.ask("GET", "/health", nil)
	if p.stopped(a); !strings.Contains(a.body, `"status":"failing"`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func (p *place) stopped(a answer) {
	p.t.Helper()
	if a.StatusCode != http.StatusServiceUnavailable {
		p.t.Errorf("status %d: %s", a.StatusCode, a.body)
	}
}
