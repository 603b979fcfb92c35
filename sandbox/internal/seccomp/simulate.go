package seccomp

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Simulate runs a program as the kernel would for one call and says what it
// returns. It knows the instructions that seccomp_check_filter
// (kernel/seccomp.c) lets through and that filters here and libseccomp's use.
func Simulate(program []byte, arch Arch, nr int, args [6]uint64) (Action, error) {
	p, err := decode(program)
	if err != nil {
		return 0, err
	}
	return run(p, data(arch, nr, args))
}

// data is struct seccomp_data.
func data(arch Arch, nr int, args [6]uint64) []byte {
	data := make([]byte, dataSize)
	binary.NativeEndian.PutUint32(data[offsetNumber:], uint32(nr))
	binary.NativeEndian.PutUint32(data[offsetArch:], uint32(arch))
	for i, a := range args {
		binary.NativeEndian.PutUint64(data[offsetArgs+8*i:], a)
	}
	return data
}

func run(p []instruction, data []byte) (Action, error) {
	var acc uint32
	for pc := 0; pc < len(p); pc++ {
		i := p[pc]
		switch i.code {
		case opLoad:
			if i.k%4 != 0 || int(i.k)+4 > len(data) {
				return 0, fmt.Errorf("instruction %d loads from %d", pc, i.k)
			}
			acc = binary.NativeEndian.Uint32(data[i.k:])
			continue
		case opAnd:
			acc &= i.k
			continue
		case opReturn:
			return Action(i.k), nil
		case opJump:
			if i.k >= maxInstructions {
				return 0, fmt.Errorf("instruction %d jumps over %d", pc, i.k)
			}
			pc += int(i.k)
			continue
		}
		jump, known := taken(i.code, acc, i.k)
		switch {
		case !known:
			return 0, fmt.Errorf("instruction %d has the unknown code 0x%x", pc, i.code)
		case jump:
			pc += int(i.jt)
		default:
			pc += int(i.jf)
		}
	}
	return 0, errors.New("the program runs over its end")
}

// taken says where a comparison goes; known is false for what is none.
func taken(code uint16, acc, k uint32) (jump, known bool) {
	switch code {
	case opEqual:
		return acc == k, true
	case opAbove:
		return acc > k, true
	case opAtLow:
		return acc >= k, true
	case opAnySet:
		return acc&k != 0, true
	}
	return false, false
}
