package supervise

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
	"judge/sandbox/internal/spawn"
)

// testLoop is a loop whose run is a process that has ended already: what kills
// it finds nobody.
func testLoop(t *testing.T, leaf *fakeLeaf, limits policy.Limits) *loop {
	t.Helper()
	cmd := exec.Command("/bin/true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pidfd, err := unix.PidfdOpen(cmd.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Close(poll)
		unix.Close(pidfd)
	})
	start := time.Now()
	return &loop{
		Run:  &Run{Child: &spawn.Child{PIDFD: pidfd, Ctl: -1}, Leaf: leaf, Limits: limits, Cores: 2, Grace: time.Second, Wake: -1},
		ev:   &Evidence{Limits: limits, Started: &spawn.Message{Kind: spawn.Started}},
		poll: poll, timer: -1, tmpfs: -1, program: -1, listener: -1, started: start,
	}
}

// pipe gives both ends. They are closed when the test ends, if they still are
// what they were.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

// own is a descriptor of the file's that somebody else closes.
func own(t *testing.T, f *os.File) int {
	t.Helper()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	return fd
}

// sink puts a stream into a loop, beside one that has ended. What the program
// writes goes into the file that it returns.
func sink(t *testing.T, l *loop, s *Sink) *os.File {
	t.Helper()
	r, w := pipe(t)
	s.Pipe = own(t, r)
	r.Close()
	s.Limit = int64(l.Limits.Output)
	if s.Dest >= 0 {
		var st unix.Stat_t
		if err := unix.Fstat(s.Dest, &st); err != nil {
			t.Fatal(err)
		}
		s.Direct = st.Mode&unix.S_IFMT == unix.S_IFREG
	}
	l.Out = [2]*Sink{s, {Pipe: -1, Dest: -1, ended: true, done: true}}
	l.watch(s.Pipe, unix.EPOLLIN)
	t.Cleanup(func() {
		if s.Pipe >= 0 {
			unix.Close(s.Pipe)
		}
	})
	return w
}

// pump handles what is ready until nothing more comes for a while. It never
// waits for longer, whatever the other ends do.
func pump(t *testing.T, l *loop) {
	t.Helper()
	quiet := 50                      // ms
	if os.Getenv("JUDGE_VM") != "" { // an emulated processor takes long to come to the other end (testcases/vm)
		quiet = 1000
	}
	for range 100_000 {
		var events [8]unix.EpollEvent
		n, err := unix.EpollWait(l.poll, events[:], quiet)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		for _, ev := range events[:n] {
			l.stream(int(ev.Fd))
		}
	}
	t.Fatal("the loop turns and turns")
}

// pumpUntil pumps until the condition holds: on a busy host the other end may
// come to its part later than pump waits.
func pumpUntil(t *testing.T, l *loop, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); pump(t, l) {
		if time.Now().After(deadline) {
			t.Fatalf("not so after a minute: %s", what)
		}
	}
}

// pumpFor pumps until the other end says that it is done.
func pumpFor[T any](t *testing.T, l *loop, done <-chan T) (v T) {
	t.Helper()
	pumpUntil(t, l, "the other end is done", func() bool {
		select {
		case v = <-done:
			return true
		default:
			return false
		}
	})
	return v
}

// end is what the loop does when all processes are gone.
func end(l *loop) {
	l.gone = true
	for _, s := range l.Out {
		s.turn(l)
	}
	l.extend()
}

func random(n int) []byte {
	data := make([]byte, n)
	rand.Read(data) // never fails
	return data
}

