package spawn

import (
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The arena is the only writable memory that a clone of judge gets. A fork
// copies the page tables of all that is mapped, which takes the longer the larger
// the heap; so everything outside the arena, but the code, is marked
// MADV_DONTFORK before a clone. The child then has no page of judge's heap,
// whatever its size, and nothing that lies there can leak into it.
//
// The mark stays. Programs that Go starts by itself (os/exec, syscall) do not
// feel it: they share judge's memory until exec, unless they are to have a user
// namespace. Those, and fork(2) of C code that goes on without exec, do.
type arena struct {
	once sync.Once
	mem  []byte
	err  error

	mu     sync.Mutex
	mapped int      // images that have memory, from the first on
	idle   [][]byte // of those, the ones that nobody has
}

// Of addresses; memory is only what is written to. An image has room for a box
// of about 80,000 files.
const (
	imageSize = 64 << 20
	maxImages = 256
	minImages = 8 // where the caller's address space is limited (RLIMIT_AS)
)

var images arena

func (a *arena) reserve() error {
	a.once.Do(func() {
		for n := maxImages; n >= minImages; n /= 2 {
			a.mem, a.err = unix.Mmap(-1, 0, n*imageSize, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
			if a.err == nil {
				return
			}
		}
		a.err = fmt.Errorf("reserve %d bytes of addresses: %w", minImages*imageSize, a.err)
	})
	return a.err
}

// alloc hands out the memory of one image, shared with who is cloned. What one
// run gave back serves the next: its header is zero, the rest may be anything.
func (a *arena) alloc() ([]byte, error) {
	if err := a.reserve(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.idle); n > 0 {
		mem := a.idle[n-1]
		a.idle = a.idle[:n-1]
		return mem, nil
	}
	at := a.mapped * imageSize
	if at == len(a.mem) {
		return nil, fmt.Errorf("%d runs are alive in this process, and that is the most", a.mapped)
	}
	mem := a.mem[at : at+imageSize : at+imageSize]
	if err := remap(mem, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, err
	}
	a.mapped++
	return mem, nil
}

// free takes memory back, which is as alloc gave it.
func (a *arena) free(mem []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.idle = append(a.idle, mem)
}

// remap puts fresh memory in the place of mem.
func remap(mem []byte, prot, flags uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_MMAP, uintptr(unsafe.Pointer(&mem[0])), uintptr(len(mem)), prot,
		flags|unix.MAP_FIXED|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE, ^uintptr(0), 0)
	if errno != 0 {
		return fmt.Errorf("map %d bytes for the sandbox's list: %w", len(mem), errno)
	}
	return nil
}

// hide keeps everything but code and arena out of the next clones. It is
// called before each: what was mapped since has no mark yet.
func (a *arena) hide(code span) error {
	start := uintptr(unsafe.Pointer(&a.mem[0]))
	end := start + uintptr(len(a.mem))
	if code.end > start {
		return fmt.Errorf("code at %#x-%#x is not below the arena at %#x", code.start, code.end, start)
	}
	for _, s := range []span{{code.end, start}, {end, taskSize()}} {
		_, _, errno := unix.RawSyscall(unix.SYS_MADVISE, s.start, s.end-s.start, unix.MADV_DONTFORK)
		if errno != 0 && errno != unix.ENOMEM { // madvise(2): some of the range is not mapped; the rest is marked
			return fmt.Errorf("madvise(%#x, %d, MADV_DONTFORK): %w", s.start, s.end-s.start, errno)
		}
	}
	return nil
}
