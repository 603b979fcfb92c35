package spawn

import (
	"errors"
	"unsafe"
)

// span is a range of addresses.
type span struct{ start, end uintptr }

//go:linkname getAuxv runtime.getAuxv
func getAuxv() []uintptr

// Tags of the auxiliary vector (getauxval(3), include/uapi/linux/auxvec.h).
const (
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
	var phdr unsafe.Pointer
	var phnum uintptr
	aux := getAuxv()
	for i := 0; i+1 < len(aux); i += 2 {
		switch aux[i] {
		case atPHDR:
			phdr = *(*unsafe.Pointer)(unsafe.Pointer(&aux[i+1])) // not Go's memory: nothing moves it
		case atPHNUM:
			phnum = aux[i+1]
		}
	}
	if phdr == nil {
		return span{}, errors.New("the auxiliary vector has no AT_PHDR")
	}
	return segments(unsafe.Slice((*elfPhdr)(phdr), phnum), uintptr(phdr))
}

func segments(progs []elfPhdr, phdr uintptr) (span, error) {
	var bias uintptr
	for _, p := range progs {
		if p.Type == ptPhdr {
			bias = phdr - uintptr(p.Vaddr)
		}
	}
	code := span{start: ^uintptr(0)}
	for _, p := range progs {
		if p.Type != ptLoad || p.Flags&pfW != 0 {
			continue
		}
		code.start = min(code.start, bias+uintptr(p.Vaddr)&^4095)
		code.end = max(code.end, bias+(uintptr(p.Vaddr+p.Memsz)+4095)&^4095)
	}
	if code.end == 0 {
		return span{}, errors.New("no read-only segment in this program's headers")
	}
	return code, nil
}

// entryPC is the address of a function's code under Go's internal ABI: a func
// value points to a word that holds it.
func entryPC(f func(unsafe.Pointer)) uintptr { return **(**uintptr)(unsafe.Pointer(&f)) }