func TestSinkLimit(t *testing.T) {
	const limit = 100_000
	tests := []struct {
		name     string
		bytes    int
		passed   int
		overflow bool
	}{
		{"nothing", 0, 0, false},
		{"one byte", 1, 1, false},
		{"one less than the limit", limit - 1, limit - 1, false},
		{"exactly the limit", limit, limit, false},
		{"one more than the limit", limit + 1, limit, true},
		{"much more", 10 * limit, limit, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := testLoop(t, &fakeLeaf{}, policy.Limits{Output: limit})
			out, err := os.Create(filepath.Join(t.TempDir(), "out"))
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			s := &Sink{Dest: int(out.Fd()), Keep: true}
			w := sink(t, l, s)
			data := random(tt.bytes) // any bytes: NUL, newline, what is no UTF-8
			go func() {
				w.Write(data) // the last of it may find nobody who reads
				w.Close()
			}()
			pumpUntil(t, l, "all is read, or too much", func() bool { return s.Overflow || s.Bytes == int64(tt.bytes) })
			end(l)
			got, err := os.ReadFile(out.Name())
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, data[:tt.passed]) || !bytes.Equal(s.Kept, got) || s.Passed != int64(tt.passed) {
				t.Errorf("%d bytes arrived, %d were kept, %d counted; want the first %d", len(got), len(s.Kept), s.Passed, tt.passed)
			}
			if s.Overflow != tt.overflow || (l.ev.Stopped == Output) != tt.overflow {
				t.Errorf("overflow %t, stopped for %q", s.Overflow, l.ev.Stopped)
			}
			if tt.passed > 0 && s.Last != data[tt.passed-1] {
				t.Errorf("last byte %#x, want %#x", s.Last, data[tt.passed-1])
			}
			if l.err != nil {
				t.Error(l.err)
			}
		})
	}
}

// A reader that does not read stops the program, by its pipe, and nothing else;
// and no byte is lost.
func TestSinkSlowReader(t *testing.T) {
	l := testLoop(t, &fakeLeaf{}, policy.Limits{})
	r, dest := pipe(t)
	s := &Sink{Dest: own(t, dest)}
	dest.Close()
	w := sink(t, l, s)
	data := random(1 << 20)
	written := make(chan error, 1)
	go func() {
		_, err := w.Write(data)
		w.Close()
		written <- err
	}()
	pump(t, l)
	select {
	case err := <-written:
		t.Fatalf("a megabyte was taken of a program whose reader takes nothing: %v", err)
	default:
	}
	if s.Bytes > 64<<10+2*readSize {
		t.Errorf("%d bytes are held", s.Bytes)
	}
	var got bytes.Buffer
	read := make(chan error, 1)
	go func() {
		_, err := got.ReadFrom(r)
		read <- err
	}()
	lost := pumpFor(t, l, written)
	end(l)
	pumpUntil(t, l, "all is handed on", l.flushed)
	unix.Close(s.Dest)
	if err := errors.Join(lost, <-read, l.err); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(got.Bytes(), data) {
		t.Errorf("%d bytes arrived, want all %d", got.Len(), len(data))
	}
}

// What the program left in its pipe is handed on when it has ended, however
// slow the reader is. After a kill it is waited for no longer than the grace.
func TestSinkLeftover(t *testing.T) {
	for _, killed := range []bool{false, true} {
		l := testLoop(t, &fakeLeaf{}, policy.Limits{})
		r, dest := pipe(t)
		s := &Sink{Dest: own(t, dest)}
		defer unix.Close(s.Dest)
		w := sink(t, l, s)
		go func() {
			w.Write(random(1 << 20)) // ends with an error when nobody is left who reads
			w.Close()
		}()
		pump(t, l)
		if killed {
			l.stop(WallTime)
		}
		end(l)
		if l.flushed() {
			t.Error("the rest was thrown away at once")
		}
		if bounded := !l.flushEnd.IsZero(); bounded != killed {
			t.Errorf("killed: %t, the wait for the reader is bounded: %t", killed, bounded)
		}
		l.look(time.Now().Add(2 * l.Grace))
		if l.flushed() != killed {
			t.Errorf("killed: %t, given up after the grace: %t", killed, l.flushed())
		}
		if s.Overflow != killed {
			t.Errorf("killed: %t, output is called truncated: %t", killed, s.Overflow)
		}
		r.Close()
		unix.Close(s.Pipe)
		s.Pipe = -1
	}
}

// The program feels that its reader has gone, as it would without judge.
func TestSinkReaderGone(t *testing.T) {
	l := testLoop(t, &fakeLeaf{}, policy.Limits{})
	r, dest := pipe(t)
	s := &Sink{Dest: own(t, dest)}
	defer unix.Close(s.Dest)
	r.Close()
	w := sink(t, l, s)
	if _, err := w.Write([]byte("to nobody")); err != nil {
		t.Fatal(err)
	}
	pump(t, l)
	if _, err := w.Write([]byte("again")); !errors.Is(err, unix.EPIPE) {
		t.Errorf("the program's next write: %v, want EPIPE", err)
	}
	if l.err != nil || l.ev.Stopped != "" || s.Passed != 0 {
		t.Errorf("error %v, stopped for %q, %d bytes passed", l.err, l.ev.Stopped, s.Passed)
	}
	end(l)
	if !l.flushed() {
		t.Error("the stream has not ended")
	}
}

