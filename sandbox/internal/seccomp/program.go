package seccomp

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// instruction is struct sock_filter (include/uapi/linux/filter.h).
type instruction struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

const (
	instructionSize = 8
	maxInstructions = unix.BPF_MAXINSNS

	opLoad   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	opAnd    = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
	opJump   = unix.BPF_JMP | unix.BPF_JA
	opEqual  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	opAbove  = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K
	opAtLow  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	opAnySet = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	opReturn = unix.BPF_RET | unix.BPF_K
)

// Offsets in struct seccomp_data (include/uapi/linux/seccomp.h). Both
// architectures store the low word of an argument first.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArgs   = 16
	dataSize     = 64
)

func encode(program []instruction) []byte {
	b := make([]byte, 0, len(program)*instructionSize)
	for _, i := range program {
		b = binary.NativeEndian.AppendUint16(b, i.code)
		b = append(b, i.jt, i.jf)
		b = binary.NativeEndian.AppendUint32(b, i.k)
	}
	return b
}

func decode(b []byte) ([]instruction, error) {
	n := len(b) / instructionSize
	if n == 0 || len(b)%instructionSize != 0 || n > maxInstructions {
		return nil, fmt.Errorf("a program of %d bytes; want a multiple of %d, of 1 to %d instructions", len(b), instructionSize, maxInstructions)
	}
	program := make([]instruction, n)
	for i := range program {
		w := b[i*instructionSize:]
		program[i] = instruction{binary.NativeEndian.Uint16(w), w[2], w[3], binary.NativeEndian.Uint32(w[4:])}
	}
	return program, nil
}

// withoutNotices replaces every return of Kill by one of KillProcess, in place.
func withoutNotices(program []byte) {
	for i := 0; i+instructionSize <= len(program); i += instructionSize {
		w := program[i:]
		if binary.NativeEndian.Uint16(w) == opReturn && binary.NativeEndian.Uint32(w[4:]) == uint32(Kill) {
			binary.NativeEndian.PutUint32(w[4:], uint32(KillProcess))
		}
	}
}

// usesNotify says whether some return hands the call to the supervisor.
func usesNotify(program []byte) bool {
	for i := 0; i+instructionSize <= len(program); i += instructionSize {
		w := program[i:]
		if binary.NativeEndian.Uint16(w) == opReturn && binary.NativeEndian.Uint32(w[4:]) == uint32(Kill) {
			return true
		}
	}
	return false
}
