package supervise

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A Sink takes one of the program's output streams: it counts, cuts at the
// limit, and hands on. Neither a full nor a closed destination ever blocks the
// loop: what cannot be handed on now stays in the program's pipe.
type Sink struct {
	Pipe     int   // what the program writes to; never blocks
	Dest     int   // where it goes; -1 for nowhere
	Direct   bool  // Dest never blocks for long: a file
	Limit    int64 // in bytes, 0 for none
	Keep     bool  // in Kept, too
	Owned    bool  // Dest is closed at the end of the stream; what nobody reads is thrown away
	Observe  func([]byte)
	Kept     []byte
	Bytes    int64 // that the program wrote, as far as they were read
	Passed   int64 // that were handed on or kept
	Overflow bool

	Last    byte // of those
	buf     []byte
	pending []byte // read, and not yet handed on
	taken   int64  // of Bytes, those within the limit
	ended   bool   // there is no more to read
	done    bool   // nor to hand on
}

// Sizes of a read, and of a write that a pipe takes whole when poll(2) says
// that there is room (pipe(7), PIPE_BUF).
const (
	readSize = 16 << 10
	pipeBuf  = 4096
)

// turn handles readiness of either end.
func (s *Sink) turn(l *loop) {
	for more := true; more; {
		before := s.Passed
		s.flush(l)
		if s.Passed > before {
			l.extend()
		}
		// While the run lasts, a read for each event: the others must have their turn. Afterwards, all.
		more = len(s.pending) == 0 && s.read(l) && l.gone
	}
	switch {
	case len(s.pending) > 0: // wait for Dest, and read no more
		l.unwatch(s.Pipe)
		l.watch(s.Dest, unix.EPOLLOUT)
	case s.ended || l.gone:
		s.abandon(l)
	default:
		l.unwatchDest(s)
		l.watch(s.Pipe, unix.EPOLLIN)
	}
}

// abandon is the end of the stream: nothing is read or handed on any more.
func (s *Sink) abandon(l *loop) {
	l.unwatch(s.Pipe)
	l.unwatchDest(s)
	if s.Observe != nil && !s.done {
		s.Observe(nil)
	}
	s.pending, s.done = nil, true
	s.Release()
}

// Release closes a destination that is the sink's own: its reader sees the end.
func (s *Sink) Release() {
	if s.Owned && s.Dest >= 0 {
		unix.Close(s.Dest)
		s.Dest = -1
	}
}

func (l *loop) unwatchDest(s *Sink) {
	if s.Dest >= 0 && !s.Direct {
		l.unwatch(s.Dest)
	}
}

// read takes what is in the pipe, and says whether there was something. One
// byte past the limit ends the run.
func (s *Sink) read(l *loop) bool {
	if s.ended {
		return false
	}
	if s.buf == nil {
		s.buf = make([]byte, readSize)
	}
	n, err := unix.Read(s.Pipe, s.buf)
	if err == unix.EAGAIN || err == unix.EINTR {
		return err == unix.EINTR
	}
	if err != nil || n == 0 {
		s.ended = true
		return false
	}
	s.Bytes += int64(n)
	data := s.buf[:n]
	if s.Limit > 0 && s.Bytes > s.Limit {
		data = data[:max(s.Limit-s.taken, 0)]
		s.Overflow, s.ended = true, true
		l.stop(Output)
	}
	s.taken += int64(len(data))
	if s.Keep {
		s.keep(data)
	}
	if s.Observe != nil {
		s.Observe(data)
	}
	s.give(l, data)
	return true
}

// How Kept grows: by doubling at first, then at once to the limit, of which only
// what is written to becomes memory. append(), which grows long slices by a
// quarter, would leave several times as much behind.
const (
	keptSmall = 1 << 20
	keptJump  = 256 << 20 // no further: addresses may be counted, too (vm.overcommit_memory)
)

// keep appends to Kept.
func (s *Sink) keep(data []byte) {
	if need := len(s.Kept) + len(data); need > cap(s.Kept) {
		size := max(2*cap(s.Kept), need)
		if s.Limit > 0 && (need > keptSmall && s.Limit <= keptJump || int64(size) > s.Limit) {
			size = max(int(s.Limit), need)
		}
		grown := make([]byte, len(s.Kept), size)
		copy(grown, s.Kept)
		s.Kept = grown
	}
	s.Kept = append(s.Kept, data...)
}

