package archive

import (
	"errors"
	"maps"
	"strings"
)

func (b *builder) remove(parent *node, base string) error {
	name := parent.children[base].Path
	b.tree.drop(parent, base)
	return b.draft.Remove(name)
}

// Names in a layer that take away what is below (OCI image specification, layer.md, "Whiteouts").
const (
	whiteoutPrefix = ".wh."
	opaque         = ".wh..wh..opq"
	auPrefix       = ".wh..wh." // of aufs, for itself
)

func (b *builder) whiteout(dir, base string) error {
	if base != opaque && strings.HasPrefix(base, auPrefix) {
		return nil
	}
	name := strings.TrimPrefix(base, whiteoutPrefix)
	if name == "" || name == "." || name == ".." {
		return errors.New("it takes away nothing that has a name")
	}
	if dir == "." {
		dir = ""
	}
	parent, missing, err := b.tree.resolve(dir)
	if err != nil {
		return err
	}
	if len(missing) > 0 { // nothing is there to be hidden
		return nil
	}
	if base == opaque {
		for name := range maps.Clone(parent.children) {
			if err := b.hide(parent, name); err != nil {
				return err
			}
		}
		return nil
	}
	return b.hide(parent, name)
}

// hide removes what layers below made; what this layer made stays, wherever in
// it the whiteout stands.
func (b *builder) hide(parent *node, base string) error {
	n := parent.children[base]
	if n == nil {
		return nil
	}
	if n.layer != b.layer && !b.touched(n) {
		return b.remove(parent, base)
	}
	for name := range maps.Clone(n.children) {
		if err := b.hide(n, name); err != nil {
			return err
		}
	}
	return nil
}

// touched says whether something below is of this layer.
func (b *builder) touched(n *node) bool {
	if n.layer == b.layer {
		return true
	}
	for _, c := range n.children {
		if b.touched(c) {
			return true
		}
	}
	return false
}
