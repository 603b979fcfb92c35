package seccomp

import "slices"

// writer writes a program from its end to its beginning: jumps go forward, so
// what an instruction jumps to is there already.
type writer struct {
	backwards []instruction
}

// place is something that is jumped to.
type place struct {
	spot   int // in writer.backwards, of the copy that was written last
	end    bool
	action Action // of an end
}

// nowhere is the spot of what is not written yet.
const nowhere = -1

// program is the program that begins at a node.
func (n *node) program() []instruction {
	var w writer
	w.near(w.node(n))
	slices.Reverse(w.backwards)
	return w.backwards
}

func (w *writer) emit(i instruction) { w.backwards = append(w.backwards, i) }

// skipped are the instructions between a place and the one to be written next.
func (w *writer) skipped(p *place) int { return len(w.backwards) - 1 - p.spot }

// near sees to it that the place can be jumped to from here, even with one
// instruction more in between: a comparison has 8 bits for that (struct
// sock_filter, include/uapi/linux/filter.h). What is farther away gets a return
// of its own, or a jump.
func (w *writer) near(p *place) {
	const most = 1<<8 - 1
	switch {
	case p.spot != nowhere && w.skipped(p) < most:
		return
	case p.end:
		w.emit(instruction{code: opReturn, k: uint32(p.action)})
	default:
		w.emit(instruction{code: opJump, k: uint32(w.skipped(p))})
	}
	p.spot = len(w.backwards) - 1
}

// test goes to one of two places.
func (w *writer) test(code uint16, k uint32, yes, no *place) {
	w.near(no)
	w.near(yes)
	w.emit(instruction{code: code, jt: uint8(w.skipped(yes)), jf: uint8(w.skipped(no)), k: k})
}

// node writes a choice, if it is not there yet. Ends are written where they are needed.
func (w *writer) node(n *node) *place {
	if n.end || n.spot != nowhere {
		return &n.place
	}
	const all = 1<<32 - 1
	if n.word.mask != all && len(n.cases) == 2 && n.cases[1].from == 1 { // only whether any of the bits is set
		no, yes := w.node(n.cases[0].to), w.node(n.cases[1].to)
		w.test(opAnySet, n.word.mask, yes, no)
	} else {
		weigh := weighArguments
		if n.word.offset == offsetNumber {
			weigh = weighNumbers
		}
		w.search(cheapest(n.cases, weigh))
		if n.word.mask != all {
			w.emit(instruction{code: opAnd, k: n.word.mask})
		}
	}
	w.emit(instruction{code: opLoad, k: n.word.offset})
	n.spot = len(w.backwards) - 1
	return &n.place
}

// search writes comparisons.
func (w *writer) search(s *search) *place {
	if s.code == 0 {
		return w.node(s.to)
	}
	no, yes := w.search(s.no), w.search(s.yes)
	w.test(s.code, s.k, yes, no)
	s.spot = len(w.backwards) - 1
	return &s.place
}
