package seccomp

import (
	"encoding/binary"
	"slices"
)

// MayPass says whether the filter lets a call of that name pass, with some
// arguments at least. A call that the architecture does not have never passes.
func (f Filter) MayPass(arch Arch, name string) bool {
	nr, ok := Number(arch, name)
	if !ok || len(f.Program) == 0 {
		return ok
	}
	s := reach{program: f.Program, number: uint32(nr), arch: uint32(arch)}
	return s.passes(moment{})
}

// MayPass is what [Filter.MayPass] says of the filter that the spec becomes.
func (s Spec) MayPass(name string) bool {
	return slices.ContainsFunc(s.Rules(name), func(r Rule) bool { return r.Action == Allow || r.Action == Log })
}

// reach goes all ways through a program that a call can take. Programs jump
// only forward (bpf_check_classic, net/core/filter.c), so every way ends.
type reach struct {
	program      []byte
	number, arch uint32
	been         map[moment]bool // at forks
}

// moment is a place in the program with what the accumulator holds there: known
// is false for an argument, or a part of one.
type moment struct {
	pc    int
	acc   uint32
	known bool
}

func (s *reach) passes(at moment) bool {
	for (at.pc+1)*instructionSize <= len(s.program) {
		w := s.program[at.pc*instructionSize:]
		code, k := binary.NativeEndian.Uint16(w), binary.NativeEndian.Uint32(w[4:])
		at.pc++
		switch code {
		case opReturn:
			return Action(k) == Allow || Action(k) == Log
		case opLoad:
			at.acc, at.known = s.load(k)
		case opAnd:
			at.acc &= k
		case opJump:
			at.pc += int(k)
		default:
			if !at.known {
				return s.fork(at, int(w[2]), int(w[3]))
			}
			if jump, _ := taken(code, at.acc, k); jump {
				at.pc += int(w[2])
			} else {
				at.pc += int(w[3])
			}
		}
	}
	return false
}

// fork goes both ways, neither of them twice.
func (s *reach) fork(at moment, jt, jf int) bool {
	if s.been == nil {
		s.been = map[moment]bool{}
	}
	for _, by := range [2]int{jt, jf} {
		to := moment{pc: at.pc + by}
		if s.been[to] {
			continue
		}
		s.been[to] = true
		if s.passes(to) {
			return true
		}
	}
	return false
}

func (s *reach) load(offset uint32) (value uint32, known bool) {
	switch offset {
	case offsetNumber:
		return s.number, true
	case offsetArch:
		return s.arch, true
	}
	return 0, false
}
