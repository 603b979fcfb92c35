package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"judge/farm"
)

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// tokenFile is a file of a token for each USER ROLE; secrets are by user.
func tokenFile(t *testing.T, users ...string) (file string, secrets map[string]string) {
	t.Helper()
	secrets = map[string]string{}
	text := "# who may come in\n\n"
	for _, u := range users {
		name, role, _ := strings.Cut(u, " ")
		secret, line, err := NewToken(name, Role(role))
		if err != nil {
			t.Fatal(err)
		}
		secrets[name] = secret
		text += line + "\n"
	}
	file = filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, secrets
}

// Each sees, and does, what the role allows with what is the user's own; somebody else's batch is not there.
func TestTenants(t *testing.T) {
	file, secrets := tokenFile(t, "alice submit", "bob submit", "reader read", "boss admin")
	p := newPlace(t, func(o *Options) { o.Tokens, o.Closed = file, true })
	as := func(user string) []string { return []string{"Authorization", "Bearer " + secrets[user]} }
	if err := p.farm.Admit(t.Context(), farm.User{Name: "alice", Weight: 1}); err != nil {
		t.Fatal(err)
	}
	id := p.send(contest(1, 2), as("alice")...)
	for _, path := range []string{"", "/results", "/report", "/events", "/submissions/0"} {
		for _, user := range []string{"bob", "reader"} {
			if a := p.ask("GET", "/batches/"+id+path, nil, as(user)...); a.StatusCode != 404 || !strings.Contains(a.body, "there is no batch") {
				t.Errorf("%s asks for %s: %d %s", user, path, a.StatusCode, a.body)
			}
		}
	}
	for user, want := range map[string]int{"alice": 200, "boss": 200, "bob": 404, "reader": 404} {
		if a := p.ask("GET", "/batches/"+id, nil, as(user)...); a.StatusCode != want {
			t.Errorf("%s: %d", user, a.StatusCode)
		}
		if a := p.ask("GET", "/batches", nil, as(user)...); strings.Contains(a.body, id) != (want == 200) {
			t.Errorf("%s lists %s", user, a.body)
		}
	}
	for user, want := range map[string]int{"bob": 404, "reader": 403} {
		if a := p.ask("DELETE", "/batches/"+id, nil, as(user)...); a.StatusCode != want {
			t.Errorf("%s cancels: %d %s", user, a.StatusCode, a.body)
		}
	}
	if a := p.ask("POST", "/batches", tarOf(t, contest(1, 1)), as("reader")...); a.StatusCode != 403 {
		t.Errorf("reader sends: %d %s", a.StatusCode, a.body)
	}
	if a := p.ask("POST", "/batches", tarOf(t, contest(1, 1)), as("bob")...); a.StatusCode != 403 || !strings.Contains(a.body, "--users") {
		t.Errorf("bob, whom no worker serves, sends: %d %s", a.StatusCode, a.body)
	}
	if b := p.info(id, as("alice")...); b.State != "sent" || b.User != "alice" {
		t.Errorf("after all that it is %+v", b)
	}
	if a := p.ask("DELETE", "/batches/"+id, nil, as("boss")...); a.StatusCode != 200 {
		t.Errorf("boss cancels: %d %s", a.StatusCode, a.body)
	}
}

// Without a token of the file there is nothing but the page, and whether all is well.
func TestTokens(t *testing.T) {
	file, secrets := tokenFile(t, "alice admin")
	p := newPlace(t, func(o *Options) { o.Tokens = file })
	for _, header := range []string{"", "Bearer", "Bearer x", "Basic " + secrets["alice"], "Bearer " + secrets["alice"] + "x", "Bearer " + strings.ToUpper(secrets["alice"])} {
		for _, path := range []string{"/batches", "/workers", "/me", "/metrics", "/batches/x/events"} {
			if a := p.ask("GET", path, nil, "Authorization", header); a.StatusCode != 401 || a.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: %d %s", path, header, a.StatusCode, a.body)
			}
		}
		for _, path := range []string{"/", "/health", "/openapi.json", "/assets/app.js"} {
			if a := p.ask("GET", path, nil, "Authorization", header); a.StatusCode != 200 {
				t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
			}
		}
	}
	// Behind a proxy the Host is another: with a token that is nothing to fear.
	if a := p.ask("GET", "/me", nil, "Authorization", "Bearer "+secrets["alice"], "Host", "judge.example.org"); a.StatusCode != 200 {
		t.Errorf("by another name: %d %s", a.StatusCode, a.body)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), secrets["alice"]) {
		t.Errorf("the file has the secret itself, %v", err)
	}
}

// A page of another site has nothing of this one, though no tokens are asked for.
func TestOtherSites(t *testing.T) {
	p := newPlace(t, nil)
	for host, want := range map[string]int{"evil.example": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example:80": 421, "": 200, "localhost:1": 200, "[::1]:8080": 200, "LOCALHOST": 200} {
		if a := p.ask("GET", "/batches", nil, "Host", host); a.StatusCode != want {
			t.Errorf("Host %q: %d %s", host, a.StatusCode, a.body)
		}
	}
	for _, headers := range [][]string{{"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}} {
		if a := p.ask("POST", "/batches", tarOf(t, contest(1, 1)), headers...); a.StatusCode != 403 {
			t.Errorf("%v: %d %s", headers, a.StatusCode, a.body)
		}
		if a := p.ask("DELETE", "/batches/x", nil, headers...); a.StatusCode != 403 {
			t.Errorf("%v: %d %s", headers, a.StatusCode, a.body)
		}
	}
	a := p.ask("GET", "/batches", nil, "Origin", "http://evil.example")
	if a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		t.Errorf("another site may read it: %v", a.Header)
	}
	if csp := p.ask("GET", "/", nil).Header.Get("Content-Security-Policy"); csp != contentPolicy || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy is %q", csp)
	}
}

