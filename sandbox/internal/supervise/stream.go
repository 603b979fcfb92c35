package supervise

import (
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
	Kept     []byte
	Bytes    int64 // that the program wrote, as far as they were read
	Passed   int64 // that were handed on or kept
	Overflow bool

	Broken  error // why Dest takes no more
	buf     []byte
	pending []byte
	done    bool
}

// Sizes of a read, and of a write that a pipe takes whole when poll(2) says
// that there is room (pipe(7), PIPE_BUF).
const (
	readSize = 16 << 10
	pipeBuf  = 4096
)

// turn handles readiness of either end.
func (s *Sink) turn(l *loop) {
	s.flush()
	if len(s.pending) == 0 {
		s.read(l.stop)
	}
	switch {
	case len(s.pending) > 0: // wait for Dest, and read no more
		l.unwatch(s.Pipe)
		l.watch(s.Dest, unix.EPOLLOUT)
	case s.done:
		l.unwatch(s.Pipe)
		l.unwatchDest(s)
	default:
		l.unwatchDest(s)
		l.watch(s.Pipe, unix.EPOLLIN)
	}
}

func (l *loop) unwatchDest(s *Sink) {
	if s.Dest >= 0 && !s.Direct {
		l.unwatch(s.Dest)
	}
}

// read takes what is in the pipe. One byte past the limit ends the run.
func (s *Sink) read(stop func(Status)) {
	if s.done {
		return
	}
	if s.buf == nil {
		s.buf = make([]byte, readSize)
	}
	n, err := unix.Read(s.Pipe, s.buf)
	if err == unix.EAGAIN || err == unix.EINTR {
		return
	}
	if err != nil || n == 0 {
		s.done = true
		return
	}
	s.Bytes += int64(n)
	data := s.buf[:n]
	if s.Limit > 0 && s.Bytes > s.Limit {
		data = data[:max(s.Limit-s.Passed-int64(len(s.pending)), 0)]
		s.Overflow, s.done = true, true
		if stop != nil {
			stop(Output)
		}
	}
	if s.Keep {
		s.Kept = append(s.Kept, data...)
	}
	s.give(data)
}

// give writes to Dest, or keeps for later what would block.
func (s *Sink) give(data []byte) {
	if s.Dest < 0 || s.Broken != nil {
		s.Passed += int64(len(data))
		return
	}
	s.pending = append(s.pending, data...)
	s.flush()
}

func (s *Sink) flush() {
	for len(s.pending) > 0 {
		piece := s.pending
		if !s.Direct {
			if !ready(s.Dest, unix.POLLOUT, 0) {
				return
			}
			piece = piece[:min(len(piece), pipeBuf)]
		}
		n, err := unix.Write(s.Dest, piece)
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			return
		case err != nil: // nobody reads any more, or the disk is full
			s.Broken, s.pending = err, nil
			s.hangUp(err)
			return
		}
		s.Passed += int64(n)
		s.pending = s.pending[n:]
	}
	s.pending = nil
}

// hangUp lets the program feel that its reader is gone, as it would without us.
func (s *Sink) hangUp(err error) {
	if err == unix.EPIPE {
		s.done = true
		unix.Close(s.Pipe)
		s.Pipe = -1
	}
}

// drain reads and hands on what is left when the run has ended. Only here a
// slow reader is waited for.
func (s *Sink) drain() {
	for {
		for len(s.pending) > 0 {
			ready(s.Dest, unix.POLLOUT, -1)
			s.flush()
		}
		before := s.Bytes
		s.read(nil)
		if s.Bytes == before && len(s.pending) == 0 {
			return
		}
	}
}

func ready(fd int, events int16, timeout int) bool {
	p := []unix.PollFd{{Fd: int32(fd), Events: events}}
	n, err := unix.Poll(p, timeout)
	return err == nil && n > 0
}

// A Feed hands judge's standard input on to the program's pipe.
type Feed struct {
	Source int
	Pipe   int // never blocks; closed at the end of the input
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
	case len(f.buf) > 0 || f.always:
		if !f.always {
			l.unwatch(f.Source)
		}
		l.watch(f.Pipe, unix.EPOLLOUT)
	case f.ended:
		l.unwatch(f.Source)
		f.end()
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
		unix.Close(f.Pipe)
		f.Pipe = -1
	}
}
