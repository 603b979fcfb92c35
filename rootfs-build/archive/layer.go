package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"judge/store"
)

// builder makes a draft of archives, one layer over the other.
type builder struct {
	tree    *tree
	draft   *store.Draft
	options Options
	layer   int
	left    int64 // bytes that files may still hold
	done    int64 // bytes read of the archive
	leftOut map[string]int
}

// apply adds what a tar archive holds. With whiteouts, entries of the names that
// the OCI image specification gives (layer.md, "Whiteouts") take away what the
// layers below made.
func (b *builder) apply(r io.Reader, whiteouts bool) error {
	b.layer++
	archive := tar.NewReader(r)
	for first := true; ; first = false {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err, first)
		}
		if h.Typeflag == tar.TypeXGlobalHeader || h.Typeflag == 'V' { // comments; a volume's label
			continue
		}
		if err := b.entry(h, archive, whiteouts); err != nil {
			return err
		}
	}
}

func (b *builder) entry(h *tar.Header, content io.Reader, whiteouts bool) error {
	fail := func(err error) error {
		if err == nil {
			return nil
		}
		var limit *LimitError
		var entry *EntryError
		if errors.As(err, &limit) || errors.As(err, &entry) {
			return err
		}
		return &EntryError{h.Name, err}
	}
	name, err := clean(h.Name)
	if err != nil {
		return fail(err)
	}
	if whiteouts {
		if base := path.Base(name); strings.HasPrefix(base, whiteoutPrefix) {
			return fail(b.whiteout(path.Dir(name), base))
		}
	}
	n, err := b.read(h)
	if n == nil || err != nil {
		return fail(err)
	}
	if name == "" {
		if n.Kind != store.Directory {
			return fail(errors.New("the root can be nothing but a directory"))
		}
		b.tree.become(b.tree.root, n)
		return nil
	}
	parent, err := b.parent(path.Dir(name))
	if err != nil {
		return fail(err)
	}
	if err := b.put(parent, path.Base(name), n, h, content); err != nil {
		if inContent(err) {
			return err
		}
		return fail(err)
	}
	return nil
}

// parent finds the directory for an entry, and makes what the archive did not mention.
func (b *builder) parent(dir string) (*node, error) {
	if dir == "." {
		return b.tree.root, nil
	}
	at, missing, err := b.tree.resolve(dir)
	if err != nil {
		return nil, err
	}
	for _, part := range missing {
		n := &node{layer: b.layer, Entry: store.Entry{Kind: store.Directory, Mode: 0o755, Modified: epoch}}
		if err := b.makeDirectory(at, part, n); err != nil {
			return nil, err
		}
		at = n
	}
	return at, nil
}

func (b *builder) makeDirectory(parent *node, base string, n *node) error {
	if err := b.room(parent, base); err != nil {
		return err
	}
	b.tree.add(parent, base, n)
	return b.draft.Directory(n.Path)
}

// usualPath is far above what paths have on the average: it bounds the memory for them.
const (
	usualPath = 256
	ofPaths   = "bytes of paths"
)

// room says whether the tree may have one file more, by the name base in parent.
func (b *builder) room(parent *node, base string) error {
	switch most := int64(b.options.MaxFiles); {
	case int64(b.tree.count) >= most:
		return &LimitError{"files", most}
	case b.tree.names > most*usualPath:
		return &LimitError{ofPaths, most * usualPath}
	case len(parent.Path)+1+len(base) > maxPath: // by way of a link
		return errLongPath
	}
	return nil
}

// put makes a file in place of what has its name.
func (b *builder) put(parent *node, base string, n *node, h *tar.Header, content io.Reader) error {
	var target *node
	if h.Typeflag == tar.TypeLink {
		var err error
		if target, err = b.linked(h.Linkname); err != nil {
			return err
		}
		if target == parent.children[base] { // a link to itself
			return nil
		}
	}
	if old := parent.children[base]; old != nil {
		if target != nil && strings.HasPrefix(target.Path, old.Path+"/") {
			return fmt.Errorf("it is a link to %q, and takes the place of the directory that has that", h.Linkname)
		}
		if old.Kind == store.Directory && n.Kind == store.Directory {
			b.tree.become(old, n)
			return nil
		}
		if err := b.remove(parent, base); err != nil {
			return err
		}
	}
	if err := b.room(parent, base); err != nil {
		return err
	}
	if target != nil {
		*n = node{Entry: target.Entry, layer: n.layer}
	}
	switch {
	case n.Kind == store.Directory:
		return b.makeDirectory(parent, base, n)
	case n.Kind == store.Symlink: // or a hard link to one
		b.tree.add(parent, base, n)
		if err := checkTarget(n.Path, n.Target); err != nil {
			return err
		}
		return b.draft.Symlink(&n.Entry)
	case target != nil:
		return b.link(parent, base, n, target)
	}
	return b.regular(parent, base, n, h.Size, content)
}

// link makes n another name of target. Where a file has as many as it can have,
// that is a copy, which counts as one; the next link is one to the copy.
func (b *builder) link(parent *node, base string, n, target *node) error {
	b.tree.add(parent, base, n)
	from := target
	if s := target.spent; s != nil {
		if there, err := b.tree.file(s.Path); err == nil && there == s { // and not replaced since
			from = s
		}
	}
	copied, err := b.draft.Link(from.Path, &n.Entry)
	if err != nil || !copied {
		return err
	}
	target.spent = n
	return b.charge(n.Size)
}

// charge counts bytes of files.
func (b *builder) charge(size int64) error {
	if b.left -= size; b.left < 0 {
		return &LimitError{"bytes", b.options.MaxBytes}
	}
	return nil
}

func (b *builder) regular(parent *node, base string, n *node, size int64, content io.Reader) error {
	if err := b.charge(size); err != nil {
		return err
	}
	b.tree.add(parent, base, n)
	return b.draft.File(&n.Entry, &contentReader{content})
}

// contentReader marks errors that are the archive's, not the store's.
type contentReader struct{ from io.Reader }

type contentError struct{ error }

func (e contentError) Unwrap() error { return e.error }

func (r *contentReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = contentError{damaged(err, false)}
	}
	return n, err
}

func inContent(err error) bool {
	var c contentError
	return errors.As(err, &c)
}

// linked finds what a hard link leads to.
func (b *builder) linked(name string) (*node, error) {
	clean, err := clean(name)
	if err != nil {
		return nil, fmt.Errorf("it is a link to %q: %w", name, err)
	}
	target, err := b.tree.file(clean)
	switch {
	case err != nil:
		return nil, fmt.Errorf("it is a link to %q: %w", name, err)
	case target == nil:
		return nil, fmt.Errorf("it is a link to %q, which is not there", name)
	case target.Kind == store.Directory:
		return nil, fmt.Errorf("it is a hard link to %q, a directory", name)
	}
	return target, nil
}
