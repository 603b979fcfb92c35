package web

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"judge/farm"
	"judge/judge"
	"judge/judge/batch"
)

// send sends an archive, and gives the batch.
func (p *place) send(list []entry, headers ...string) string {
	p.t.Helper()
	a := p.ask("POST", "/batches", tarOf(p.t, list), headers...)
	var out Submitted
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.StatusCode != http.StatusCreated || a.Header.Get("Location") != "/batches/"+out.ID {
		p.t.Fatalf("status %d: %s", a.StatusCode, a.body)
	}
	return out.ID
}

func (p *place) info(id string, headers ...string) BatchInfo {
	p.t.Helper()
	a := p.ask("GET", "/batches/"+id, nil, headers...)
	var b BatchInfo
	if err := json.Unmarshal([]byte(a.body), &b); err != nil || a.StatusCode != http.StatusOK {
		p.t.Fatalf("status %d: %s", a.StatusCode, a.body)
	}
	return b
}

// A batch is sent, judged and read, and every answer is what the API says of it.
func TestBatch(t *testing.T) {
	p := newPlace(t, nil)
	d := p.document()
	for _, path := range []string{"/batches", "/workers", "/me", "/health"} {
		d.check(p.ask("GET", path, nil), "GET", path)
	}
	id := p.send(contest(3, 5))
	early := p.ask("GET", "/batches/"+id+"/results", nil)
	if d.check(early, "GET", "/batches/{id}/results"); early.StatusCode != http.StatusConflict || !strings.Contains(early.body, "0 of 5 submissions have their result") {
		t.Errorf("results of a batch that is not whole: %d %s", early.StatusCode, early.body)
	}
	waiting := p.ask("GET", "/batches/"+id+"/submissions/4", nil)
	if d.check(waiting, "GET", "/batches/{id}/submissions/{n}"); !strings.Contains(waiting.body, `"result":null`) {
		t.Errorf("a submission that waits: %s", waiting.body)
	}
	p.work(&fakeBench{reason: "on line 1"})
	until(t, "all are judged", func() bool { return p.info(id).Results == 5 })
	for path, what := range map[string]string{"/batches/" + id: "/batches/{id}", "/batches": "/batches", "/workers": "/workers",
		"/batches/" + id + "/results": "/batches/{id}/results", "/batches/" + id + "/submissions/3": "/batches/{id}/submissions/{n}"} {
		a := p.ask("GET", path, nil)
		if d.check(a, "GET", what); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
	var out struct {
		Submissions []struct {
			Submission, Verdict string
			Cases               []any
		}
		Summary map[string]int
	}
	if err := json.Unmarshal([]byte(p.ask("GET", "/batches/"+id+"/results", nil).body), &out); err != nil {
		t.Fatal(err)
	}
	for i, s := range out.Submissions {
		verdict, cases := "AC", 3
		if i == 3 {
			verdict, cases = "WA", 2
		}
		if s.Submission != fmt.Sprintf("s/%02d.c", i) || s.Verdict != verdict || len(s.Cases) != cases {
			t.Errorf("submission %d is %s %s of %d cases", i, s.Submission, s.Verdict, len(s.Cases))
		}
	}
	if len(out.Submissions) != 5 || out.Summary["AC"] != 4 || out.Summary["WA"] != 1 {
		t.Errorf("%d results, %v", len(out.Submissions), out.Summary)
	}
	if page := p.ask("GET", "/batches/"+id+"/report", nil); page.Header.Get("Content-Disposition") == "" || !strings.Contains(page.body, "s/03.c") {
		t.Errorf("the report: %d %.300s", page.StatusCode, page.body)
	}
	none := p.ask("GET", "/batches/"+id+"/submissions/5", nil)
	if d.check(none, "GET", "/batches/{id}/submissions/{n}"); none.StatusCode != http.StatusNotFound {
		t.Errorf("a submission that is not there: %d %s", none.StatusCode, none.body)
	}
}

// Results of a batch that is to be audited come with the audit, and not without.
func TestAudited(t *testing.T) {
	p := newPlace(t, nil)
	d := p.document()
	dir := t.TempDir()
	if err := unpack(tarOf(t, contest(2, 2)), dir, dir); err != nil {
		t.Fatal(err)
	}
	court, err := farm.NewCourt(t.Context(), p.farm, farm.CourtOptions{Audit: 100, Detached: true, Judging: judge.Options{Version: "1", Cache: "x", Results: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := batch.New(t.Context(), batch.Options{Court: court, List: batch.Manifest(filepath.Join(dir, "manifest.jsonl"), nil), Done: func(batch.Outcome) {}})
	if err == nil {
		err = errors.Join(b.Run(t.Context()), court.Sent(t.Context(), func(int) bool { return false }), court.Close(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	p.work(&fakeBench{})
	p.work(&fakeBench{})
	until(t, "it is judged", func() bool { return p.info(court.ID()).Results == 2 })
	path := "/batches/" + court.ID() + "/results"
	a := p.ask("GET", path, nil)
	if d.check(a, "GET", "/batches/{id}/results"); a.StatusCode != http.StatusConflict || !strings.Contains(a.body, "is to be audited") {
		t.Errorf("before: %d %s", a.StatusCode, a.body)
	}
	now, err := p.farm.Batch(t.Context(), court.ID())
	if err != nil {
		t.Fatal(err)
	}
	list, err := p.farm.Whole(t.Context(), now)
	if err == nil {
		_, err = p.farm.Audits(t.Context(), now, list, func(string) {})
	}
	if err != nil {
		t.Fatal(err)
	}
	a = p.ask("GET", path, nil)
	if d.check(a, "GET", "/batches/{id}/results"); a.StatusCode != http.StatusOK || strings.Count(a.body, `"audit":{`) != 2 {
		t.Errorf("afterwards: %d %s", a.StatusCode, a.body)
	}
}

// A cancelled batch leaves the queue, once.
func TestCancel(t *testing.T) {
	p := newPlace(t, nil)
	d := p.document()
	id := p.send(contest(1, 3))
	if b := p.info(id); b.Queued != 3 || b.Items != 3 || b.State != "sent" || b.User != "me" {
		t.Errorf("it is %+v", b)
	}
	for _, want := range []string{`"cancelled":true`, `"cancelled":false`} {
		a := p.ask("DELETE", "/batches/"+id, nil)
		if d.check(a, "DELETE", "/batches/{id}"); !strings.Contains(a.body, want) {
			t.Errorf("%d %s, want %s", a.StatusCode, a.body, want)
		}
	}
	if b := p.info(id); b.Queued != 0 || b.State != "cancelled" {
		t.Errorf("it is %+v", b)
	}
}

// Pages of the list hold each batch once, the newest first.
func TestList(t *testing.T) {
	p := newPlace(t, nil)
	var sent []string
	for range 3 {
		sent = append(sent, p.send(contest(1, 1)))
	}
	seen := map[string]bool{}
	for path := "/batches?limit=2"; path != ""; {
		var page BatchPage
		if err := json.Unmarshal([]byte(p.ask("GET", path, nil).body), &page); err != nil {
			t.Fatal(err)
		}
		for _, b := range page.Batches {
			if seen[b.ID] {
				t.Errorf("%s is there twice", b.ID)
			}
			seen[b.ID] = true
		}
		if path = ""; page.Next != "" {
			path = "/batches?limit=2&before=" + page.Next
		}
	}
	for _, id := range sent {
		if !seen[id] {
			t.Errorf("%s is missing", id)
		}
	}
}

// What is wrong with what was sent is the sender's fault, with a hint; nothing is sent of it, and nothing of it stays.
func TestSubmitRefuses(t *testing.T) {
	p := newPlace(t, func(o *Options) { o.MaxUpload = 64 << 10 })
	d := p.document()
	manifest := func(line string) []entry {
		return []entry{{"p/1.in", "1"}, {"p/1.ans", "1"}, {"a.c", "ok"}, {"manifest.jsonl", line}}
	}
	for _, c := range []struct {
		name, query string
		body        io.Reader
		status      int
		says        string
	}{
		{"a file of the server's", "", tarOf(t, manifest(`{"problem":"p","submission":"/etc/passwd"}`)), 400, "manifest.jsonl:1"},
		{"a problem of the server's", "", tarOf(t, manifest(`{"problem":"../../..","submission":"a.c"}`)), 400, "is not in the archive"},
		{"a submission that is missing", "", tarOf(t, manifest(`{"problem":"p","submission":"b.c"}`)), 400, "b.c"},
		{"a manifest that is none", "", tarOf(t, manifest(`{"problem":`)), 400, "manifest.jsonl:1"},
		{"a verdict that is none", "", tarOf(t, manifest(`{"problem":"p","submission":"a.c","expected":"XX"}`)), 400, `there is no verdict \"XX\"`},
		{"an empty manifest", "", tarOf(t, manifest("")), 400, "no submission in the list"},
		{"no package", "", tarOf(t, []entry{{"x/y", "1"}}), 400, "manifest.jsonl"},
		{"no archive", "", strings.NewReader("hello"), 400, "read the archive"},
		{"nothing", "", nil, 400, "archive is empty"},
		{"a link", "", tarOf(t, nil, &tar.Header{Name: "p", Linkname: "/etc", Typeflag: tar.TypeSymlink}), 400, "neither a file nor a folder"},
		{"too much", "", tarOf(t, []entry{{"p/1.in", strings.Repeat("1", 100<<10)}}), 413, "65536"},
		{"a policy of the server's", "?policy=/etc/judge.toml", tarOf(t, contest(1, 1)), 400, "file of one machine"},
		{"a rootfs of the server's", "?rootfs=/etc", tarOf(t, contest(1, 1)), 400, "directory of one machine"},
		{"a language that is none", "?language=klingon", tarOf(t, contest(1, 1)), 400, "klingon"},
		{"a priority that is none", "?priority=now", tarOf(t, contest(1, 1)), 422, "priority"},
		{"an expectation that is none", "?expect=XX", tarOf(t, contest(1, 1)), 400, "there is no verdict"},
		{"a parameter that is none", "?prio=high", tarOf(t, contest(1, 1)), 422, "unknown query parameter"},
		{"labels that are none", "?labels=a%20b", tarOf(t, contest(1, 1)), 400, "label"},
	} {
		a := p.ask("POST", "/batches"+c.query, c.body)
		if a.StatusCode != c.status || !strings.Contains(a.body, c.says) || strings.Contains(a.body, p.site.Dir) {
			t.Errorf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
		d.check(a, "POST", "/batches")
	}
	list, err := p.farm.Batches(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		if b.State != "cancelled" {
			t.Errorf("a batch of what was refused is %s", b.State)
		}
	}
	if left := names(t, p.site.Dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// Of an archive that does not come to its end nothing stays, nor of a site that was killed.
func TestSubmitCutOff(t *testing.T) {
	left := filepath.Join(t.TempDir(), "uploads")
	if err := os.MkdirAll(filepath.Join(left, "upload-1", "p"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := newPlace(t, func(o *Options) { o.Dir = left })
	if list := names(t, left); len(list) > 0 {
		t.Errorf("%v is left of the site before", list)
	}
	c, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(p.site.URL(), "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	text := tarOf(t, contest(3, 3)).Bytes()
	fmt.Fprintf(c, "POST /batches HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(text), text[:2000])
	until(t, "it has begun", func() bool { return len(names(t, left)) == 1 })
	c.Close()
	until(t, "nothing is left", func() bool { return len(names(t, left)) == 0 })
	if list, err := p.farm.Batches(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("there are %v, %v", list, err)
	}
	p.send(contest(1, 1)) // there is room again
}

// Who goes while the queue is full leaves nothing in it.
func TestSubmitGone(t *testing.T) {
	p := newPlace(t, nil, 2)
	c, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(p.site.URL(), "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	text := append(tarOf(t, contest(1, 5)).Bytes(), make([]byte, 9000)...) // as tar pads it
	fmt.Fprintf(c, "POST /batches HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	state := func() (state string, queued int) {
		var page BatchPage
		if err := json.Unmarshal([]byte(p.ask("GET", "/batches", nil).body), &page); err != nil {
			t.Fatal(err)
		}
		for _, b := range page.Batches {
			state, queued = string(b.State), b.Queued
		}
		return state, queued
	}
	until(t, "the queue is full", func() bool { s, n := state(); return s == "sending" && n == 2 })
	c.Close()
	until(t, "it is cancelled", func() bool { s, n := state(); return s == "cancelled" && n == 0 })
	until(t, "nothing is left", func() bool { return len(names(t, p.site.Dir)) == 0 })
}

// Other requests have answers that fit, too.
func TestOdd(t *testing.T) {
	p := newPlace(t, nil)
	d := p.document()
	for _, c := range []struct {
		method, path, what string
		status             int
	}{
		{"GET", "/batches/x", "/batches/{id}", 404},
		{"GET", "/batches/..%2f..%2fetc", "/batches/{id}", 404},
		{"GET", "/batches/me.20200101-000000-aaaaaaaaaaaa", "/batches/{id}", 404},
		{"GET", "/batches/nobody.20200101-000000-aaaaaaaaaaaa", "/batches/{id}", 404},
		{"GET", "/batches/nobody.20200101-000000-aaaaaaaaaaaa/events", "/batches/{id}/events", 404},
		{"DELETE", "/batches/nobody.20200101-000000-aaaaaaaaaaaa", "/batches/{id}", 404},
		{"GET", "/batches?limit=0", "/batches", 422},
		{"GET", "/batches?limit=9999999999999999999999", "/batches", 422},
		{"GET", "/batches/x/submissions/-1", "/batches/{id}/submissions/{n}", 422},
	} {
		a := p.ask(c.method, c.path, nil)
		if d.check(a, c.method, c.what); a.StatusCode != c.status {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.StatusCode, a.body)
		}
	}
	for _, path := range []string{"/x", "/assets/", "/assets/index.html", "/docs", "/schemas/Batch.json", "/assets/..%2fapi.go"} {
		if a := p.ask("GET", path, nil); a.StatusCode != 404 {
			t.Errorf("%s: %d %.200s", path, a.StatusCode, a.body)
		}
	}
	if a := p.ask("PUT", "/batches", bytes.NewReader(nil)); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", a.StatusCode)
	}
}
