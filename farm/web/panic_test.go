package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A fault of judge's own is told to who runs the server, and ends that request alone.
func TestPanic(t *testing.T) {
	told := make(chan string, 10)
	s := &Site{Options: Options{Warn: func(text string) { told <- text }}}
	web := httptest.NewServer(s.guard(true, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("out of order")
	})))
	defer web.Close()
	for _, path := range []string{"/abort", "/panic"} {
		if resp, err := http.Get(web.URL + path); err == nil {
			resp.Body.Close()
			t.Errorf("%s is answered: %s", path, resp.Status)
		}
	}
	if text := <-told; !strings.Contains(text, `GET "/panic" ended in a panic: out of order`) || !strings.Contains(text, "panic_test.go") || len(told) > 0 {
		t.Errorf("it says %s, and %d more", text, len(told))
	}
}
