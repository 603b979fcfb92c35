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
		return b.clear(parent)
	}
	return b.hide(parent, name)
}

// clear hides all that a directory has. Once is enough for a layer, however
// often it says so: what comes afterwards is its own.
func (b *builder) clear(dir *node) error {
	if dir.cleared == b.layer {
		return nil
	}
	dir.cleared = b.layer
	for name := range maps.Clone(dir.children) {
		if err := b.hide(dir, name); err != nil {
			return err
		}
	}
	return nil
}

// hide removes what layers below made; what this layer made stays, wherever in
// it the whiteout stands.
func (b *builder) hide(parent *node, base string) error {
	n := parent.children[base]
	if n == nil {
		return nil
	}
	if !b.touched(n) {
		return b.remove(parent, base)
	}
	return b.clear(n)
}

// touched says whether it or something below is of this layer.
func (b *builder) touched(n *node) bool {
	switch b.layer {
	case n.layer:
		return true
	case n.cleared:
		return len(n.children) > 0
	}
	for _, c := range n.children {
		if b.touched(c) {
			return true
		}
	}
	return false
}
