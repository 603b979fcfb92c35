package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A browser is Chromium without a screen, which does what messages of the DevTools protocol say, over a pipe
// (--remote-debugging-pipe: JSON that ends in a null byte, descriptor 3 in and 4 out).
type browser struct {
	t       *testing.T
	in      *os.File
	session string

	mu       sync.Mutex
	n        int
	waiting  map[int]chan message
	requests []string // URLs
	troubles []string // what the console and scripts complained of
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// newBrowser starts one that shows nothing yet.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("feature missing: chromium")
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "browser-")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--remote-debugging-pipe", "--user-data-dir="+dir, "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &browser{t: t, in: in, waiting: map[int]chan message{}}
	var reading sync.WaitGroup
	reading.Go(func() { b.read(out) })
	t.Cleanup(func() {
		in.Close()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended
		_ = cmd.Wait()                                      // by that signal
		out.Close()
		reading.Wait()
		until(t, "the browser's folder is removed", func() bool { return os.RemoveAll(dir) == nil })
	})
	var target struct{ TargetID string }
	b.do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	b.do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	b.session = session.SessionID
	for _, what := range []string{"Page.enable", "Runtime.enable", "Network.enable", "Log.enable"} {
		b.do(what, nil, nil)
	}
	return b
}

func (b *browser) read(out *os.File) {
	for r := bufio.NewReader(out); ; {
		text, err := r.ReadBytes(0)
		if err != nil {
			b.mu.Lock()
			defer b.mu.Unlock()
			for _, c := range b.waiting {
				close(c)
			}
			b.waiting = nil
			return
		}
		var m message
		if json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m) == nil {
			b.take(m)
		}
	}
}

func (b *browser) take(m message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch m.Method {
	case "":
		if c := b.waiting[m.ID]; c != nil {
			delete(b.waiting, m.ID)
			c <- m
		}
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		if json.Unmarshal(m.Params, &p) == nil {
			b.requests = append(b.requests, p.Request.URL)
		}
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled":
		b.troubles = append(b.troubles, string(m.Params))
	case "Log.entryAdded":
		b.troubles = append(b.troubles, string(m.Params))
	}
}

// do sends a command, and waits for its answer.
func (b *browser) do(method string, params any, out any) {
	b.t.Helper()
	if err := b.try(method, params, out); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) try(method string, params any, out any) error {
	c := make(chan message, 1)
	b.mu.Lock()
	if b.waiting == nil {
		b.mu.Unlock()
		return errors.New("the browser has ended")
	}
	b.n++
	b.waiting[b.n] = c
	one := map[string]any{"id": b.n, "method": method}
	if params != nil {
		one["params"] = params
	}
	if b.session != "" {
		one["sessionId"] = b.session
	}
	text, err := json.Marshal(one)
	if err == nil {
		_, err = b.in.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case m, open := <-c:
		switch {
		case !open:
			return fmt.Errorf("%s: the browser has ended", method)
		case m.Error != nil:
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		case out != nil:
			return json.Unmarshal(m.Result, out)
		}
		return nil
	case <-time.After(60 * time.Second):
		return fmt.Errorf("%s: no answer", method)
	}
}

// eval is what an expression of the page's comes to, as JSON; promises are waited for.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.do("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &out)
	if out.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, out.ExceptionDetails)
	}
	return string(out.Result.Value)
}

// see waits until an expression is true.
func (b *browser) see(what, expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); b.eval("!!("+expression+")") != "true"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain: %s\n%s\n%v", what, b.eval("document.body.innerText"), b.troubles)
		}
	}
}

// key presses one.
func (b *browser) key(name string) {
	b.t.Helper()
	press := map[string]any{"type": "keyDown", "key": name}
	switch name {
	case "Enter":
		press["text"], press["windowsVirtualKeyCode"] = "\r", 13
	case "Tab":
		press["windowsVirtualKeyCode"] = 9
	default:
		press["text"] = name
	}
	b.do("Input.dispatchKeyEvent", press, nil)
	b.do("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name}, nil)
}

// quiet says whether nothing was complained of, and no other host asked. allowed are parts of what may be complained of.
func (b *browser) quiet(home string, allowed ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
complaints:
	for _, text := range b.troubles {
		for _, some := range allowed {
			if strings.Contains(text, some) {
				continue complaints
			}
		}
		b.t.Errorf("the browser complains: %s", text)
	}
	if len(b.requests) == 0 {
		b.t.Error("the page asked for nothing")
	}
	for _, url := range b.requests {
		if !strings.HasPrefix(url, home) && !strings.HasPrefix(url, "data:,") && url != "about:blank" {
			b.t.Errorf("the page asked %s", url)
		}
	}
}
