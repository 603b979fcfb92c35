package spawn

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"judge/sandbox/internal/plan"
)

// An image is a plan laid out in memory of its own, all that PID 1 keeps of
// judge besides the code: header, lists, what the arguments point to, and a
// stack for each of the two processes.
type image struct {
	mem  []byte
	used int
}

const (
	stackSize = 16 << 10
	ctlFD     = 3 // where the plan puts the control socket
	align     = 16
)

// layOut builds the image of p. Its registers are still to be set.
func layOut(p *plan.Plan) (*image, error) {
	size := int(unsafe.Sizeof(header{})) + align
	for _, list := range p.Lists() {
		size += (len(list) + 2) * int(opSize)
		for _, s := range list {
			for _, a := range s.Args {
				size += blobSize(a.Blob) + len(a.Text()) + 1 + align
			}
		}
	}
	mem, err := images.alloc((size+4095)&^4095 + 2*stackSize)
	if err != nil {
		return nil, err
	}
	img := &image{mem: mem, used: int(unsafe.Sizeof(header{}))}
	h := img.header()
	for i, list := range p.Lists() {
		h.lists[i] = img.list(list)
	}
	h.setRegs(img)
	return img, nil
}

func (img *image) free() error { return images.free(img.mem) }

func (img *image) header() *header { return (*header)(unsafe.Pointer(&img.mem[0])) }

func (img *image) base() uintptr { return uintptr(unsafe.Pointer(&img.mem[0])) }

func (img *image) end() uintptr { return img.base() + uintptr(len(img.mem)) }

// initStack and programStack name the lowest address of each stack.
func (img *image) initStack() uintptr    { return img.end() - stackSize }
func (img *image) programStack() uintptr { return img.end() - 2*stackSize }

func (h *header) setRegs(img *image) {
	h.regs[plan.RegTLS] = uintptr(unsafe.Pointer(&h.spare)) + 64 // the runtime reads the word below
	h.regs[plan.RegJoinCPU] = uintptr(unsafe.Pointer(&h.msg.JoinCPU))
	h.regs[plan.RegExecCPU] = uintptr(unsafe.Pointer(&h.msg.ExecCPU))
	h.regs[plan.RegExecWall] = uintptr(unsafe.Pointer(&h.msg.ExecWall))
	h.clone = cloneArgs{
		pidfd:      uint64(uintptr(unsafe.Pointer(&h.pidfd))),
		exitSignal: uint64(unix.SIGCHLD),
		stack:      uint64(img.programStack()),
		stackSize:  stackSize,
	}
	h.entry = entryPC(walkProgram)
}

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
