package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
)

// source is the archive as it lies there: reading it stops when ctx does, and
// tells how far it is.
type source struct {
	ctx  context.Context
	from io.Reader
	b    *builder
	last time.Time
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.from.Read(p)
	if ctxErr := s.ctx.Err(); ctxErr != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = ctxErr
	}
	s.b.done += int64(n)
	if s.b.options.Progress != nil && time.Since(s.last) > 200*time.Millisecond {
		s.last = time.Now()
		s.b.options.Progress(s.b.done, s.b.tree.count)
	}
	return n, err
}

// input is an archive's text, unpacked, with a bound.
type input struct {
	buffered *bufio.Reader
	format   string // of the compression, "" for none
	left     int64
	most     int64
	tail     [tarBlock]byte // the last bytes read
	filled   int            // of them, once there are so many
	unpacked io.Closer
}

const tarBlock = 512

// maxWindow is how much memory an archive may ask for to be unpacked: what zstd
// itself takes without being told to take more (zstd(1), --memory). xz -9 asks
// for half of it (xz(1)). The formats could ask for 4 GiB, or far more.
const maxWindow = 128 << 20

// ErrWindow says that an archive asks for more memory than that.
var ErrWindow = fmt.Errorf("it asks for a window of more than %d MiB to be unpacked", maxWindow>>20)

// look is how many bytes are looked at to find out what an archive holds.
const look = 64 << 10

// open finds out by its first bytes how an archive is compressed.
func open(from io.Reader, most int64) (*input, error) {
	raw := bufio.NewReaderSize(from, 1<<20)
	in := &input{buffered: raw, left: most, most: most}
	head, err := raw.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	if len(head) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrNoArchive)
	}
	var unpacked io.Reader
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		in.format = "gzip"
		unpacked, err = gzip.NewReader(raw)
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		in.format = "xz"
		unpacked, err = xz.NewReader(raw, maxWindow)
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		in.format = "zstd"
		var d *zstd.Decoder
		if d, err = zstd.NewReader(raw, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(2)); err == nil {
			unpacked, in.unpacked = d, d.IOReadCloser()
		}
	case bytes.HasPrefix(head, []byte("BZh")):
		in.format = "bzip2"
		unpacked, err = bzip2.NewReader(raw), nil
	default:
		return in, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the archive, which is compressed with %s: %w", in.format, bounded(err))
	}
	in.buffered = bufio.NewReaderSize(unpacked, 1<<20)
	return in, nil
}

// bounded gives the libraries' errors about windows one name.
func bounded(err error) error {
	if errors.Is(err, xz.ErrMemlimit) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return ErrWindow
	}
	return err
}

func (in *input) close() {
	if in.unpacked != nil {
		in.unpacked.Close() // it was only read from
	}
}

func (in *input) Read(p []byte) (int, error) {
	n, err := in.buffered.Read(p)
	if in.left -= int64(n); in.left < 0 {
		return 0, &LimitError{"bytes, unpacked", in.most}
	}
	if n >= tarBlock {
		copy(in.tail[:], p[n-tarBlock:n])
		in.filled = tarBlock
	} else if n > 0 {
		copy(in.tail[:], in.tail[n:])
		copy(in.tail[tarBlock-n:], p[:n])
		in.filled = min(in.filled+n, tarBlock)
	}
	if err != nil && !errors.Is(err, io.EOF) && in.format != "" && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("unpack with %s: %w", in.format, bounded(err))
	}
	return n, err
}

// endsInZeros says whether the last block read is one of zeros, as at the end of a tar archive.
func (in *input) endsInZeros() bool {
	return in.filled == tarBlock && in.tail == [tarBlock]byte{}
}

// imageNames are the names that archives of images have at their top: those of the
// OCI layout and of docker save, and of what writes for docker load (the package
// tarball of go-containerregistry has sha256:HEX and HEX.tar.gz).
var imageNames = regexp.MustCompile(`^(blobs|oci-layout|index\.json|manifest\.json|repositories|(sha256:)?[0-9a-f]{64}(\.json|\.tar(\.gz)?)?)$`)

// looksLikeImage says whether the first file of a tar archive is of an archive
// of images. It reads nothing.
func looksLikeImage(r *bufio.Reader) bool {
	head, _ := r.Peek(look) // fewer are no error here
	archive := tar.NewReader(bytes.NewReader(head))
	for {
		h, err := archive.Next()
		if err != nil {
			return false
		}
		name := path.Clean(h.Name)
		if name == "." || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		top, _, _ := strings.Cut(name, "/")
		return imageNames.MatchString(top)
	}
}
