package sandbox

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/spawn"
	"judge/sandbox/internal/supervise"
)

// streams are both ends of the program's standard streams.
type streams struct {
	child spawn.Streams
	out   [2]*supervise.Sink
	feed  *supervise.Feed

	joined bool       // see Command.Joined
	files  []*os.File // pipes to and from the caller's readers and writers
	copies sync.WaitGroup
	errs   chan error // of the copies of output
}

// openStreams makes the streams: pipes that belong to the run's uid, so that
// /dev/stdout can be opened and no name of the host shows in /proc/self/fd.
func openStreams(cmd Command, uid int, limit int64) (_ *streams, err error) {
	if cmd.Terminal != nil {
		return openTerminal(cmd, limit)
	}
	s := &streams{joined: cmd.Joined, child: spawn.Streams{In: -1, Out: -1, Err: -1}, errs: make(chan error, 2)}
	defer func() {
		if err != nil {
			s.abandon()
		}
	}()
	writers := [2]io.Writer{cmd.Stdout, cmd.Stderr}
	for i, w := range writers {
		r, fd, err := pipe(uid)
		if err != nil {
			return nil, err
		}
		*[...]*int{&s.child.Out, &s.child.Err}[i] = fd
		if err := unix.SetNonblock(r, true); err != nil {
			return nil, fmt.Errorf("make a pipe nonblocking: %w", err)
		}
		s.out[i] = &supervise.Sink{Pipe: r, Dest: -1, Limit: limit, Keep: cmd.Capture}
		if i == 1 && same(writers) {
			err = s.share(s.out)
		} else {
			err = s.connect(s.out[i], w)
		}
		if i == 0 {
			s.out[i].Observe = cmd.Observe
		}
		if err != nil {
			return nil, err
		}
	}
	return s, s.openStdin(cmd.Stdin, uid)
}

// taken is a descriptor of the file's that is ours alone.
func taken(f *os.File) (int, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("copy descriptor %d: %w", f.Fd(), err)
	}
	return fd, f.Close()
}

// leave closes what was not taken.
func leave(cmd Command) {
	for _, end := range []any{cmd.Stdin, cmd.Stdout} {
		if f, is := end.(*os.File); is && f != nil && cmd.Joined {
			f.Close() // an error says that it was taken
		}
	}
}

// same says that both streams go to one writer, which must not be written to
// by two at once.
func same(w [2]io.Writer) bool {
	return w[0] != nil && w[1] != nil && reflect.TypeOf(w[0]).Comparable() && w[0] == w[1]
}

// share gives the second sink a copy of the first's destination: of its own,
// since the loop waits for each apart.
func (s *streams) share(out [2]*supervise.Sink) error {
	fd, err := unix.FcntlInt(uintptr(out[0].Dest), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("copy descriptor %d: %w", out[0].Dest, err)
	}
	s.files = append(s.files, os.NewFile(uintptr(fd), "stderr"))
	out[1].Dest, out[1].Direct = fd, out[0].Direct
	return nil
}

// pipe makes a pipe that belongs to uid, -1 for judge's own. Neither end is inherited by accident.
func pipe(uid int) (r, w int, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return -1, -1, fmt.Errorf("pipe for the program: %w", err)
	}
	if uid < 0 {
		return p[0], p[1], nil
	}
	if err := unix.Fchown(p[0], uid, uid); err != nil {
		unix.Close(p[0])
		unix.Close(p[1])
		return -1, -1, fmt.Errorf("give a pipe to uid %d: %w", uid, err)
	}
	return p[0], p[1], nil
}

// connect gives a sink its destination. A writer that is no file gets a pipe,
// and a goroutine that copies out of it.
func (s *streams) connect(sink *supervise.Sink, w io.Writer) error {
	switch w := w.(type) {
	case nil:
		return nil
	case *os.File:
		sink.Dest = int(w.Fd())
		if s.joined {
			var err error
			if sink.Dest, err = taken(w); err != nil {
				return err
			}
			sink.Owned = true
		}
	default:
		r, pw, err := os.Pipe()
		if err != nil {
			return fmt.Errorf("pipe for the caller's writer: %w", err)
		}
		s.files = append(s.files, pw)
		sink.Dest = int(pw.Fd())
		s.copies.Go(func() {
			_, err := io.Copy(w, r)
			r.Close() // a writer that fails breaks the pipe
			s.errs <- err
		})
	}
	var st unix.Stat_t
	if err := unix.Fstat(sink.Dest, &st); err != nil {
		return &UsageError{What: fmt.Sprintf("write to descriptor %d", sink.Dest), Err: err}
	}
	sink.Direct = st.Mode&unix.S_IFMT == unix.S_IFREG
	return nil
}

