package archive

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"judge/store"
)

// A node is a file of the tree that is being made, as it will be in the manifest.
type node struct {
	store.Entry
	layer    int              // that made it
	cleared  int              // the layer that took away what those below it had here
	spent    *node            // has the content, too, and room for more links: this file has as many as it can
	children map[string]*node // of a directory
}

// tree is what the draft holds by now. Names of an archive are looked up here
// and not on the disk: that a path has no link in it, or which one, is known
// before a call is made.
type tree struct {
	root  *node
	count int   // of nodes
	names int64 // bytes of their paths and targets
}

func newTree() *tree {
	return &tree{root: &node{Entry: store.Entry{Kind: store.Directory, Mode: 0o755, Modified: epoch}, children: map[string]*node{}}, count: 1}
}

// epoch is the time of directories that an archive does not mention.
var epoch = time.Unix(0, 0)

// maxName is the kernel's NAME_MAX, maxTarget its PATH_MAX less the final zero
// (include/uapi/linux/limits.h). A path may be shorter than that: to be looked at
// on the host, it has the store's own path in front.
const (
	maxPath   = 3 << 10
	maxTarget = 4095
	maxName   = 255
)

// clean brings the name of an entry into the form of the manifest: without a
// slash in front, "" for the root. Names that lead out of the root are refused,
// also where the way would lead back in.
func clean(name string) (string, error) {
	if strings.HasPrefix(name, "/") {
		return "", errors.New("the path is absolute, and so leads out of the rootfs")
	}
	if strings.ContainsRune(name, 0) {
		return "", errors.New("the path holds a NUL byte")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", errors.New("the path has .. in it, and so may lead out of the rootfs")
		}
		if len(part) > maxName {
			return "", fmt.Errorf("a name in the path is longer than %d bytes", maxName)
		}
	}
	name = path.Clean("./" + name)
	if len(name) > maxPath {
		return "", errLongPath
	}
	if name == "." {
		name = ""
	}
	return name, nil
}

var errLongPath = fmt.Errorf("the path is longer than %d bytes", maxPath)

// checkTarget refuses a symbolic link at name that climbs out of the root. An
// absolute target is of the rootfs itself: a run has no other root.
func checkTarget(name, target string) error {
	switch {
	case target == "":
		return errors.New("the link has no target")
	case strings.ContainsRune(target, 0):
		return errors.New("the link's target holds a NUL byte")
	case len(target) > maxTarget:
		return fmt.Errorf("the link's target is longer than %d bytes", maxTarget)
	case path.IsAbs(target):
		return nil
	}
	depth := strings.Count(name, "/")
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return fmt.Errorf("the link leads out of the rootfs: %s", target)
			}
		default:
			depth++
		}
	}
	return nil
}

// errNoDirectory says that a parent is not there, or is something else.
var errNoDirectory = errors.New("there is no such directory")

// maxLinks is how many symbolic links a look-up follows (path_resolution(7)).
const maxLinks = 40

// resolve finds the directory that a path names, through relative links of the
// tree. It gives also what is missing of the path: directories to be made.
func (t *tree) resolve(dir string) (at *node, missing []string, err error) {
	at = t.root
	rest := parts(dir)
	for links := 0; len(rest) > 0; {
		part := rest[0]
		if part == ".." {
			parent := path.Dir(at.Path)
			if at == t.root {
				return nil, nil, errors.New("a link on the way leads out of the rootfs")
			}
			if at, err = t.directory(parent); err != nil {
				return nil, nil, err
			}
			rest = rest[1:]
			continue
		}
		next := at.children[part]
		if next == nil {
			for _, p := range rest {
				if p == ".." {
					return nil, nil, errNoDirectory
				}
			}
			return at, rest, nil
		}
		switch next.Kind {
		case store.Directory:
			at, rest = next, rest[1:]
		case store.Symlink:
			if links++; links > maxLinks {
				return nil, nil, errors.New("there are too many symbolic links on the way")
			}
			if path.IsAbs(next.Target) {
				return nil, nil, fmt.Errorf("the way leads through the link /%s to %s, which may lead out of the rootfs", next.Path, next.Target)
			}
			rest = append(parts(next.Target), rest[1:]...)
		default:
			return nil, nil, fmt.Errorf("/%s is on the way, and no directory", next.Path)
		}
	}
	return at, nil, nil
}

func parts(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
}

// directory finds a directory by its own path, without links.
func (t *tree) directory(name string) (*node, error) {
	at := t.root
	if name == "." {
		return at, nil
	}
	for _, part := range parts(name) {
		if at = at.children[part]; at == nil || at.Kind != store.Directory {
			return nil, errNoDirectory
		}
	}
	return at, nil
}

// file finds what a path names, the last name not followed.
func (t *tree) file(name string) (*node, error) {
	if name == "" {
		return t.root, nil
	}
	dir, base := path.Split(name)
	at, missing, err := t.resolve(dir)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 || at.children[base] == nil {
		return nil, nil
	}
	return at.children[base], nil
}

// add puts a file into a directory that has none of that name.
func (t *tree) add(parent *node, base string, n *node) {
	n.Path = path.Join(parent.Path, base)
	if n.Kind == store.Directory && n.children == nil {
		n.children = map[string]*node{}
	}
	parent.children[path.Base(n.Path)] = n // the path's own bytes: base may be a part of much more
	t.count++
	t.names += n.length()
}

func (n *node) length() int64 { return int64(len(n.Path) + len(n.Target)) }

// become gives a directory what a later entry says of it.
func (t *tree) become(dir, n *node) {
	dir.Mode, dir.UID, dir.GID, dir.Modified, dir.layer = n.Mode, n.UID, n.GID, n.Modified, n.layer
}

// drop takes a file out, with all below it.
func (t *tree) drop(parent *node, base string) {
	var forget func(n *node)
	forget = func(n *node) {
		t.count--
		t.names -= n.length()
		for _, c := range n.children {
			forget(c)
		}
	}
	forget(parent.children[base])
	delete(parent.children, base)
}

// entries lists the tree for the manifest.
func (t *tree) entries() []store.Entry {
	list := make([]store.Entry, 0, t.count)
	var walk func(n *node)
	walk = func(n *node) {
		list = append(list, n.Entry)
		for _, c := range n.children {
			walk(c)
		}
	}
	walk(t.root)
	return list
}
