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

	// An image begins with the header and the stacks of PID 1, of the program's
	// process and of the stepping stone; the lists follow.
	initStack    = 1 * stackSize
	programStack = 2 * stackSize
	stoneStack   = 3 * stackSize
	listsStart   = 4 * stackSize
)

// newImage has PID 1's early steps in it.
func newImage(early []plan.Step, code span) (*image, error) {
	mem, err := images.alloc()
	if err != nil {
		return nil, err
	}
	img := &image{mem: mem, used: listsStart}
	h := img.header()
	h.begin(code)
	h.early = uint32(len(early))
	h.lists[0] = img.list(early)
	return img, nil
}

// begin fills in what does not depend on the plan. The rest is zero.
func (h *header) begin(code span) {
	base := uintptr(unsafe.Pointer(h))
	end := base + imageSize
	h.regs[plan.RegTLS] = uintptr(unsafe.Pointer(&h.spare)) + 64 // the runtime reads the word below
	h.regs[plan.RegZero] = uintptr(unsafe.Pointer(&h.zero))
	h.regs[plan.RegRoot] = uintptr(unsafe.Pointer(&h.root))
	h.regs[plan.RegName] = uintptr(unsafe.Pointer(&h.name))
	h.regs[plan.RegStreams] = uintptr(unsafe.Pointer(&h.streams))
	h.regs[plan.RegJoinCPU] = uintptr(unsafe.Pointer(&h.msg.JoinCPU))
	h.regs[plan.RegExecCPU] = uintptr(unsafe.Pointer(&h.msg.ExecCPU))
	h.regs[plan.RegExecWall] = uintptr(unsafe.Pointer(&h.msg.ExecWall))
	// The munmap steps leave nothing but code and image.
	h.regs[plan.RegLow], h.regs[plan.RegLowLen] = 0, code.start
	h.regs[plan.RegMid], h.regs[plan.RegMidLen] = code.end, base-code.end
	h.regs[plan.RegHigh], h.regs[plan.RegHighLen] = end, taskSize()-end
	h.root[0] = '/'
	copy(h.name[:], plan.InitName)
	h.oneIov[0], h.oneIov[1] = uintptr(unsafe.Pointer(&h.one)), 8
	h.streams[2], h.streams[3] = uintptr(unsafe.Pointer(&h.oneIov)), 1
	h.streams[4], h.streams[5] = uintptr(unsafe.Pointer(&h.control)), unsafe.Sizeof(h.control)
	h.initClone.pidfd, h.initClone.exitSignal = uint64(uintptr(unsafe.Pointer(&h.initPIDFD))), uint64(unix.SIGCHLD)
	h.initClone.parentTID = uint64(uintptr(unsafe.Pointer(&h.initPID)))
	h.initClone.stack, h.initClone.stackSize = uint64(base+initStack), stackSize
	h.clone.pidfd, h.clone.exitSignal = uint64(uintptr(unsafe.Pointer(&h.pidfd))), uint64(unix.SIGCHLD)
	h.clone.stack, h.clone.stackSize = uint64(base+programStack), stackSize
	h.stone.flags, h.stone.exitSignal = unix.CLONE_VM|unix.CLONE_VFORK|unix.CLONE_FILES, uint64(unix.SIGCHLD)
	h.stone.stack, h.stone.stackSize = uint64(base+stoneStack), stackSize
	h.entry, h.initEntry = entryPC(walkProgram), entryPC(walkInit)
}

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
	if rest[len(rest)-1].Op == plan.OpServeOne {
		h.apart = 1
	}
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

// free gives the memory back: all zero, but for the stacks, on which nothing of
// the run's ever was.
func (img *image) free() {
	*img.header() = header{}
	clear(img.mem[listsStart:img.used])
	images.free(img.mem)
}

func (img *image) header() *header { return (*header)(unsafe.Pointer(&img.mem[0])) }

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
	at := img.take(len(s) + 1)
	to := unsafe.Slice((*byte)(at), len(s)+1)
	to[copy(to, s)] = 0 // it may be the memory of an earlier run, whose PID 1 could write to all of it
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
