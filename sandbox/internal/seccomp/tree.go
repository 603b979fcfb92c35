package seccomp

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"judge/sandbox/seccomptree"
)

// extent is a run of call numbers that share a leaf.
type extent struct {
	from uint32
	leaf uint16
}

// extents reads libseccomp's tree: what it decides for every number there is,
// in ascending order from 0. A tree that lets another architecture through to
// something else than foreign is an error.
func (l layout) extents(tree []byte) ([]extent, error) {
	program, err := decode(tree)
	if err != nil {
		return nil, err
	}
	w := walk{layout: l, program: program}
	all := bounds{0, math.MaxUint32}
	if err := w.from(0, none, all, all); err != nil {
		return nil, err
	}
	if len(w.found) == 0 {
		return nil, fmt.Errorf("the tree knows nothing of architecture %s", l.arch)
	}
	slices.SortFunc(w.found, func(a, b extent) int { return cmp.Compare(a.from, b.from) })
	return w.found, nil
}

// insert gives a call its leaf, where the tree has the default.
func (l layout) insert(extents []extent, c seccomptree.Call) []extent {
	number := uint32(c.Number)
	i, exact := slices.BinarySearchFunc(extents, number, func(e extent, number uint32) int { return cmp.Compare(e.from, number) })
	if !exact {
		i--
	}
	if extents[i].leaf != l.def {
		return extents
	}
	here := []extent{{number, c.Leaf}}
	if extents[i].from < number {
		here = slices.Insert(here, 0, extents[i])
	}
	if i+1 == len(extents) || extents[i+1].from > number+1 {
		here = append(here, extent{number + 1, l.def})
	}
	return slices.Replace(extents, i, i+1, here...)
}

// walk follows every path through a tree.
type walk struct {
	layout
	program []instruction
	found   []extent
}

// bounds are what is known of a word on a path: its least and largest value.
type bounds struct{ least, most uint32 }

func (b bounds) empty() bool { return b.least > b.most }

// subject is the word that a path has loaded.
type subject int

const (
	none subject = iota
	architecture
	number
)

// from follows the path that stands at instruction pc.
func (w *walk) from(pc int, loaded subject, arch, nr bounds) error {
	for ; pc < len(w.program); pc++ {
		switch i := w.program[pc]; i.code {
		case opLoad:
			switch i.k {
			case offsetArch:
				loaded = architecture
			case offsetNumber:
				loaded = number
			default:
				return fmt.Errorf("instruction %d of the tree loads from %d", pc, i.k)
			}
		case opJump:
			if i.k >= maxInstructions {
				return fmt.Errorf("instruction %d of the tree jumps over %d", pc, i.k)
			}
			pc += int(i.k)
		case opReturn:
			return w.end(pc, arch, nr)
		case opEqual, opAbove, opAtLow:
			return w.fork(pc, loaded, arch, nr)
		default:
			return fmt.Errorf("instruction %d of the tree has the unknown code 0x%x", pc, i.code)
		}
	}
	return errors.New("the tree runs over its end")
}

// fork follows both ways out of a comparison, as far as the path can take them.
func (w *walk) fork(pc int, loaded subject, arch, nr bounds) error {
	i, b := w.program[pc], nr
	switch loaded {
	case none:
		return fmt.Errorf("instruction %d of the tree compares nothing", pc)
	case architecture:
		b = arch
	}
	follow := func(skip uint8, least, most uint64) error {
		part := bounds{max(b.least, uint32(least)), min(b.most, uint32(most))}
		switch {
		case least > math.MaxUint32 || most > math.MaxUint32 || part.empty(): // beyond either end
			return nil
		case loaded == architecture:
			return w.from(pc+1+int(skip), loaded, part, nr)
		}
		return w.from(pc+1+int(skip), loaded, arch, part)
	}
	k := uint64(i.k)
	switch i.code {
	case opEqual:
		return firstError(follow(i.jf, 0, k-1), follow(i.jt, k, k), follow(i.jf, k+1, math.MaxUint32))
	case opAbove:
		k++
	}
	return firstError(follow(i.jf, 0, k-1), follow(i.jt, k, math.MaxUint32))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// end is a path's return.
func (w *walk) end(pc int, arch, nr bounds) error {
	k := w.program[pc].k
	leaf := uint16(k)
	switch own := uint32(w.arch); {
	case Action(k)&^dataMask != leafBase || int(leaf) >= len(w.leaves):
		return fmt.Errorf("instruction %d of the tree returns 0x%x, which is no leaf", pc, k)
	case arch == bounds{own, own}:
		w.found = append(w.found, extent{nr.least, leaf})
	case leaf != w.foreign:
		return fmt.Errorf("instruction %d of the tree takes architectures 0x%x to 0x%x for %s", pc, arch.least, arch.most, w.arch)
	}
	return nil
}
