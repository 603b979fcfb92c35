package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// contentPolicy is the content security policy of all that is answered: the page's own files, and nothing else.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// open are the paths that anybody may ask for: they say nothing of anybody.
func open(path string) bool {
	return path == "/" || path == "/health" || path == "/openapi.json" || strings.HasPrefix(path, "/assets/")
}

// guard stands before all that is answered.
func (s *Site) guard(loopback bool, next http.Handler) http.Handler {
	crossing := http.NewCrossOriginProtection()
	crossing.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "the request comes from another site", "open the page of judge serve itself")
	}))
	checked := crossing.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.tellPanic(r)
		sw := &steady{ResponseWriter: w, control: http.NewResponseController(w)}
		_ = sw.allow() // a refusal, and "100 Continue", need it, too; a write will say what is wrong
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.tokens == nil && loopback && !localHost(r.Host) {
			refuse(w, http.StatusMisdirectedRequest, "without --tokens this machine is asked by its own name alone", "use 127.0.0.1 or localhost")
			return
		}
		p, ok := s.who(r)
		if !ok && !open(r.URL.Path) {
			h.Set("WWW-Authenticate", `Bearer realm="judge"`)
			refuse(w, http.StatusUnauthorized, "there is no such token", "send one of those that --tokens names: Authorization: Bearer TOKEN")
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			_ = sw.control.SetReadDeadline(time.Now().Add(stallTime)) // of what nobody reads, too: net/http goes through the rest
			r.Body = &paced{ReadCloser: http.MaxBytesReader(w, r.Body, s.MaxUpload), control: sw.control, begun: time.Now()}
		}
		checked.ServeHTTP(sw, r.WithContext(context.WithValue(r.Context(), personKey{}, p)))
	})
}

// tellPanic says that a request met a fault of judge's. What net/http would say goes nowhere, see discard.
func (s *Site) tellPanic(r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v != http.ErrAbortHandler {
		s.warn("a fault of judge's: %s %q ended in a panic: %v: %s", r.Method, clip(r.URL.Path), v, strings.ReplaceAll(string(debug.Stack()), "\n", "; "))
	}
	panic(http.ErrAbortHandler) // net/http ends the connection
}

type personKey struct{}

// asking is who asks.
func asking(ctx context.Context) person {
	p, _ := ctx.Value(personKey{}).(person) // the zero one sees nothing, and may do nothing
	return p
}

// who says whose request it is. Without tokens everybody is one.
func (s *Site) who(r *http.Request) (person, bool) {
	if s.tokens == nil {
		return person{User: s.User, Role: Admin}, true
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return person{}, false
	}
	return s.tokens.find(strings.TrimSpace(secret))
}

// localHost says whether a Host names this machine in a way that no other's name server can.
func localHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// A fault is an error as it is answered: RFC 9457, with judge's hint.
type fault struct {
	huma.ErrorModel
	Hint string `json:"hint,omitempty" doc:"What can be done about it"`
}

func newFault(status int, detail, hint string) *fault {
	return &fault{huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail}, hint}
}

// refuse answers with a fault.
func refuse(w http.ResponseWriter, status int, detail, hint string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(newFault(status, detail, hint)) // who asked may have gone
}

// steady is an answer whose reader must take something every now and then.
type steady struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *steady) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// allow gives the reader time for the next part. Each one needs it: a connection keeps the deadline of its last request.
func (w *steady) allow() error {
	err := w.control.SetWriteDeadline(time.Now().Add(stallTime))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

func (w *steady) WriteHeader(status int) {
	_ = w.allow() // Write will say it
	w.ResponseWriter.WriteHeader(status)
}

func (w *steady) Write(p []byte) (int, error) {
	if err := w.allow(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(p)
}

func (w *steady) FlushError() error {
	if err := w.allow(); err != nil {
		return err
	}
	return w.control.Flush()
}

// paced is what is sent, which must come at some speed.
type paced struct {
	io.ReadCloser
	control *http.ResponseController
	begun   time.Time
	bytes   int64
}

func (b *paced) Read(p []byte) (int, error) {
	end := b.begun.Add(time.Minute + time.Duration(b.bytes/slowest)*time.Second)
	if next := time.Now().Add(stallTime); next.Before(end) {
		end = next
	}
	if err := b.control.SetReadDeadline(end); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.bytes += int64(n)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		_ = b.control.SetReadDeadline(time.Time{}) // what is done with it may take longer; the next request has its own
	}
	return n, err
}

// A crowd bounds how many do something at once, in all and of one user.
type crowd struct {
	most, own int

	mu  sync.Mutex
	all int
	of  map[string]int
}

func newCrowd(most, own int) *crowd { return &crowd{most: most, own: own, of: map[string]int{}} }

// enter counts one of a user, if there is room; the function lets go.
func (c *crowd) enter(user string) (func(), bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= c.most || c.of[user] >= c.own {
		return nil, false
	}
	c.all++
	c.of[user]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.all--
		if c.of[user]--; c.of[user] == 0 {
			delete(c.of, user)
		}
	}, true
}

func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all
}
