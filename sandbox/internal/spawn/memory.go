package spawn

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// span is a range of addresses.
type span struct{ start, end uintptr }

//go:linkname getAuxv runtime.getAuxv
func getAuxv() []uintptr

// Tags of the auxiliary vector (getauxval(3), include/uapi/linux/auxvec.h).
const (
	atNULL  = 0
	atPHDR  = 3
	atPHNUM = 5
)

// elfPhdr is Elf64_Phdr of <elf.h>.
type elfPhdr struct {
	Type, Flags                               uint32
	Off, Vaddr, Paddr, Filesz, Memsz, Aligned uint64
}

const (
	ptLoad = 1
	ptPhdr = 6
	pfW    = 2
)

// codeSpan says where this program's code and constants lie: all its segments
// that are not writable.
func codeSpan() (span, error) {
	aux := getAuxv()
	if len(aux) == 0 {
		return span{}, errors.New("this process has no auxiliary vector")
	}
	code := codeOf(unsafe.Pointer(&aux[0]), uintptr(len(aux)/2))
	if code.end == 0 {
		return span{}, errors.New("the auxiliary vector leads to no read-only segment")
	}
	return code, nil
}

// codeOf reads an auxiliary vector of at most n pairs.
func codeOf(aux unsafe.Pointer, n uintptr) span {
	var phdr unsafe.Pointer
	var phnum uintptr
	for i := uintptr(0); i < n; i++ {
		pair := (*[2]uintptr)(unsafe.Add(aux, i*unsafe.Sizeof([2]uintptr{})))
		switch pair[0] {
		case atNULL:
			n = 0
		case atPHDR:
			phdr = *(*unsafe.Pointer)(unsafe.Pointer(&pair[1])) // not Go's memory: nothing moves it
		case atPHNUM:
			phnum = pair[1]
		}
	}
	return segments(phdr, phnum)
}

func segments(phdr unsafe.Pointer, phnum uintptr) span {
	var bias uintptr
	inPage := uintptr(unix.Getpagesize()) - 1 // arm64 has pages of 4, 16 or 64 KiB
	code := span{start: ^uintptr(0)}
	for i := uintptr(0); i < phnum; i++ { // PT_PHDR comes before every PT_LOAD (elf(5))
		p := (*elfPhdr)(unsafe.Add(phdr, i*unsafe.Sizeof(elfPhdr{})))
		if p.Type == ptPhdr {
			bias = uintptr(phdr) - uintptr(p.Vaddr)
		}
		if p.Type != ptLoad || p.Flags&pfW != 0 {
			continue
		}
		if start := bias + uintptr(p.Vaddr)&^inPage; start < code.start {
			code.start = start
		}
		if end := bias + (uintptr(p.Vaddr+p.Memsz)+inPage)&^inPage; end > code.end {
			code.end = end
		}
	}
	return code
}

// entryPC is the address of a function's code under Go's internal ABI: a func
// value points to a word that holds it.
func entryPC(f func(unsafe.Pointer)) uintptr { return **(**uintptr)(unsafe.Pointer(&f)) }
