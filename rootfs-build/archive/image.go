package archive

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Names at the top of an archive of images.
const (
	indexName  = "index.json"    // OCI image layout
	dockerName = "manifest.json" // docker save
)

// blobs are the parts of an archive of images, by their paths in it.
type blobs interface {
	open(name string) (io.ReadCloser, error)
}

// layoutDir is an OCI layout in a directory.
type layoutDir struct{ root *os.Root }

func (d layoutDir) open(name string) (io.ReadCloser, error) {
	f, err := d.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0) // a FIFO would keep one waiting
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "open", Path: name, Err: err}, f.Close())
	}
	return f, nil
}

// part is a file in a tar archive, or a link to one.
type part struct {
	offset, size int64
	link         string
}

// layoutTar is an archive of images that is a tar, with the places of its files.
type layoutTar struct {
	file  *os.File
	parts map[string]part
}

// index finds the files in an archive of images.
func index(file *os.File) (*layoutTar, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	l := &layoutTar{file, map[string]part{}}
	for archive := tar.NewReader(file); ; { // it seeks over contents, and reads nothing ahead
		h, err := archive.Next()
		if errors.Is(err, io.EOF) && len(l.parts) > maxParts && l.kind() != "" {
			return nil, fmt.Errorf("the archive holds more than %d parts of images", maxParts)
		}
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return nil, damaged(err, len(l.parts) == 0)
		}
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		name := strings.Clone(path.Clean(h.Name))
		if len(name) > maxPartName || len(h.Linkname) > maxPartName || len(l.parts) > maxParts && name != indexName && name != dockerName {
			continue // it can be no part of an image; the archive may be of something else
		}
		switch h.Typeflag {
		case tar.TypeReg:
			l.parts[name] = part{offset: offset, size: h.Size}
		case tar.TypeSymlink: // docker save writes a layer that two images have once
			l.parts[name] = part{link: path.Join(path.Dir(name), h.Linkname)}
		case tar.TypeLink:
			l.parts[name] = part{link: strings.Clone(path.Clean(h.Linkname))}
		}
	}
}

// maxParts is how many files an archive of images may have, and maxPartName how
// long their names are at most: far more than there are in any.
const (
	maxParts    = 100_000
	maxPartName = 512
)

func (l *layoutTar) open(name string) (io.ReadCloser, error) {
	p, ok := l.parts[path.Clean(name)]
	for links := 0; ok && p.link != "" && links < maxLinks; links++ {
		p, ok = l.parts[p.link]
	}
	if !ok || p.link != "" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: unix.ENOENT}
	}
	return io.NopCloser(io.NewSectionReader(l.file, p.offset, p.size)), nil
}

// kind says which kind of archive it is; "" for none that is known. What docker
// writes since its version 25 is both; the index says more.
func (l *layoutTar) kind() string {
	if _, ok := l.parts[indexName]; ok {
		return "OCI layout"
	}
	if _, ok := l.parts[dockerName]; ok {
		return "docker archive"
	}
	return ""
}

// layer is one layer of an image: its file in the archive, and the digests that it must have.
type layer struct {
	name   string
	packed digest // of the file; "" where the archive does not say
	size   int64  // of the file, -1 where the archive does not say
	diffID digest // of the tar archive in it; "" where the archive does not say
}

// found is an image of an archive.
type found struct {
	name         string
	architecture string  // that it is for, "" where the archive does not say
	layers       []layer // the lowest first
}

// image applies the layers of the image that is asked for.
func (b *builder) image(ctx context.Context, from blobs, kind string) (*Result, error) {
	choose := ociImage
	if kind == "docker archive" {
		choose = dockerImage
	}
	image, err := choose(from, b.options.Image)
	if err != nil {
		return nil, err
	}
	for i, l := range image.layers {
		if err := b.applyLayer(ctx, from, l); err != nil {
			return nil, fmt.Errorf("layer %d of %d, %s: %w", i+1, len(image.layers), l.name, err)
		}
	}
	r, err := b.result(kind, image.name)
	if err == nil && image.architecture != runtime.GOARCH { // "" where it is not said
		r.Foreign = image.architecture
	}
	return r, err
}

// applyLayer applies a layer, and sees that it has its digests.
func (b *builder) applyLayer(ctx context.Context, from blobs, l layer) error {
	file, err := from.open(l.name)
	if err != nil {
		return err
	}
	defer file.Close()
	packed := newSummed(&source{ctx: ctx, from: file, b: b}, l.packed)
	in, err := open(packed, b.streamLimit())
	if err != nil {
		return err
	}
	defer in.close()
	unpacked := newSummed(in, l.diffID)
	if err := b.apply(unpacked, true); err != nil {
		return err
	}
	for _, r := range []io.Reader{unpacked, packed} { // to their ends
		if _, err := io.Copy(io.Discard, r); err != nil {
			return damaged(err, false)
		}
	}
	return errors.Join(packed.check(l.size), unpacked.check(-1))
}

// summed is a reader that knows which digest its text must have; "" for any.
type summed struct {
	from io.Reader
	want digest
	hash hash.Hash
	size int64
}

func newSummed(from io.Reader, want digest) *summed {
	s := &summed{from: from, want: want}
	if want != "" {
		s.hash = want.hash()
	}
	return s
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.size += int64(n)
	if s.hash != nil {
		s.hash.Write(p[:n])
	}
	return n, err
}

// check compares what was read, to its end, with what was to be read.
func (s *summed) check(size int64) error {
	if size >= 0 && s.size != size {
		return fmt.Errorf("it has %d bytes, and should have %d: the archive is damaged", s.size, size)
	}
	if s.want == "" {
		return nil
	}
	if got := s.want.of(s.hash); got != s.want {
		return fmt.Errorf("its digest is %s, and should be %s: the archive is damaged", got, s.want)
	}
	return nil
}

// maxJSON is far above the largest description of an image.
const maxJSON = 16 << 20

// readJSON reads a description, which must have its digest, if there is one.
func readJSON(from blobs, name string, want digest, size int64, into any) error {
	f, err := from.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := newSummed(io.LimitReader(f, maxJSON), want)
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := r.check(size); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// An ImageError says that an archive has several images, or not the one asked for.
type ImageError struct {
	Asked string
	Have  []string
}

func (e *ImageError) Error() string {
	if e.Asked == "" {
		return "the archive holds several images: " + strings.Join(e.Have, ", ")
	}
	return fmt.Sprintf("the archive holds no image %q, but %s", e.Asked, strings.Join(e.Have, ", "))
}

// choose gives the index of the image that is asked for; each has one name or more.
func choose(asked string, names [][]string) (int, error) {
	if asked == "" && len(names) == 1 {
		return 0, nil
	}
	e := &ImageError{Asked: asked}
	for i, list := range names {
		if asked != "" && slices.Contains(list, asked) {
			return i, nil
		}
		e.Have = append(e.Have, list[0])
	}
	return 0, e
}