// Output that cannot be written is judge's failure, not silence.
func TestSinkDiskFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("feature missing: /dev/full")
	}
	defer full.Close()
	l := testLoop(t, &fakeLeaf{}, policy.Limits{})
	s := &Sink{Dest: int(full.Fd())}
	w := sink(t, l, s)
	if _, err := w.Write([]byte("too much")); err != nil {
		t.Fatal(err)
	}
	pump(t, l)
	if !errors.Is(l.err, unix.ENOSPC) || s.Passed != 0 {
		t.Errorf("error %v, %d bytes passed; want ENOSPC, and none", l.err, s.Passed)
	}
}

func TestSinkToNowhere(t *testing.T) {
	l := testLoop(t, &fakeLeaf{}, policy.Limits{})
	s := &Sink{Dest: -1}
	w := sink(t, l, s)
	go func() {
		w.Write(make([]byte, 300_000))
		w.Close()
	}()
	pumpUntil(t, l, "all is read", func() bool { return s.Bytes == 300_000 })
	end(l)
	if s.Passed != 300_000 || s.Kept != nil || !l.flushed() {
		t.Errorf("%d bytes counted, %d kept", s.Passed, len(s.Kept))
	}
}

// feed puts an input into a loop. The program reads from the file that it returns.
func feed(t *testing.T, l *loop, source *os.File) *os.File {
	t.Helper()
	r, w := pipe(t)
	l.Out = [2]*Sink{{Pipe: -1, Dest: -1}, {Pipe: -1, Dest: -1}}
	l.In = &Feed{Source: int(source.Fd()), Pipe: own(t, w)}
	w.Close()
	t.Cleanup(l.In.end)
	l.In.begin(l)
	if l.err != nil {
		t.Fatal(l.err)
	}
	return r
}

func TestFeed(t *testing.T) {
	data := random(500_000)
	file := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	sources := map[string]func(t *testing.T) *os.File{
		"a file": func(t *testing.T) *os.File {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			return f
		},
		"a pipe": func(t *testing.T) *os.File {
			r, w := pipe(t)
			go func() {
				w.Write(data)
				w.Close()
			}()
			return r
		},
	}
	for name, open := range sources {
		t.Run(name, func(t *testing.T) {
			l := testLoop(t, &fakeLeaf{}, policy.Limits{})
			r := feed(t, l, open(t))
			var got bytes.Buffer
			read := make(chan error, 1)
			go func() {
				_, err := got.ReadFrom(r)
				read <- err
			}()
			if err := errors.Join(pumpFor(t, l, read), l.err); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), data) {
				t.Errorf("%d bytes arrived, want all %d", got.Len(), len(data))
			}
			if l.In.Pipe >= 0 {
				t.Error("the program's input has no end")
			}
		})
		t.Run(name+" that is not read", func(t *testing.T) {
			l := testLoop(t, &fakeLeaf{}, policy.Limits{})
			r := feed(t, l, open(t))
			pump(t, l) // comes back: a full pipe blocks nothing
			r.Close()
			pump(t, l) // nor does one that nobody reads turn the loop for ever
			if l.err != nil || l.In.Pipe >= 0 {
				t.Errorf("error %v, the pipe is open: %t", l.err, l.In.Pipe >= 0)
			}
		})
	}
}

func TestFeedOfADevice(t *testing.T) {
	for name, want := range map[string]int{"/dev/null": 0, "/dev/zero": 100_000} {
		l := testLoop(t, &fakeLeaf{}, policy.Limits{})
		source, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		r := feed(t, l, source)
		got := make(chan int, 1)
		go func() {
			buf := make([]byte, 100_000)
			n := 0
			for n < len(buf) {
				m, err := r.Read(buf[n:])
				if err != nil {
					break
				}
				n += m
			}
			r.Close()
			got <- n
		}()
		if n := pumpFor(t, l, got); n != want || l.err != nil {
			t.Errorf("%s: %d bytes, %v; want %d", name, n, l.err, want)
		}
	}
}