func (s *streams) openStdin(r io.Reader, uid int) error {
	f, isFile := r.(*os.File)
	if isFile && f != nil {
		if fd, err := readOnlyFile(f); fd >= 0 || err != nil {
			s.child.In = fd
			return err
		}
	}
	pr, pw, err := pipe(uid)
	if err != nil {
		return err
	}
	s.child.In = pr
	if r == nil || isFile && f == nil {
		return unix.Close(pw) // an empty input
	}
	if err := unix.SetNonblock(pw, true); err != nil {
		return fmt.Errorf("make a pipe nonblocking: %w", err)
	}
	s.feed = &supervise.Feed{Pipe: pw}
	if isFile {
		s.feed.Source = int(f.Fd())
		if s.joined {
			s.feed.Owned = true
			s.feed.Source, err = taken(f)
		}
		return err
	}
	from, to, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("pipe for the caller's reader: %w", err)
	}
	s.files = append(s.files, from)
	s.feed.Source = int(from.Fd())
	go func() { // not waited for: nobody can end a Read that blocks
		io.Copy(to, r) // the program need not read all of it
		to.Close()
	}()
	return nil
}

// readOnlyFile reopens a regular file through a mount of its own, detached and
// read-only: the run can reopen it by /dev/stdin, but not for writing, and sees
// no name of it. -1 says that this is not such a file, or that the run's uid
// could not open it.
func readOnlyFile(f *os.File) (int, error) {
	var st unix.Stat_t
	fd := int(f.Fd())
	if err := unix.Fstat(fd, &st); err != nil {
		return -1, &UsageError{What: "read " + f.Name(), Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Mode&0o004 == 0 {
		return -1, nil
	}
	tree, err := unix.OpenTree(fd, "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_EMPTY_PATH)
	if err != nil {
		return -1, nil // a file without a mount that may be copied; it is fed through a pipe
	}
	defer unix.Close(tree)
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &attr); err != nil {
		return -1, fmt.Errorf("make a mount of %s read-only: %w", f.Name(), err)
	}
	again, err := unix.Open(filepath.Join("/proc/self/fd", strconv.Itoa(tree)), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("reopen %s: %w", f.Name(), err)
	}
	offset, err := unix.Seek(fd, 0, unix.SEEK_CUR)
	if err == nil {
		_, err = unix.Seek(again, offset, unix.SEEK_SET)
	}
	if err != nil {
		unix.Close(again)
		return -1, fmt.Errorf("seek in %s: %w", f.Name(), err)
	}
	return again, nil
}

// handOver closes the child's ends, which it has.
func (s *streams) handOver() {
	for _, fd := range []*int{&s.child.In, &s.child.Out, &s.child.Err} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1
		}
	}
}

// finish closes everything, and waits for the copies.
func (s *streams) finish() error {
	s.handOver()
	for _, sink := range s.out {
		if sink != nil && sink.Pipe >= 0 {
			unix.Close(sink.Pipe)
		}
		if sink != nil {
			sink.Release()
		}
	}
	if s.feed != nil {
		s.feed.Release()
	}
	for _, f := range s.files {
		f.Close()
	}
	s.copies.Wait()
	close(s.errs)
	for err := range s.errs {
		if err != nil {
			return fmt.Errorf("hand on the program's output: %w", err)
		}
	}
	return nil
}

// abandon is finish for a run that never was.
func (s *streams) abandon() {
	if s.feed != nil && s.feed.Pipe >= 0 {
		unix.Close(s.feed.Pipe)
	}
	s.finish() // the error that counts is the one that led here
}