// Where others could get in, nothing is served.
func TestRefusesToStart(t *testing.T) {
	file, _ := tokenFile(t, "alice admin")
	write := func(text string, mode os.FileMode) string {
		name := filepath.Join(t.TempDir(), "tokens")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"open":                  {Listen: "0.0.0.0:0"},
		"all addresses":         {Listen: ":0"},
		"a name":                {Listen: "example.org:0"},
		"open without TLS":      {Listen: "0.0.0.0:0", Tokens: file},
		"open without tokens":   {Listen: "0.0.0.0:0", Cert: "c", Key: "k"},
		"users without tokens":  {Listen: "127.0.0.1:0", Closed: true},
		"no port":               {Listen: "127.0.0.1"},
		"a port that is none":   {Listen: "127.0.0.1:http"},
		"no such file":          {Listen: "127.0.0.1:0", Tokens: "/nowhere"},
		"others may write":      {Listen: "127.0.0.1:0", Tokens: write(string(good), 0o622)},
		"nobody":                {Listen: "127.0.0.1:0", Tokens: write("# nobody\n", 0o600)},
		"a secret, no digest":   {Listen: "127.0.0.1:0", Tokens: write("judge_secret alice admin\n", 0o600)},
		"a role that is none":   {Listen: "127.0.0.1:0", Tokens: write(strings.Replace(string(good), " admin", " root", 1), 0o600)},
		"a user that is none":   {Listen: "127.0.0.1:0", Tokens: write(strings.Replace(string(good), " alice", " a.b", 1), 0o600)},
		"a certificate, no key": {Listen: "127.0.0.1:0", Cert: "/nowhere"},
	} {
		o.Dir = filepath.Join(t.TempDir(), "uploads")
		s, err := Start(o)
		var refused *farm.Refusal
		if !errors.As(err, &refused) || refused.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "judge_secret") {
			t.Errorf("%s: it tells the secret: %v", name, err)
		}
		if s != nil {
			_ = s.Close()
		}
	}
}

// Who says nothing, or something endless, is cut off; a body that does not come ends in an answer.
func TestSlow(t *testing.T) {
	p := newPlace(t, nil)
	address := strings.Trim(strings.TrimPrefix(p.site.URL(), "http://"), "/")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /me HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n", strings.Repeat("x", 2*headerBytes))
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Body.Close(); r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", r.StatusCode)
	}
	if s := p.site.http; s.ReadHeaderTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("there are no bounds: %+v", s)
	}
	b := &paced{begun: time.Now().Add(-time.Hour), bytes: 1 << 20, control: http.NewResponseController(&deadlines{}), ReadCloser: http.NoBody}
	d := &deadlines{}
	b.control = http.NewResponseController(d)
	if _, err := b.Read(nil); err == nil || len(d.read) == 0 || d.read[0].After(time.Now()) {
		t.Errorf("a megabyte in an hour has time until %v", d.read)
	}
}

// What was once allowed for an answer is over when the next request comes on its connection: that one has its own time, and
// so has a refusal.
func TestLaterRequest(t *testing.T) {
	file, secrets := tokenFile(t, "alice admin")
	list, err := readTokens(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{Options: Options{MaxUpload: 1 << 20}, tokens: list}
	web := httptest.NewUnstartedServer(s.guard(true, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })))
	conns := make(chan net.Conn, 1)
	web.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		conns <- c
		return ctx
	}
	web.Start()
	defer web.Close()
	c, err := net.Dial("tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	served, in := <-conns, bufio.NewReader(c)
	for _, q := range []struct {
		headers, body string
		want          int
	}{{"", "", 401}, {"Authorization: Bearer " + secrets["alice"] + "\r\nExpect: 100-continue\r\nContent-Length: 2\r\n", "hi", 200}} {
		if err := served.SetWriteDeadline(time.Now().Add(-time.Hour)); err != nil { // as an answer a minute ago left it
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET /batches HTTP/1.1\r\nHost: localhost\r\n%s\r\n", q.headers)
		var text []byte
		r, err := http.ReadResponse(in, nil)
		if err == nil && r.StatusCode == http.StatusContinue {
			fmt.Fprint(c, q.body)
			r, err = http.ReadResponse(in, nil)
		}
		if err == nil {
			text, err = io.ReadAll(r.Body)
		}
		if err != nil || r.StatusCode != q.want || q.body != "" && string(text) != q.body {
			t.Fatalf("%q: %v, %s, %v", q.headers, r, text, err)
		}
	}
}

// deadlines notes those that are set.
type deadlines struct {
	http.ResponseWriter
	read, write []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.write = append(d.write, t)
	return nil
}

func (d *deadlines) Write(p []byte) (int, error) { return len(p), nil }

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.read = append(d.read, t)
	return nil
}
