package spawn

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The arena is the only writable memory that a clone of judge gets. A fork
// copies the page tables of all that is mapped, which costs 5 ms for a heap of
// 128 MiB; so everything outside the arena, but the code, is marked
// MADV_DONTFORK before a clone. The child then has no page of judge's heap,
// whatever its size, and nothing that lies there can leak into it.
//
// The mark stays. Programs that Go starts by itself (os/exec, syscall) do not
// feel it: they share judge's memory until exec. Only fork(2) of C code that
// goes on without exec would.
type arena struct {
	once sync.Once
	mem  []byte
	err  error

	mu    sync.Mutex
	taken []bool // a chunk each
}

const (
	arenaSize = 1 << 30 // of addresses; memory is only what images take
	chunkSize = 128 << 10
)

var images arena

// errArena says that too many, or too large, images are alive.
var errArena = errors.New("no room for the sandbox's list: too many runs at once, or too many files in the box")

func (a *arena) reserve() error {
	a.once.Do(func() {
		a.mem, a.err = unix.Mmap(-1, 0, arenaSize, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
		if a.err != nil {
			a.err = fmt.Errorf("reserve %d bytes of addresses: %w", arenaSize, a.err)
			return
		}
		a.taken = make([]bool, arenaSize/chunkSize)
	})
	return a.err
}

// alloc hands out fresh memory of at least size bytes.
func (a *arena) alloc(size int) ([]byte, error) {
	if err := a.reserve(); err != nil {
		return nil, err
	}
	n := (size + chunkSize - 1) / chunkSize
	first, err := a.find(n)
	if err != nil {
		return nil, err
	}
	mem := a.mem[first*chunkSize : (first+n)*chunkSize : (first+n)*chunkSize]
	if err := unix.Mprotect(mem, unix.PROT_READ|unix.PROT_WRITE); err != nil {
		a.release(first, n)
		return nil, fmt.Errorf("make %d bytes writable for the sandbox's list: %w", len(mem), err)
	}
	return mem, nil
}

func (a *arena) find(n int) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	free := 0
	for i, taken := range a.taken {
		if free++; taken {
			free = 0
		}
		if free == n {
			first := i - n + 1
			for j := first; j <= i; j++ {
				a.taken[j] = true
			}
			return first, nil
		}
	}
	return 0, errArena
}

func (a *arena) release(first, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := first; i < first+n; i++ {
		a.taken[i] = false
	}
}

// free takes memory back; what was in it is gone.
func (a *arena) free(mem []byte) error {
	err := unix.Madvise(mem, unix.MADV_DONTNEED)
	err = errors.Join(err, unix.Mprotect(mem, unix.PROT_NONE))
	if err != nil {
		return fmt.Errorf("give back the sandbox's list: %w", err) // and never hand it out again
	}
	first := int(uintptr(unsafe.Pointer(&mem[0]))-uintptr(unsafe.Pointer(&a.mem[0]))) / chunkSize
	a.release(first, len(mem)/chunkSize)
	return nil
}

// hide keeps everything but code and arena out of the next clones. It is
// called before each: what was mapped since has no mark yet.
func (a *arena) hide(code span) error {
	start := uintptr(unsafe.Pointer(&a.mem[0]))
	end := start + arenaSize
	if code.end > start {
		return fmt.Errorf("code at %#x-%#x is not below the arena at %#x", code.start, code.end, start)
	}
	for _, s := range []span{{code.end, start}, {end, taskSize}} {
		_, _, errno := unix.RawSyscall(unix.SYS_MADVISE, s.start, s.end-s.start, unix.MADV_DONTFORK)
		if errno != 0 && errno != unix.ENOMEM { // madvise(2): some of the range is not mapped; the rest is marked
			return fmt.Errorf("madvise(%#x, %d, MADV_DONTFORK): %w", s.start, s.end-s.start, errno)
		}
	}
	return nil
}
