package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"judge/policy"
)

// A FIFO is a named pipe that a program finds in its sandbox and opens by its
// name; the caller has the other end. Opening either end waits for the other
// (fifo(7)): Fill or Drain do that, in a goroutine, which Release sets free.
type FIFO struct {
	path   string        // on the host
	opened chan struct{} // closed when the caller's end is open, or will never be
}

// MakeFIFO makes one at a path of the host, which any run may open. It is the caller's to
// remove.
func MakeFIFO(path string) (*FIFO, error) {
	if err := unix.Mkfifo(path, 0o600); err != nil {
		return nil, fmt.Errorf("make the FIFO %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o666); err != nil { // whatever the umask is
		return nil, fmt.Errorf("make the FIFO %s: %w", path, err)
	}
	return &FIFO{path: path, opened: make(chan struct{})}, nil
}

// Bind is how a run sees it, under an absolute name. It is writable, for a read-only one
// would be shown through an overlay, where a FIFO is another.
func (f *FIFO) Bind(name string) policy.Bind { return policy.Bind{Source: f.path, Target: name} }

func (f *FIFO) open(flags int) (*os.File, error) {
	defer close(f.opened)
	file, err := os.OpenFile(f.path, flags, 0)
	if err != nil {
		return nil, fmt.Errorf("open the FIFO %s: %w", f.path, err)
	}
	return file, nil
}

// Release says that the program has ended, or will not open the FIFO any more: Fill and
// Drain see what they would see if the program had opened and closed it. One of these must
// have been called, or be about to be.
func (f *FIFO) Release() error {
	// A program with the uid of judge's user may have changed the mode.
	err := os.Chmod(f.path, 0o666)
	fd := -1
	if err == nil {
		fd, err = unix.Open(f.path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) // both ends, without waiting
	}
	if err != nil {
		return fmt.Errorf("open the FIFO %s: %w", filepath.Base(f.path), err)
	}
	<-f.opened
	return unix.Close(fd)
}

// standInTicks is how often StandIn looks whether somebody waits.
const standInTicks = 5 * time.Millisecond

// StandIn takes the place of one of two programs that share the FIFO and has ended, until
// done: the other one may open it only now, and would wait for ever. If it reads, it
// sees the end of what was written; if it writes, that is thrown away. Fill, Drain and
// Release are not for such a FIFO.
func (f *FIFO) StandIn(done <-chan struct{}) error {
	if fd, err := unix.Open(f.path, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
		return unix.Close(fd) // it reads, or waits to: another reader would take away what is there
	}
	r, err := unix.Open(f.path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the FIFO %s: %w", filepath.Base(f.path), err)
	}
	defer unix.Close(r)
	tick := time.NewTicker(standInTicks)
	defer tick.Stop()
	buf := make([]byte, 64<<10)
	for {
		if _, err := unix.Read(r, buf); err != nil && err != unix.EAGAIN && err != unix.EINTR {
			return fmt.Errorf("read the FIFO %s: %w", filepath.Base(f.path), err)
		}
		// Who waits to read is let in, and sees the end at once.
		w, err := unix.Open(f.path, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("open the FIFO %s: %w", filepath.Base(f.path), err)
		}
		unix.Close(w)
		select {
		case <-done:
			return nil
		case <-tick.C:
		}
	}
}

// Fill hands on to the program what comes from a pipe, until that ends or the
// program is done with it. Then both ends are closed: who writes to the pipe is told.
func (f *FIFO) Fill(from *os.File) error {
	defer from.Close()
	to, err := f.open(os.O_WRONLY)
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err = io.Copy(to, from); errors.Is(err, unix.EPIPE) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// Drain hands on what the program writes, until it ends. Who does not read that
// does not kill the program: what it writes then is thrown away. observe is told of each
// piece before it is handed on, and with nil of the end.
func (f *FIFO) Drain(to *os.File, observe func([]byte)) error {
	defer to.Close()
	from, err := f.open(os.O_RDONLY)
	if err != nil {
		return err
	}
	defer from.Close()
	defer observe(nil)
	buf, gone := make([]byte, 16<<10), false
	for {
		n, err := from.Read(buf)
		if n > 0 {
			observe(buf[:n])
		}
		if n > 0 && !gone {
			_, failed := to.Write(buf[:n])
			gone = failed != nil
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the FIFO %s: %w", filepath.Base(f.path), err)
		}
	}
}