// give hands on, or keeps for later what would block.
func (s *Sink) give(l *loop, data []byte) {
	if s.Dest < 0 {
		s.Passed += int64(len(data))
		return
	}
	s.pending = data // of buf, into which nothing is read as long as something is pending
	s.flush(l)
}

func (s *Sink) flush(l *loop) {
	for len(s.pending) > 0 {
		piece := s.pending
		if !s.Direct {
			if !ready(s.Dest, unix.POLLOUT) {
				return
			}
			piece = piece[:min(len(piece), pipeBuf)]
		}
		n, err := unix.Write(s.Dest, piece)
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			return
		case err == unix.EPIPE && s.Owned:
			s.Passed += int64(len(s.pending))
			s.pending = nil
			l.unwatchDest(s)
			s.Release()
			return
		case err == unix.EPIPE: // nobody reads any more: let the program feel it, as it would without us
			s.pending, s.ended = nil, true
			unix.Close(s.Pipe)
			s.Pipe = -1
			return
		case err != nil: // the disk is full
			s.pending, s.ended = nil, true
			l.fail(fmt.Errorf("hand on the program's output to descriptor %d: %w", s.Dest, err))
			return
		}
		s.Passed += int64(n)
		s.Last = s.pending[n-1]
		s.pending = s.pending[n:]
	}
	s.pending = nil
}

func ready(fd int, events int16) bool {
	p := []unix.PollFd{{Fd: int32(fd), Events: events}}
	n, err := unix.Poll(p, 0)
	return err == nil && n > 0
}

// A Feed hands judge's standard input on to the program's pipe.
type Feed struct {
	Source int
	Pipe   int  // never blocks; closed at the end of the input
	Owned  bool // Source is closed when the program reads no more
	TTY    bool // Pipe is a terminal: the end of the input is a character
	buf    []byte
	always bool // Source cannot be polled: a file or a device, and always ready
	ended  bool
}

func (f *Feed) begin(l *loop) {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(f.Source)}
	switch err := unix.EpollCtl(l.poll, unix.EPOLL_CTL_ADD, f.Source, &ev); err {
	case nil:
	case unix.EPERM:
		f.always = true
		l.watch(f.Pipe, unix.EPOLLOUT)
	default:
		l.fail(err)
	}
}

// turn moves a buffer from one end to the other, whichever is ready.
func (f *Feed) turn(l *loop, fd int) {
	if fd == f.Source || f.always && len(f.buf) == 0 {
		f.read(l)
	}
	f.write(l)
	switch {
	case f.Pipe < 0:
		l.unwatch(f.Source)
		f.Release()
	case len(f.buf) > 0 || f.always:
		if !f.always {
			l.unwatch(f.Source)
		}
		l.watch(f.Pipe, unix.EPOLLOUT)
	case f.ended:
		l.unwatch(f.Source)
		f.end()
		f.Release()
	default:
		l.unwatch(f.Pipe)
		l.watch(f.Source, unix.EPOLLIN)
	}
}

func (f *Feed) read(l *loop) {
	buf := make([]byte, readSize)
	n, err := unix.Read(f.Source, buf)
	if err == unix.EINTR || err == unix.EAGAIN {
		return
	}
	if err != nil || n == 0 {
		f.ended = true
		if len(f.buf) == 0 {
			f.end()
		}
		return
	}
	f.buf = buf[:n]
}

func (f *Feed) write(l *loop) {
	for len(f.buf) > 0 && f.Pipe >= 0 {
		n, err := unix.Write(f.Pipe, f.buf)
		if err == unix.EAGAIN || err == unix.EINTR {
			return
		}
		if err != nil { // the program reads no more
			f.buf = nil
			f.end()
			return
		}
		f.buf = f.buf[n:]
	}
}

// end closes the pipe: the program sees the end of its input.
func (f *Feed) end() {
	if f.Pipe >= 0 {
		if f.TTY {
			unix.Write(f.Pipe, []byte{endOfFile}) // it may be gone
		}
		unix.Close(f.Pipe)
		f.Pipe = -1
	}
}

// Release closes a source that is the feed's own: its writer sees that nobody reads.
func (f *Feed) Release() {
	if f.Owned && f.Source >= 0 {
		unix.Close(f.Source)
		f.Source = -1
	}
}
