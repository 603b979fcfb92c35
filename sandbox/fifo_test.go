package sandbox

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fifoUnder makes a FIFO with a pipe, for Fill to read from or Drain to write to.
func fifoUnder(t *testing.T) (f *FIFO, path string, r, w *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "fifo")
	f, err := MakeFIFO(path)
	if err == nil {
		r, w, err = os.Pipe()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return f, path, r, w
}

// ended waits for what must not wait for ever.
func ended(t *testing.T, do func() error) <-chan struct{} {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := do(); err != nil {
			t.Error(err)
		}
	}()
	return done
}

func soon(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s goes on", what)
	}
}

// A program that never opened its FIFO keeps nobody waiting.
func TestFIFONeverOpened(t *testing.T) {
	f, _, r, w := fifoUnder(t)
	heard := "nothing"
	done := ended(t, func() error { return f.Drain(w, func(b []byte) { heard = string(b) }) })
	if err := f.Release(); err != nil {
		t.Fatal(err)
	}
	soon(t, "Drain", done)
	if b, err := io.ReadAll(r); len(b) > 0 || err != nil || heard != "" {
		t.Errorf("read %q, %v; observed %q", b, err, heard)
	}
	f, _, r, w = fifoUnder(t)
	done = ended(t, func() error { return f.Fill(r) })
	if err := f.Release(); err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("nobody reads this\n"))
	soon(t, "Fill", done)
	if _, err := w.Write([]byte("nor this\n")); err == nil {
		t.Error("who writes to the pipe is not told that its reader is gone")
	}
}

// What goes through arrives whole, and the end is passed on.
func TestFIFOHandsOn(t *testing.T) {
	in, inPath, inR, inW := fifoUnder(t)
	out, outPath, outR, outW := fifoUnder(t)
	filled := ended(t, func() error { return in.Fill(inR) })
	size := 0
	drained := ended(t, func() error { return out.Drain(outW, func(b []byte) { size += len(b) }) })
	program := ended(t, func() error { // a program that opens them in either order
		to, err := os.OpenFile(outPath, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer to.Close()
		from, err := os.Open(inPath)
		if err != nil {
			return err
		}
		defer from.Close()
		_, err = io.Copy(to, from)
		return err
	})
	const total = 1 << 20
	go func() {
		inW.Write(make([]byte, total))
		inW.Close()
	}()
	got, err := io.ReadAll(outR)
	if len(got) != total || err != nil {
		t.Errorf("%d bytes arrived of %d: %v", len(got), total, err)
	}
	soon(t, "Fill", filled)
	soon(t, "the program", program)
	soon(t, "Drain", drained)
	if size != total {
		t.Errorf("observed %d bytes", size)
	}
}

// A program is not killed, and does not wait, for writing what nobody reads.
func TestFIFOWithoutReader(t *testing.T) {
	f, path, r, w := fifoUnder(t)
	r.Close()
	done := ended(t, func() error { return f.Drain(w, func([]byte) {}) })
	to, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Write(make([]byte, 1<<20)); err != nil {
		t.Errorf("write what nobody reads: %v", err)
	}
	to.Close()
	soon(t, "Drain", done)
}

// Whoever of two is left alone with a FIFO is not left waiting, whichever way it
// goes and whenever it opens it.
func TestFIFOStandIn(t *testing.T) {
	for name, do := range map[string]func(path string) error{
		"who reads": func(path string) error {
			b, err := os.ReadFile(path)
			if len(b) > 0 {
				t.Errorf("read %q", b)
			}
			return err
		},
		"who writes": func(path string) error { return os.WriteFile(path, make([]byte, 1<<20), 0) },
	} {
		for _, late := range []time.Duration{0, 50 * time.Millisecond, -50 * time.Millisecond} {
			f, path, _, _ := fifoUnder(t)
			done := make(chan struct{})
			standing := ended(t, func() error { time.Sleep(-late); return f.StandIn(done) })
			time.Sleep(late)
			soon(t, name, ended(t, func() error { return do(path) }))
			close(done)
			soon(t, "StandIn", standing)
		}
	}
	// What was written before is still there for who had opened it.
	f, path, _, _ := fifoUnder(t)
	opened := make(chan *os.File)
	go func() {
		r, err := os.Open(path)
		if err != nil {
			t.Error(err)
		}
		opened <- r
	}()
	if err := os.WriteFile(path, []byte("the last word"), 0); err != nil {
		t.Fatal(err)
	}
	r := <-opened
	defer r.Close()
	if err := f.StandIn(nil); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); string(b) != "the last word" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
}
