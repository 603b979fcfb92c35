package spawn

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// An image is memory that judge and PID 1 share, all that PID 1 keeps besides
// the code: header, a stack for each of the two processes, the lists, and what
// their arguments point to. Judge writes the lists, and reads nothing: what
// PID 1 has to say comes over the control socket.
type image struct {
	mem  []byte
	used int
}

const (
	stackSize = 16 << 10
	ctlFD     = 3 // where the plan puts the control socket
	align     = 16
)

// newImage has PID 1's early steps in it.
func newImage(early []plan.Step) (*image, error) {
	mem, err := images.alloc()
	if err != nil {
		return nil, err
	}
	img := &image{mem: mem, used: (int(unsafe.Sizeof(header{})) + stackSize - 1) &^ (stackSize - 1)}
	h := img.header()
	h.regs[plan.RegTLS] = uintptr(unsafe.Pointer(&h.spare)) + 64 // the runtime reads the word below
	h.regs[plan.RegJoinCPU] = uintptr(unsafe.Pointer(&h.msg.JoinCPU))
	h.regs[plan.RegExecCPU] = uintptr(unsafe.Pointer(&h.msg.ExecCPU))
	h.regs[plan.RegExecWall] = uintptr(unsafe.Pointer(&h.msg.ExecWall))
	h.initClone = cloneArgs{
		pidfd:      uint64(uintptr(unsafe.Pointer(&h.initPIDFD))),
		exitSignal: uint64(unix.SIGCHLD),
		stack:      img.stack(),
		stackSize:  stackSize,
	}
	h.clone = cloneArgs{
		pidfd:      uint64(uintptr(unsafe.Pointer(&h.pidfd))),
		exitSignal: uint64(unix.SIGCHLD),
		stack:      img.stack(),
		stackSize:  stackSize,
	}
	h.stone = cloneArgs{
		flags:      unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_FILES,
		exitSignal: uint64(unix.SIGCHLD),
		stack:      img.stack(),
		stackSize:  stackSize,
	}
	h.entry, h.initEntry = entryPC(walkProgram), entryPC(walkInit)
	h.early = uint32(len(early))
	h.lists[0] = img.list(early)
	return img, nil
}

// stack takes memory for a stack and names its lowest address.
func (img *image) stack() uint64 { return uint64(uintptr(img.take(stackSize))) }

// load lays out the rest of a plan.
func (img *image) load(p *plan.Plan) error {
	rest := p.Init[img.header().early:]
	size := img.used + listSize(rest) + listSize(p.Program)
	if size > len(img.mem) {
		return fmt.Errorf("a list of %d steps takes %d bytes, %d are the most: are there too many files for the box?",
			len(p.Init)+len(p.Program), size, len(img.mem))
	}
	h := img.header()
	h.lists[1] = img.list(rest)
	h.lists[2] = img.list(p.Program)
	return nil
}

// listSize is the most that a list takes.
func listSize(steps []plan.Step) int {
	size := (len(steps)+1)*int(opSize) + align
	for _, s := range steps {
		for _, a := range s.Args {
			size += blobSize(a.Blob) + len(a.Text()) + 1 + align
		}
	}
	return size
}

func (img *image) free() { images.free(img.mem, img.used) }

func (img *image) header() *header { return (*header)(unsafe.Pointer(&img.mem[0])) }

func (img *image) base() uintptr { return uintptr(unsafe.Pointer(&img.mem[0])) }

func (img *image) end() uintptr { return img.base() + uintptr(len(img.mem)) }

// keepOnly sets the registers of the munmap steps, so that nothing is left but
// code and image.
func (h *header) keepOnly(img *image, code span) {
	h.regs[plan.RegLow], h.regs[plan.RegLowLen] = 0, code.start
	h.regs[plan.RegMid], h.regs[plan.RegMidLen] = code.end, img.base()-code.end
	h.regs[plan.RegHigh], h.regs[plan.RegHighLen] = img.end(), taskSize-img.end()
}

// take hands out n bytes of the image.
func (img *image) take(n int) unsafe.Pointer {
	at := (img.used + align - 1) &^ (align - 1)
	img.used = at + n
	return unsafe.Pointer(&img.mem[at])
}

func (img *image) list(steps []plan.Step) unsafe.Pointer {
	at := img.take((len(steps) + 1) * int(opSize))
	ops := unsafe.Slice((*op)(at), len(steps)+1)
	for i, s := range steps {
		ops[i] = op{nr: s.NR, kind: uint32(s.Op), lo: s.Lo, hi: s.Hi}
		for j, a := range s.Args {
			switch a.Kind {
			case plan.Value:
				ops[i].a[j] = uintptr(a.Val)
			case plan.String:
				ops[i].a[j] = uintptr(img.text(a.Text()))
			case plan.Pointer:
				ops[i].a[j] = uintptr(img.blob(a.Blob))
			case plan.Register:
				ops[i].a[j] = uintptr(a.Val)
				ops[i].regs |= 1 << j
			case plan.Each:
				ops[i].each |= 1 << j
			}
		}
	}
	ops[len(steps)].kind = opEnd
	return at
}

func (img *image) text(s string) unsafe.Pointer {
	at := img.take(len(s) + 1) // the memory is fresh: the NUL is there
	copy(unsafe.Slice((*byte)(at), len(s)), s)
	return at
}

func (img *image) blob(b *plan.Blob) unsafe.Pointer {
	at := img.take(len(b.Data))
	copy(unsafe.Slice((*byte)(at), len(b.Data)), b.Data)
	for off, target := range b.Ptrs {
		*(*uintptr)(unsafe.Add(at, off)) = uintptr(img.blob(target))
	}
	return at
}

func blobSize(b *plan.Blob) int {
	if b == nil {
		return 0
	}
	size := len(b.Data) + align
	for _, target := range b.Ptrs {
		size += blobSize(target)
	}
	return size
}
