package sandbox

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// waker turns signals and the end of a context into an event that the loop
// can wait for.
type waker struct {
	fd   int  // -1 if nothing can come
	pipe bool // fd is the caller's, with a byte for each signal; else an eventfd
	quit chan struct{}
	wait sync.WaitGroup

	mu  sync.Mutex
	sig unix.Signal // asked for and not yet taken
	now bool        // without grace
}

func newWaker(ctx context.Context, listen func() <-chan os.Signal, pipe int) (*waker, error) {
	w := &waker{fd: -1}
	if pipe > 0 {
		if ctx.Done() != nil || listen != nil {
			return nil, &UsageError{What: "Command.SignalFD beside Command.Signals or a context that can end",
				Hint: "leave one out: only one of them would be listened to"}
		}
		w.fd, w.pipe = pipe, true
		return w, nil
	}
	if ctx.Done() == nil && listen == nil {
		return w, nil
	}
	var signals <-chan os.Signal
	if listen != nil {
		signals = listen()
	}
	var err error
	if w.fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	w.quit = make(chan struct{})
	w.wait.Go(func() { w.listen(ctx, signals) })
	return w, nil
}

func (w *waker) listen(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			w.ask(unix.SIGKILL, true)
			return
		case s := <-signals:
			if sig, ok := s.(syscall.Signal); ok && sig == unix.SIGWINCH {
				w.poke()
			} else if ok {
				w.ask(sig, false)
			}
		case <-w.quit:
			return
		}
	}
}

func (w *waker) ask(sig unix.Signal, now bool) {
	w.mu.Lock()
	w.now = w.now || now || w.sig != 0
	w.sig = sig
	w.mu.Unlock()
	w.poke()
}

func (w *waker) poke() {
	unix.Write(w.fd, binary.NativeEndian.AppendUint64(nil, 1)) // an eventfd takes it, unless 2^64 were not yet taken
}

// asked takes what was asked for; 0 for nothing, as when a terminal has another
// size, or judge goes on after a stop.
func (w *waker) asked() (unix.Signal, bool) {
	if w.pipe {
		var buf [16]byte
		n, err := unix.Read(w.fd, buf[:])
		if err != nil || n <= 0 {
			return 0, false
		}
		asks := slices.DeleteFunc(buf[:n], func(b byte) bool { return unix.Signal(b) == unix.SIGWINCH || unix.Signal(b) == unix.SIGCONT })
		if len(asks) == 0 {
			return 0, false
		}
		return unix.Signal(asks[len(asks)-1]), len(asks) > 1
	}
	if w.fd >= 0 {
		var buf [8]byte
		unix.Read(w.fd, buf[:]) // only to take the event away
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	sig, now := w.sig, w.now
	w.sig, w.now = 0, false
	return sig, now
}

func (w *waker) stop() {
	if w.fd < 0 || w.pipe {
		return
	}
	close(w.quit)
	w.wait.Wait()
	unix.Close(w.fd)
}
